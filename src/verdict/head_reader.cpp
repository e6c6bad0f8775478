#include "verdict/head_reader.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "http/field_line.h"

namespace cachewitness::verdict {

namespace {

// What edges send; a longer head is parsed whole each time rather than kept for every edge.
constexpr std::size_t largest_kept = 8192;

// Evidence was within the manifest's limits when it was taken; the judge sets none of its own.
http::HeadLimits no_limits() {
  constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
  return {.head_bytes = any, .fields = any, .value_bytes = any};
}

}  // namespace

std::size_t FieldNames::add(std::string_view name, Uses uses) {
  if (const auto known = find(name)) {
    entries_[*known].uses |= uses;
    return *known;
  }
  entries_.push_back({std::string(name), uses});
  return entries_.size() - 1;
}

std::optional<std::size_t> FieldNames::find(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].name.size() == name.size() && base::equals_ignoring_case(entries_[i].name, name)) {
      return i;
    }
  }
  return std::nullopt;
}

FieldNames::Uses HeadReader::read(std::string_view head) {
  if (const auto changed = follow(head)) {
    return *changed;
  }
  start_over(head);
  return FieldNames::all_uses;
}

std::optional<std::string_view> HeadReader::value(std::size_t name) const {
  return fields_[name].lines == 0 ? std::nullopt : std::optional<std::string_view>(fields_[name].value);
}

// Nothing where the head is not built like the one before; the fields are then in no order to be read.
std::optional<FieldNames::Uses> HeadReader::follow(std::string_view head) {
  if (lines_.empty()) {
    return std::nullopt;
  }
  FieldNames::Uses changed = 0;
  for (Line& line : lines_) {
    if (!head.starts_with(line.text)) {
      if (!replace(line, head)) {
        return std::nullopt;
      }
      changed |= line.name ? names_->uses(*line.name) : 0;
    }
    head.remove_prefix(line.text.size());
  }
  return changed;
}

// The first line of `head` in place of `line`, if it is the same field on a single line, and a valid one.
bool HeadReader::replace(Line& line, std::string_view head) {
  const std::size_t value_at = line.name_bytes + 1;
  if (line.name_bytes == 0 || !head.starts_with(std::string_view(line.text).substr(0, value_at))) {
    return false;
  }
  const std::size_t end = head.find('\n', value_at);
  if (end == std::string_view::npos || head[end - 1] != '\r') {
    return false;
  }
  const std::string_view value = head.substr(value_at, end - 1 - value_at);
  if (!http::is_field_text(value)) {
    return false;
  }
  if (line.name) {
    Field& field = fields_[*line.name];
    if (field.lines != 1) {
      return false;
    }
    field.value = http::without_white_space_around(value);
  }
  line.text = head.substr(0, end + 1);
  return true;
}

void HeadReader::start_over(std::string_view head) {
  fields_.resize(names_->size());
  for (Field& field : fields_) {
    field.value.clear();
    field.lines = 0;
  }
  lines_.clear();
  head_.fields.clear();
  const bool is_whole = http::parse_recorded_head(head, no_limits(), head_).has_value();
  for (const http::Field& line : head_.fields) {
    if (const auto name = names_->find(line.name)) {
      Field& field = fields_[*name];
      field.value.append(field.lines == 0 ? "" : ", ").append(line.value);
      ++field.lines;
    }
  }
  if (is_whole && head_.size <= largest_kept) {
    remember(head.substr(0, head_.size));
  }
}

// Requires: head_ is this head, parsed.
void HeadReader::remember(std::string_view head) {
  for (std::size_t i = 0; !head.empty(); ++i) {
    const std::size_t size = head.find('\n') + 1;
    Line& line = lines_.emplace_back();
    line.text = head.substr(0, size);
    if (i > 0 && i <= head_.fields.size()) {
      const std::string_view name = head_.fields[i - 1].name;
      line.name_bytes = name.size();
      line.name = names_->find(name);
    }
    head.remove_prefix(size);
  }
}

}  // namespace cachewitness::verdict
