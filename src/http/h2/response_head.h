// What RFC 9113 8 asks of the fields of a response, and the little of them that framing needs. Sans-I/O.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "http/h2/hpack_decoder.h"

namespace cachewitness::http::h2 {

// Each makes a message malformed (RFC 9113 8.1.1).
enum class MessageDefect : std::uint8_t {
  bad_field_name,             // RFC 9113 8.2.1, upper case above all
  bad_field_value,            // RFC 9113 8.2.1
  connection_specific_field,  // RFC 9113 8.2.2
  bad_pseudo_field,           // RFC 9113 8.3: unknown, given twice, after a field, or in a trailer section
  no_status,                  // RFC 9113 8.3.2
  bad_status,
  bad_content_length,  // not a number, or values that differ
};
[[nodiscard]] std::string_view name(MessageDefect defect);

struct ResponseSummary {
  int status = 0;
  std::optional<std::uint64_t> content_length;
};

// Of a head that is not too large. Its first line is the status.
[[nodiscard]] std::expected<ResponseSummary, MessageDefect> read_response_head(std::string_view text,
                                                                               std::span<const FieldLine> lines);
[[nodiscard]] std::expected<void, MessageDefect> check_trailers(std::span<const FieldLine> lines);

}  // namespace cachewitness::http::h2
