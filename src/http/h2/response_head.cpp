#include "http/h2/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace cachewitness::http::h2 {

namespace {

constexpr std::array<std::string_view, 7> defect_names{
    "bad-field-name", "bad-field-value", "connection-specific-field", "bad-pseudo-field",
    "no-status",      "bad-status",      "bad-content-length"};

// 2^60 bytes: far above any body, far below what arithmetic on it could overflow.
constexpr std::uint64_t max_length = std::uint64_t{1} << 60;

std::optional<int> parse_status(std::string_view text) {
  const bool is_number = text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number || text[0] == '0') {
    return std::nullopt;
  }
  return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && bytes <= max_length;
  return is_number ? std::optional(bytes) : std::nullopt;
}

MessageDefect message_defect(FieldDefect defect) {
  return defect == FieldDefect::bad_name ? MessageDefect::bad_field_name : MessageDefect::bad_field_value;
}

}  // namespace

std::string_view name(MessageDefect defect) { return defect_names.at(static_cast<std::size_t>(defect)); }

std::expected<ResponseSummary, MessageDefect> read_response_head(std::string_view text,
                                                                 std::span<const FieldLine> lines) {
  if (lines.empty() || (lines[0].kind != FieldKind::status && lines[0].kind != FieldKind::other_pseudo)) {
    return std::unexpected(lines.empty() || lines[0].defect == FieldDefect::none ? MessageDefect::no_status
                                                                                 : message_defect(lines[0].defect));
  }
  const auto status = lines[0].kind == FieldKind::status ? parse_status(lines[0].value(text)) : std::nullopt;
  if (!status) {
    return std::unexpected(lines[0].kind == FieldKind::status ? MessageDefect::bad_status
                                                              : MessageDefect::bad_pseudo_field);
  }
  ResponseSummary summary{*status, std::nullopt};
  for (const FieldLine& line : lines.subspan(1)) {
    if (line.defect != FieldDefect::none) {
      return std::unexpected(message_defect(line.defect));
    }
    switch (line.kind) {
      case FieldKind::ordinary:
      case FieldKind::content_encoding:
        break;
      case FieldKind::connection_specific:
        return std::unexpected(MessageDefect::connection_specific_field);
      case FieldKind::status:
      case FieldKind::other_pseudo:
        return std::unexpected(MessageDefect::bad_pseudo_field);
      case FieldKind::content_length: {
        const auto length = parse_length(line.value(text));
        if (!length || (summary.content_length && summary.content_length != length)) {
          return std::unexpected(MessageDefect::bad_content_length);
        }
        summary.content_length = length;
        break;
      }
    }
  }
  return summary;
}

std::expected<void, MessageDefect> check_trailers(std::span<const FieldLine> lines) {
  for (const FieldLine& line : lines) {
    if (line.defect != FieldDefect::none) {
      return std::unexpected(message_defect(line.defect));
    }
    if (line.kind == FieldKind::connection_specific) {
      return std::unexpected(MessageDefect::connection_specific_field);
    }
    if (line.kind == FieldKind::status || line.kind == FieldKind::other_pseudo) {
      return std::unexpected(MessageDefect::bad_pseudo_field);
    }
  }
  return {};
}

}  // namespace cachewitness::http::h2
