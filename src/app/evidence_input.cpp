#include "app/evidence_input.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace cachewitness::app {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
// A line holds one response head (64 KiB by default) and its JSON escapes.
constexpr std::size_t longest_line = std::size_t{8} << 20;

}  // namespace

std::unexpected<base::Error> EvidenceInput::at_line(base::Error error) const {
  error.where = base::SourceSpan{path_, line_, 1};
  return std::unexpected(std::move(error));
}

base::Result<std::optional<std::string_view>> EvidenceInput::next_line() {
  std::size_t searched = start_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(start_, end - start_);
      start_ = end + 1;
      ++line_;
      return std::optional(line);
    }
    if (is_at_end_) {
      return std::optional<std::string_view>();  // what is left was cut short
    }
    buffer_.erase(0, start_);
    start_ = 0;
    searched = buffer_.size();
    if (buffer_.size() > longest_line) {
      return at_line({base::errors::bad_evidence, "a line of over 8 MiB: this is not an evidence file", {}});
    }
    auto bytes = file_->read(chunk_bytes);
    if (!bytes) {
      return std::unexpected(std::move(bytes).error());
    }
    is_at_end_ = bytes->empty();
    buffer_ += *bytes;
  }
}

base::Result<std::unique_ptr<EvidenceInput>> EvidenceInput::open(ports::Files& files, const std::string& path) {
  auto file = files.open(path);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  std::unique_ptr<EvidenceInput> input(new EvidenceInput(std::move(*file), path));
  auto line = input->next_line();
  if (!line) {
    return std::unexpected(std::move(line).error());
  }
  if (!*line) {
    return base::fail(base::errors::bad_evidence,
                      "there is no whole line in it: expected an evidence file of `arm` or `verify`", {path, 1, 1});
  }
  auto first = input->reader_.read(**line);
  if (!first) {
    return input->at_line(std::move(first).error());
  }
  input->header_ = std::get<evidence::RunHeader>(std::move(*first));
  input->footer_.is_complete = false;
  input->footer_.why_incomplete = "the run was killed before it ended";
  input->footer_.finished_at = input->header_.started_at;
  input->footer_.cells_left_out = input->header_.planned_cells;  // until a first sample of each comes
  return input;
}

base::Result<std::optional<evidence::Evidence>> EvidenceInput::next(
    const std::function<void(const evidence::Round&)>& begin_round) {
  while (true) {
    auto line = next_line();
    if (!line) {
      return std::unexpected(std::move(line).error());
    }
    if (!*line) {
      return std::optional<evidence::Evidence>();
    }
    auto read = reader_.read(**line);
    if (!read) {
      return at_line(std::move(read).error());
    }
    if (auto* evidence = std::get_if<evidence::Evidence>(&*read)) {
      const bool is_first_of_cell =
          evidence->role == evidence::Role::probe && evidence->sample == 0 && evidence->round == 0;
      footer_.cells_left_out -= is_first_of_cell && footer_.cells_left_out > 0 ? 1 : 0;
      return std::optional(std::move(*evidence));
    }
    if (const auto* round = std::get_if<evidence::Round>(&*read); round != nullptr && begin_round) {
      begin_round(*round);
    }
    if (auto* footer = std::get_if<evidence::RunFooter>(&*read)) {
      footer_ = std::move(*footer);
    }
  }
}

base::Result<void> EvidenceInput::read_all(const std::function<void(evidence::Evidence)>& take,
                                           const std::function<void(const evidence::Round&)>& begin_round) {
  while (true) {
    auto evidence = next(begin_round);
    if (!evidence) {
      return std::unexpected(std::move(evidence).error());
    }
    if (!*evidence) {
      return {};
    }
    take(std::move(**evidence));
  }
}

}  // namespace cachewitness::app
