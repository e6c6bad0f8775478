#include "app/evidence_output.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t block_bytes = std::size_t{256} << 10;
constexpr base::Duration flush_interval = std::chrono::seconds(1);

}  // namespace

EvidenceOutput::EvidenceOutput(std::unique_ptr<ports::OutputFile> file, const evidence::Roster& roster,
                               const ports::Clock& clock, std::vector<base::Secret> secrets)
    : file_(std::move(file)), roster_(roster), clock_(clock), secrets_(std::move(secrets)), flushed_at_(clock.tick()) {}

void EvidenceOutput::keep_error(base::Result<void> result) {
  if (!result && !error_) {
    error_ = std::move(result).error();
  }
}

void EvidenceOutput::mask_from(std::size_t start) {
  for (const base::Secret& secret : secrets_) {
    base::mask(pending_, secret, start);
  }
}

void EvidenceOutput::flush_when_due() {
  if (!is_on_disk_ && clock_.tick() - flushed_at_ >= flush_interval) {
    flush();
  }
}

void EvidenceOutput::write(const evidence::RunHeader& header) {
  evidence::append_header_line(header, roster_, pending_);
  flush();
}

void EvidenceOutput::write(const evidence::Round& round) {
  evidence::append_round_line(round, pending_);
  flush();
}

void EvidenceOutput::take(const evidence::Evidence& evidence) {
  is_on_disk_ = false;
  const std::size_t start = pending_.size();
  evidence::append_evidence_line(evidence, roster_, pending_);
  mask_from(start);
  if (pending_.size() >= block_bytes && !error_) {
    keep_error(file_->write(pending_));
    pending_.clear();
  }
  flush_when_due();
}

void EvidenceOutput::flush() {
  if (!error_) {
    keep_error(file_->write(pending_));
    keep_error(file_->flush());
  }
  pending_.clear();
  is_on_disk_ = true;
  flushed_at_ = clock_.tick();
}

void EvidenceOutput::write(const evidence::RunFooter& footer) {
  evidence::append_footer_line(footer, pending_);
  flush();
}

base::Result<void> EvidenceOutput::close() {
  flush();
  if (error_) {
    return std::unexpected(*error_);
  }
  return file_->close();
}

}  // namespace cachewitness::app
