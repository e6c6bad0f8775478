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

TEST(MemoryNetwork, PlaysTheProtocolAndTheCertificateThatATestWants) {
  MemoryNetwork network;
  RecordedAccepts accepts;
  const ports::TlsServer identity;
  auto listener = network.listen(MemoryNetworkFactory::any_port(), &identity, accepts);
  const auto connect = [&](const ports::TlsClient* tls) {
    auto stream = std::make_unique<RecordedStream>();
    stream->connection = network.connect((*listener)->address(), tls, *stream);
    turn_until(network, [&] { return stream->opens == 1; });
    return stream;
  };
  ports::TlsClient client;
  client.alpn = {"h2", "http/1.1"};
  const auto before = connect(&client);
  EXPECT_EQ(before->peer->protocol, "");
  EXPECT_TRUE(before->connection->covers("a.example"));
  network.set_protocol("h2");
  network.set_covered_hosts({"a.example"});
  const auto after = connect(&client);
  EXPECT_EQ(after->peer->protocol, "h2");
  EXPECT_TRUE(after->connection->covers("a.example"));
  EXPECT_FALSE(after->connection->covers("b.example"));
  EXPECT_TRUE(connect(nullptr)->connection->covers("b.example")) << "plain streams prove no name";
  client.alpn = {"http/1.1"};
  EXPECT_EQ(connect(&client)->peer->protocol, "");
}

}  // namespace
}  // namespace cachewitness::testing
