#include "lab/http_text.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "base/text.h"

namespace cachewitness::lab {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";  // RFC 9112 4: may be empty
  }
}

// RFC 9110 13.1.2: "*" or a list of tags, weakly compared.
bool if_none_match_holds(std::string_view field, std::string_view etag) {
  if (base::trim(field) == "*") {
    return true;
  }
  // An entity tag may hold a comma (RFC 9110 8.8.3), so a whole quoted tag is looked for, not a list member.
  const std::string_view opaque = etag.starts_with("W/") ? etag.substr(2) : etag;
  return !opaque.empty() && field.find(opaque) != std::string_view::npos;
}

}  // namespace

std::string http_date(base::Instant when) {
  constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::nanoseconds> moment{std::chrono::nanoseconds(when.ns)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(moment - day)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[std::chrono::weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string_view DateText::at(base::Instant when) {
  const std::int64_t second = when.ns / ns_per_second;
  if (second != second_) {
    second_ = second;
    text_ = http_date(when);
  }
  return text_;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void append_optional(std::string& head, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    append_field(head, name, value);
  }
}

void append_number(std::string& text, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(digits, end);
}

void append_status_line(std::string& head, int status) {
  head.append("HTTP/1.1 ");
  append_number(head, status);
  head.append(" ").append(reason(status)).append("\r\n");
}

Conditions conditions_of(const http::RequestHead& request) {
  return {request.find("if-none-match").value_or(""), request.find("if-modified-since").value_or("")};
}

bool is_not_modified(const Conditions& conditions, std::string_view etag, std::string_view last_modified) {
  if (!conditions.if_none_match.empty()) {
    return if_none_match_holds(conditions.if_none_match, etag);
  }
  return !last_modified.empty() && conditions.if_modified_since == last_modified;
}

void append_host_name(std::string& out, const http::RequestHead& request) {
  const std::string_view field = request.find("host").value_or("");
  for (const char c : field.substr(0, field.find(':'))) {
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
}

}  // namespace cachewitness::lab
