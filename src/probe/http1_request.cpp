#include "probe/http1_request.h"

#include <algorithm>

#include "http/field_line.h"

namespace cachewitness::probe {

namespace {

// Printable ASCII without the space: what may stand in a request target (RFC 9112 3.2) or a Host.
bool is_one_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool is_sendable(const ProbeRequest& request) {
  return is_one_word(request.host) && is_one_word(request.target) &&
         std::ranges::all_of(request.headers, [](const HeaderLine& line) {
           return http::is_token(line.name) && http::is_field_text(line.value);
         });
}

void append_get(const ProbeRequest& request, std::string_view user_agent, std::string& out) {
  out.append("GET ").append(request.target).append(" HTTP/1.1\r\nHost: ").append(request.host);
  out.append("\r\nUser-Agent: ").append(user_agent).append("\r\nAccept: */*\r\n");
  for (const HeaderLine& line : request.headers) {
    out.append(line.name).append(": ").append(line.value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace cachewitness::probe
