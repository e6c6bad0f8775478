#include "app/evidence_input.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace cachewitness::app {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{128} << 10;
// A line holds one response head (64 KiB by default) and its JSON escapes.
constexpr std::size_t longest_line = std::size_t{8} << 20;

}  // namespace

std::unexpected<base::Error> EvidenceInput::at_line(base::Error error) const {
  error.where = base::SourceSpan{path_, line_, 1};
  return std::unexpected(std::move(error));
}

// A line that lies within a chunk is taken from there.
base::Result<std::optional<std::string_view>> EvidenceInput::next_line() {
  line_begun_.clear();
  while (true) {
    const std::size_t end = chunk_.find('\n');
    if (end != std::string_view::npos) {
      std::string_view line = chunk_.substr(0, end);
      chunk_.remove_prefix(end + 1);
      ++line_;
      if (!line_begun_.empty()) {
        line_begun_ += line;
        line = line_begun_;
      }
      return std::optional(line);
    }
    line_begun_ += chunk_;
    chunk_ = {};
    if (line_begun_.size() > longest_line) {
      return at_line({base::errors::bad_evidence, "a line of over 8 MiB: this is not an evidence file", {}});
    }
    auto bytes = file_->read(chunk_bytes);
    if (!bytes) {
      return std::unexpected(std::move(bytes).error());
    }
    if (bytes->empty()) {
      return std::optional<std::string_view>();  // what is left was cut short
    }
    chunk_ = *bytes;
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

void EvidenceInput::note(const evidence::Evidence& evidence) {
  const bool is_first_of_cell = evidence.role == evidence::Role::probe && evidence.sample == 0 && evidence.round == 0;
  footer_.cells_left_out -= is_first_of_cell && footer_.cells_left_out > 0 ? 1 : 0;
}

base::Result<void> EvidenceInput::read_all(const std::function<void(evidence::Evidence&)>& take,
                                           const std::function<void(const evidence::Round&)>& begin_round) {
  evidence::Evidence evidence;
  while (true) {
    auto line = next_line();
    if (!line) {
      return std::unexpected(std::move(line).error());
    }
    if (!*line) {
      return {};
    }
    auto read = reader_.read(**line, evidence);
    if (!read) {
      return at_line(std::move(read).error());
    }
    if (std::holds_alternative<std::monostate>(*read)) {
      note(evidence);
      take(evidence);
    } else if (const auto* round = std::get_if<evidence::Round>(&*read)) {
      if (begin_round) {
        begin_round(*round);
      }
    } else if (auto* footer = std::get_if<evidence::RunFooter>(&*read)) {
      footer_ = std::move(*footer);
    }
  }
}

}  // namespace cachewitness::app
