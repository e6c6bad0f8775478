#include "http/head.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/field_line.h"
#include "http/head_lines.h"

namespace cachewitness::http {

namespace {

constexpr std::array<std::string_view, 7> defect_names{"incomplete",     "too-large",       "bad-start-line",
                                                       "bad-field-name", "bad-field-value", "obsolete-fold",
                                                       "bare-line-feed"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
int digit(char c) { return c - '0'; }

// "HTTP/1.1": RFC 9112 2.3. Another major version is another protocol.
bool parse_version(std::string_view text, int& minor) {
  if (text.size() != 8 || !text.starts_with("HTTP/1.") || !is_digit(text[7])) {
    return false;
  }
  minor = digit(text[7]);
  return true;
}

// " 200 OK" after the version. RFC 9112 4, but without the space before an absent reason it is accepted too:
// servers send that and its meaning is beyond doubt.
bool parse_status(std::string_view text, ResponseHead& out) {
  constexpr std::size_t shortest = std::string_view(" 200").size();
  if (text.size() < shortest || text[0] != ' ' || !std::ranges::all_of(text.substr(1, 3), is_digit)) {
    return false;
  }
  out.status = digit(text[1]) * 100 + digit(text[2]) * 10 + digit(text[3]);
  if (out.status < 100 || (text.size() > shortest && text[shortest] != ' ')) {
    return false;
  }
  out.reason = text.size() > shortest ? text.substr(shortest + 1) : std::string_view{};
  return is_field_text(out.reason);
}

// RFC 9113 8.3.2 and RFC 9114 4.3.2 leave neither a version nor a reason to write down.
bool parse_recorded_status_line(std::string_view line, ResponseHead& out) {
  out.minor_version = 0;
  return parse_status(line.substr(std::string_view("HTTP/2").size()), out);
}

// RFC 9112 3.
bool parse_request_line(std::string_view line, RequestHead& out) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || !parse_version(line.substr(second + 1), out.minor_version)) {
    return false;
  }
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, second - first - 1);
  const bool is_target = !out.target.empty() && std::ranges::all_of(out.target, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F;
  });
  return is_token(out.method) && is_target;
}

std::expected<void, HeadDefect> parse_fields(HeadLines& lines, const HeadLimits& limits, std::vector<Field>& out) {
  for (;;) {
    const auto line = lines.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    if (line->empty()) {
      return {};
    }
    const auto field = parse_field_line(*line);
    if (!field) {
      return std::unexpected(field.error());
    }
    if (out.size() == limits.fields || field->value.size() > limits.value_bytes) {
      return std::unexpected(HeadDefect::too_large);
    }
    out.push_back(*field);
  }
}

template <typename Head>
std::expected<void, HeadDefect> parse_head(HeadLines lines, const HeadLimits& limits,
                                           bool (*parse_start_line)(std::string_view, Head&), Head& out) {
  out.fields.clear();
  const auto start_line = lines.next();
  if (!start_line) {
    return std::unexpected(start_line.error());
  }
  if (!parse_start_line(*start_line, out)) {
    return std::unexpected(HeadDefect::bad_start_line);
  }
  const auto fields = parse_fields(lines, limits, out.fields);
  out.size = lines.consumed();
  return fields;
}

std::optional<std::string_view> find_field(const std::vector<Field>& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const Field& field) { return base::equals_ignoring_case(field.name, name); });
  return found == fields.end() ? std::nullopt : std::optional(found->value);
}

}  // namespace

bool parse_status_line(std::string_view line, ResponseHead& out) {
  constexpr std::size_t version = std::string_view("HTTP/1.1").size();
  return line.size() >= version && parse_version(line.substr(0, version), out.minor_version) &&
         parse_status(line.substr(version), out);
}

bool may_open_response(std::string_view bytes) {
  constexpr std::string_view opening = "HTTP/1.";
  return opening.starts_with(bytes.substr(0, opening.size()));
}

std::string_view name(HeadDefect defect) { return defect_names.at(static_cast<std::size_t>(defect)); }

std::optional<std::string_view> ResponseHead::find(std::string_view name) const { return find_field(fields, name); }
std::optional<std::string_view> RequestHead::find(std::string_view name) const { return find_field(fields, name); }

std::size_t ResponseHead::join(std::string_view name, std::string& out) const {
  out.clear();
  std::size_t lines = 0;
  for (const Field& field : fields) {
    if (base::equals_ignoring_case(field.name, name)) {
      out.append(lines == 0 ? "" : ", ").append(field.value);
      ++lines;
    }
  }
  return lines;
}

std::expected<void, HeadDefect> parse_response_head(std::string_view bytes, const HeadLimits& limits,
                                                    ResponseHead& out) {
  if (!may_open_response(bytes)) {
    return std::unexpected(HeadDefect::bad_start_line);
  }
  return parse_head(HeadLines(bytes, limits), limits, parse_status_line, out);
}

std::expected<void, HeadDefect> parse_recorded_head(std::string_view bytes, const HeadLimits& limits,
                                                    ResponseHead& out) {
  if (bytes.starts_with("HTTP/2 ") || bytes.starts_with("HTTP/3 ")) {
    return parse_head(HeadLines(bytes, limits), limits, parse_recorded_status_line, out);
  }
  return parse_response_head(bytes, limits, out);
}

std::expected<void, HeadDefect> parse_request_head(std::string_view bytes, const HeadLimits& limits, RequestHead& out) {
  HeadLines lines(bytes, limits);
  if (bytes.starts_with("\r\n")) {  // RFC 9112 2.2: a server ignores an empty line before the request line
    lines.skip(2);
  }
  return parse_head(lines, limits, parse_request_line, out);
}

}  // namespace cachewitness::http
