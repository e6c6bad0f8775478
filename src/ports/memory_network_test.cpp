// The network in memory keeps the port's promises just as the real one does.
#include "support/memory_network.h"

#include "contract/network_contract.h"

namespace cachewitness::testing {
namespace {

class MemoryNetworkFactory {
 public:
  ports::Network& network() { return network_; }
  static base::SocketAddress any_port() { return *base::parse_ip("127.0.0.1", 0); }

 private:
  MemoryNetwork network_;
};

class DrippingNetworkFactory : public MemoryNetworkFactory {
 public:
  DrippingNetworkFactory() {
    static_cast<MemoryNetwork&>(network()).set_faults_of_others(
        {.latency = std::chrono::microseconds(300), .segment_bytes = 1999});
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, NetworkContract, MemoryNetworkFactory);
INSTANTIATE_TYPED_TEST_SUITE_P(MemoryInPieces, NetworkContract, DrippingNetworkFactory);

}  // namespace
}  // namespace cachewitness::testing
