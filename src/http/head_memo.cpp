#include "http/head_memo.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/field_line.h"
#include "http/head_lines.h"

namespace cachewitness::http {

namespace {

// What a message's framing, its connection's fate and its content codings are read from.
bool is_framing(std::string_view name) {
  constexpr std::array<std::string_view, 4> names{"content-length", "transfer-encoding", "connection",
                                                  "content-encoding"};
  return std::ranges::any_of(names, [name](std::string_view each) { return base::equals_ignoring_case(name, each); });
}

}  // namespace

std::expected<void, HeadDefect> HeadMemo::parse(std::string_view bytes, const HeadLimits& limits, ResponseHead& out) {
  repeats_framing_ = false;
  if (!may_open_response(bytes)) {
    return std::unexpected(HeadDefect::bad_start_line);
  }
  HeadLines lines(bytes, limits);
  out.fields.clear();
  const auto status_line = lines.next();
  if (!status_line) {
    return std::unexpected(status_line.error());
  }
  if (!parse_status_line(*status_line, out)) {
    return std::unexpected(HeadDefect::bad_start_line);
  }
  if (status_line_ != *status_line) {
    status_line_ = *status_line;
    has_framing_changed_ = true;
  }
  for (std::size_t index = 0; !lines.take("\r\n"); ++index) {
    const std::string_view rest = lines.rest();
    if (index < lines_.size() && lines.take(lines_[index].bytes)) {
      const Line& known = lines_[index];
      out.fields.push_back({rest.substr(0, known.name_size), rest.substr(known.value_at, known.value_size)});
      continue;
    }
    const auto line = lines.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    const auto field = parse_field_line(*line);
    if (!field) {
      return std::unexpected(field.error());
    }
    if (index == limits.fields || field->value.size() > limits.value_bytes) {
      return std::unexpected(HeadDefect::too_large);
    }
    out.fields.push_back(*field);
    replace(index, rest.substr(0, line->size() + 2), *field);
  }
  out.size = lines.consumed();
  repeats_framing_ = !has_framing_changed_ && out.fields.size() == count_;
  has_framing_changed_ = false;
  count_ = out.fields.size();
  return {};
}

void HeadMemo::replace(std::size_t index, std::string_view line, const Field& field) {
  if (index == lines_.size()) {
    lines_.emplace_back();
  }
  Line& known = lines_[index];
  const bool was_framing = known.is_framing;
  known.bytes = line;
  known.name_size = field.name.size();
  known.value_at = static_cast<std::size_t>(field.value.data() - line.data());
  known.value_size = field.value.size();
  known.is_framing = is_framing(field.name);
  has_framing_changed_ = has_framing_changed_ || was_framing || known.is_framing;
}

}  // namespace cachewitness::http
