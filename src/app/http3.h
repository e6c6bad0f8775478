// HTTP/3 where the build has it (docs/adr/0009-http3-is-optional.md): the one place that asks.
#pragma once

#include <memory>

#include "probe/datagram_session.h"

namespace cachewitness::app {

#ifdef CACHEWITNESS_HTTP3
inline constexpr bool has_http3 = true;
#else
inline constexpr bool has_http3 = false;
#endif

// Null in a build without it.
[[nodiscard]] std::unique_ptr<probe::DatagramSessions> make_http3_sessions();

}  // namespace cachewitness::app
