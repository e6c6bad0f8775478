#include "app/http3.h"

#ifdef CACHEWITNESS_HTTP3
#include "quic/http3_sessions.h"
#endif

namespace cachewitness::app {

std::unique_ptr<probe::DatagramSessions> make_http3_sessions() {
#ifdef CACHEWITNESS_HTTP3
  return std::make_unique<quic::Http3Sessions>();
#else
  return nullptr;
#endif
}

}  // namespace cachewitness::app
