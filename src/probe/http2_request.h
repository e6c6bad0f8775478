// The request of a probe as HTTP/2 writes it: the same plain GET as http1_request.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/h2/hpack_encoder.h"
#include "probe/prober.h"

namespace cachewitness::probe {

// Requests of one connection, in the order of their streams.
class Http2Request {
 public:
  // A new connection.
  void start();
  // The peer's SETTINGS_HEADER_TABLE_SIZE.
  void limit_table(std::uint32_t bytes) { encoder_.limit_table(bytes); }
  // Appends the frames of a request without content: what HTTP/1.1 sends, in the same order. Leaves out fields that
  // RFC 9113 8.2.2 forbids. Requires: is_sendable(request).
  void append_get(std::uint32_t stream, const ProbeRequest& request, std::string_view user_agent, std::string& out);

 private:
  http::h2::HpackEncoder encoder_;
  std::string last_host_;
};

}  // namespace cachewitness::probe
