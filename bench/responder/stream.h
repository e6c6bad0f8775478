// Stream: the bytes of one accepted connection, plain or TLS. Does not block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "socket.h"

namespace cachewitness::bench {

struct Transfer {
  std::size_t bytes = 0;
  bool is_over = false;    // the peer has finished, or the connection is broken
  bool may_go_on = false;  // another call may move more without another event
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual Transfer receive(std::span<char> into) = 0;
  virtual Transfer send(std::string_view bytes) = 0;
};

std::unique_ptr<Stream> make_plain_stream(Descriptor socket);

// What all TLS connections of a server share: certificate, tickets, ALPN (h2 before http/1.1).
class TlsServer {
 public:
  static std::unique_ptr<TlsServer> make(const std::string& certificate_file, const std::string& key_file,
                                         std::string& fault);
  virtual ~TlsServer() = default;
  virtual std::unique_ptr<Stream> make_stream(Descriptor socket) = 0;
  [[nodiscard]] virtual std::uint64_t handshakes() const = 0;
  [[nodiscard]] virtual std::uint64_t resumed() const = 0;  // subset of handshakes
};

}  // namespace cachewitness::bench
