#include "probe/http2_request.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/h2/frame.h"

namespace cachewitness::probe {

namespace {

namespace static_index = http::h2::static_index;

// RFC 9113 8.2.2: they speak of a connection that HTTP/2 manages itself.
bool is_connection_specific(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"connection",        "keep-alive", "proxy-connection",
                                                  "transfer-encoding", "te",         "upgrade"};
  return std::ranges::any_of(names, [&](std::string_view known) { return base::equals_ignoring_case(name, known); });
}

}  // namespace

void Http2Request::start() {
  encoder_.start();
  last_host_.clear();
}

void Http2Request::append_get(std::uint32_t stream, const ProbeRequest& request, std::string_view user_agent,
                              std::string& out) {
  out.append(http::h2::frame_header_bytes, '\0');
  const std::size_t begin = out.size();
  encoder_.begin_block(out);
  encoder_.append_static(static_index::method_get, out);
  encoder_.append_static(request.is_tls ? static_index::scheme_https : static_index::scheme_http, out);
  // A host that is asked for once would only push out of the table what is asked for again.
  if (request.host == last_host_) {
    encoder_.append_indexed(static_index::authority, request.host, out);
  } else {
    encoder_.append_literal(static_index::authority, request.host, out);
    last_host_.assign(request.host);
  }
  encoder_.append_literal(static_index::path, request.target, out);
  encoder_.append_indexed(static_index::user_agent, user_agent, out);
  encoder_.append_indexed(static_index::accept, "*/*", out);
  for (const HeaderLine& line : request.headers) {
    if (!is_connection_specific(line.name)) {
      encoder_.append_never_indexed(line.name, line.value, out);
    }
  }
  http::h2::close_headers(stream, begin, out);
}

}  // namespace cachewitness::probe
