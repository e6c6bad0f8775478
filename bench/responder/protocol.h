// Protocol: one HTTP version on one connection of the responder. Sans-I/O: bytes in, requests and bytes out. Who
// drives it decides when a request is answered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "canned_answer.h"

namespace cachewitness::bench {

struct Request {
  std::uint32_t stream = 0;  // of HTTP/2
  std::uint32_t tag = 0;     // where answers are distinct
  bool wants_body = true;
};

class RequestSink {
 public:
  virtual ~RequestSink() = default;
  virtual void on_request(const Request& request) = 0;
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  // False where the peer broke the protocol: what is in `out` is still sent, then the connection ends.
  virtual bool receive(std::string_view bytes, RequestSink& sink, std::string& out) = 0;
  virtual void answer(const Request& request, std::string& out) = 0;
};

// What the first bytes of a connection say, whatever carries it; nullptr while they do not say it yet.
std::unique_ptr<Protocol> choose_protocol(std::string_view first_bytes, const CannedAnswer& answer);

std::unique_ptr<Protocol> make_http1(const CannedAnswer& answer);
std::unique_ptr<Protocol> make_http2(const CannedAnswer& answer);

}  // namespace cachewitness::bench
