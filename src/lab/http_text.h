// HttpText: the small pieces of text that every head in the lab is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/head.h"

namespace cachewitness::lab {

// RFC 9110 5.6.7, IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] std::string http_date(base::Instant when);

// http_date() of a moving clock, made anew only when the second changes.
class DateText {
 public:
  [[nodiscard]] std::string_view at(base::Instant when);

 private:
  std::int64_t second_ = INT64_MIN;
  std::string text_;
};

// "Name: value" and CRLF.
void append_field(std::string& head, std::string_view name, std::string_view value);
// The same, and nothing at all where the value is empty.
void append_optional(std::string& head, std::string_view name, std::string_view value);
void append_number(std::string& text, std::int64_t number);
// The status line, "HTTP/1.1 404 Not Found" and CRLF.
void append_status_line(std::string& head, int status);

// What a client says of the copy that it has; empty where it says nothing.
struct Conditions {
  std::string_view if_none_match;
  std::string_view if_modified_since;
};
[[nodiscard]] Conditions conditions_of(const http::RequestHead& request);

// Whether the client's copy is the one with this ETag and Last-Modified (RFC 9110 13.2.2). If-Modified-Since counts
// only when it repeats our own Last-Modified byte for byte, as nginx has it by default.
[[nodiscard]] bool is_not_modified(const Conditions& conditions, std::string_view etag, std::string_view last_modified);

// Of the Host field, appended: lower case, without the port.
void append_host_name(std::string& out, const http::RequestHead& request);

}  // namespace cachewitness::lab
