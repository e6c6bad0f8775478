// What the lanes of one Prober share: the ports, the settings and the running numbers. One thread.
#pragma once

#include <cstdint>

#include "ports/network.h"
#include "probe/exchange.h"
#include "probe/prober.h"
#include "probe/token_bucket.h"

namespace cachewitness::probe {

class DatagramSessions;

struct RunState {
  ports::Network& network;
  DatagramSessions* datagram_sessions;  // null where none was built in
  ProbeSettings settings;
  evidence::EvidenceSink* sink = nullptr;  // of the run that is under way
  ProbeProgress progress{};
  TokenBucket bucket;  // of all lanes together
  ExchangePool exchanges{};
  std::uint64_t last_evidence = 0;
  std::uint64_t last_connection = 0;
  std::uint32_t used_connections = 0;  // being made, or carrying something

  [[nodiscard]] base::Instant wall() const { return settings.anchor.at(network.now()); }
};

}  // namespace cachewitness::probe
