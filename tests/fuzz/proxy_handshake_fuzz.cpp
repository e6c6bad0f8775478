// Any bytes as the answers of a proxy: the handshake never crashes, takes no more than it was given, says only what the
// protocol has it say, and ends the same however the bytes were cut. The first byte chooses the proxy and the cut.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/proxy_handshake.h"
#include "base/assert.h"

namespace {

using cachewitness::adapters::ProxyHandshake;
using State = ProxyHandshake::State;

std::string outcome(const cachewitness::ports::Proxy& proxy, std::string_view bytes, std::size_t pieces) {
  const auto handshake =
      cachewitness::adapters::make_proxy_handshake(proxy, *cachewitness::base::parse_ip("203.0.113.10", 443));
  std::string said;
  handshake->start(said);
  while (!bytes.empty() && handshake->state() == State::talking) {
    const std::string_view piece = bytes.substr(0, pieces);
    const std::size_t taken = handshake->receive(piece, said);
    CW_ASSERT(taken <= piece.size());
    CW_ASSERT(taken == piece.size() || handshake->state() != State::talking);
    bytes.remove_prefix(taken);
  }
  CW_ASSERT(said.size() < 1024);
  switch (handshake->state()) {
    case State::open:
      return said + " open " + std::string(bytes);
    case State::failed:
      CW_ASSERT(handshake->failure().stage == cachewitness::base::Stage::connect);
      CW_ASSERT(handshake->failure().detail.starts_with("proxy 192.0.2.1:3128 "));
      return said + handshake->failure().detail;
    case State::talking:
      break;
  }
  handshake->receive_end();
  CW_ASSERT(handshake->state() == State::failed);
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  cachewitness::ports::Proxy proxy;
  proxy.address = *cachewitness::base::parse_ip("192.0.2.1", 3128);
  proxy.kind = (data[0] & 1) != 0 ? cachewitness::ports::Proxy::Kind::http : cachewitness::ports::Proxy::Kind::socks5;
  if ((data[0] & 2) != 0) {
    proxy.user = "user";
    proxy.password = "password";
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t pieces = 1 + (data[0] >> 2);
  CW_ASSERT(outcome(proxy, bytes, pieces) == outcome(proxy, bytes, bytes.size() + 1));
  return 0;
}
