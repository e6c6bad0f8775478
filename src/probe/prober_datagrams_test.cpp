// The prober over edges that speak datagrams, as HTTP/3 does: connections, their handshakes and their timers. What
// HTTP/3 itself is made of has its tests in quic and tests/http3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "probe/prober.h"
#include "support/datagram_rig.h"
#include "support/probe_rig.h"

namespace cachewitness::probe {
namespace {

using namespace std::chrono_literals;
using cachewitness::testing::Answer;
using cachewitness::testing::Asked;
using cachewitness::testing::edge_address;
using cachewitness::testing::LegibleEdge;
using cachewitness::testing::LegibleSessions;
using cachewitness::testing::ok;
using cachewitness::testing::PathFaults;
using cachewitness::testing::request;
using cachewitness::testing::Rig;
using cachewitness::testing::ScriptedEdge;
using cachewitness::testing::text;

std::vector<std::string> answer_well(const LegibleEdge::Request& request) {
  return {request.slot + " 200 etag: \"1\""};
}

struct DatagramRig : Rig {
  DatagramRig() {
    datagrams = &sessions;
    sessions.covered = {"a.example", "b.example"};
    lanes[0].http = manifest::HttpChoice::http3;
    settings.concurrency = 16;
  }
  ~DatagramRig() { prober.reset(); }

  void ask(int count, std::string_view host = "a.example") {
    for (int i = 0; i < count; ++i) {
      source.requests[0].push_back(request(fmt::format("/{}", i), true, std::string(host)));
    }
  }
  [[nodiscard]] std::set<std::string> outcomes() const {
    std::set<std::string> all;
    for (const auto& evidence : kept.all) {
      all.insert(text(evidence));
    }
    return all;
  }

  LegibleSessions sessions;
};

TEST(ProberDatagrams, SendsEverythingOverOneConnection) {
  DatagramRig rig;
  rig.network.set_faults(edge_address(), PathFaults{.latency = 10ms});
  LegibleEdge edge(rig.network, edge_address(), answer_well);
  rig.ask(50);
  rig.ask(50, "b.example");
  const base::Tick start = rig.network.now();
  EXPECT_EQ(rig.run(), Prober::End::finished);
  ASSERT_EQ(rig.kept.all.size(), 100U);
  for (const auto& evidence : rig.kept.all) {
    ASSERT_NE(evidence.response(), nullptr) << text(evidence);
    EXPECT_EQ(evidence.response()->head, "HTTP/3 200 \r\netag: \"1\"\r\n\r\n");
    EXPECT_EQ(evidence.path.remote, edge_address().text());
    EXPECT_EQ(evidence.path.local_port, rig.kept.all[0].path.local_port);
    EXPECT_EQ(evidence.path.tls_version, "TLSv1.3");
    EXPECT_EQ(evidence.path.certificate_sha256, std::string(64, 'd'));
    EXPECT_EQ(evidence.path.shared_name, evidence.url.contains("b.example") ? "a.example" : "");
    EXPECT_EQ(evidence.first_byte_at - evidence.sent_at, 20ms) << "without the handshake";
  }
  EXPECT_NE(rig.kept.all[0].path.local_port, 0);
  EXPECT_EQ(edge.connections(), 1U);
  EXPECT_EQ(edge.count("hello"), 1U);
  EXPECT_LE(rig.network.now() - start, 300ms) << "16 under way at 20 ms each";
}

TEST(ProberDatagrams, KeepsConnectionsApartThatMayNotBeShared) {
  for (const bool is_covered : {false, true}) {
    DatagramRig rig;
    rig.sessions.covered = {"a.example"};
    if (is_covered) {
      rig.sessions.covered.insert("b.example");
      rig.lanes[0].sharing = manifest::Sharing::never;
    }
    LegibleEdge edge(rig.network, edge_address(), answer_well);
    rig.ask(3);
    rig.ask(3, "b.example");
    rig.run();
    EXPECT_EQ(rig.prober->progress().failed, 0U);
    EXPECT_GE(edge.connections(), 2U);
    for (const auto& evidence : rig.kept.all) {
      EXPECT_EQ(evidence.path.shared_name, "");
    }
  }
}

TEST(ProberDatagrams, AsksAMisdirectedRequestAgainOverAConnectionOfItsOwn) {
  DatagramRig rig;
  rig.settings.concurrency = 1;
  LegibleEdge edge(rig.network, edge_address(), [](const LegibleEdge::Request& asked) -> std::vector<std::string> {
    const bool is_own = (asked.connection == 0) == (asked.host == "a.example");
    return {asked.slot + (is_own ? " 200" : " 421")};
  });
  rig.ask(1);
  rig.ask(2, "b.example");
  rig.run();
  EXPECT_EQ(rig.outcomes(), (std::set<std::string>{"200 wire 0 decoded 0"}));
  EXPECT_EQ(edge.connections(), 2U);
}

TEST(ProberDatagrams, LetsTheSessionRepeatWhatWasLost) {
  DatagramRig rig;
  LegibleEdge edge(rig.network, edge_address(), answer_well);
  edge.lost_hellos = 2;
  const base::Tick start = rig.network.now();
  rig.ask(1);
  rig.run();
  EXPECT_EQ(rig.outcomes(), (std::set<std::string>{"200 wire 0 decoded 0"}));
  EXPECT_EQ(rig.network.now() - start, 2s);
  EXPECT_EQ(edge.count("hello"), 3U);
  EXPECT_EQ(rig.kept.all[0].sent_at, rig.kept.all[0].received_at) << "the wait was the handshake's";
}

TEST(ProberDatagrams, TellsWhyNoConnectionCameAbout) {
  DatagramRig refused;
  refused.ask(3);
  refused.run();
  EXPECT_EQ(refused.outcomes(), (std::set<std::string>{"connect/refused: connection refused"}));
  EXPECT_EQ(refused.kept.all[0].path.tls_version, "");

  DatagramRig silent;
  silent.network.set_faults(edge_address(), PathFaults{.swallows_connections = true});
  silent.ask(3);
  const base::Tick start = silent.network.now();
  silent.run();
  EXPECT_EQ(silent.outcomes(), (std::set<std::string>{"connect/timeout: no whole response within 5000 ms: stopped "
                                                      "without any datagram in answer"}));
  EXPECT_EQ(silent.network.now() - start, 10s) << "one alone, then those that waited for what it would learn";
}

TEST(ProberDatagrams, OpensAnotherConnectionAfterOneThatTimedOut) {
  DatagramRig rig;
  rig.settings.timeout = 500ms;
  LegibleEdge edge(rig.network, edge_address(), answer_well);
  edge.lost_hellos = 1;
  rig.ask(3);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 3U);
  EXPECT_EQ(rig.prober->progress().failed, 1U);
  EXPECT_GE(edge.count("bye"), 1U) << "the peer need not keep what we have given up";
}

TEST(ProberDatagrams, AbandonsAnExchangeAndNotItsConnection) {
  DatagramRig rig;
  rig.settings.timeout = 1s;
  LegibleEdge edge(rig.network, edge_address(), [](const LegibleEdge::Request& asked) {
    return asked.target == "/3" ? std::vector<std::string>{} : answer_well(asked);
  });
  rig.ask(10);
  rig.run();
  EXPECT_EQ(rig.outcomes(), (std::set<std::string>{"200 wire 0 decoded 0",
                                                   "head/timeout: no whole response within 1000 ms: stopped before any "
                                                   "byte of a response"}));
  rig.ask(2);
  rig.run();
  EXPECT_EQ(rig.kept.all.size(), 12U);
  EXPECT_EQ(edge.connections(), 1U);
}

TEST(ProberDatagrams, SendsAgainWhatAPeerLeftUndone) {
  DatagramRig rig;
  rig.settings.concurrency = 4;
  LegibleEdge edge(rig.network, edge_address(), [](const LegibleEdge::Request& asked) -> std::vector<std::string> {
    if (asked.slot == "2") {  // each connection takes two requests and no more
      return {"goaway"};
    }
    return asked.slot < "2" ? answer_well(asked) : std::vector<std::string>{};
  });
  rig.ask(12);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 12U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
  EXPECT_GE(edge.connections(), 6U);
  rig.prober.reset();
  EXPECT_EQ(edge.count("bye"), edge.connections());
}

TEST(ProberDatagrams, FailsWhatPeersKeepRejecting) {
  DatagramRig rig;
  LegibleEdge edge(rig.network, edge_address(), [](const LegibleEdge::Request& asked) -> std::vector<std::string> {
    return {"reject " + asked.slot};
  });
  rig.ask(1);
  rig.run();
  EXPECT_EQ(rig.outcomes(), (std::set<std::string>{"request/reset: 4 connections ended before the edge acted on the "
                                                   "request"}));
}

TEST(ProberDatagrams, KeepsThePaceAndWhatAnEdgeAsksFor) {
  DatagramRig rig;
  rig.lanes[0].requests_per_second = 20;
  bool is_first = true;
  LegibleEdge edge(rig.network, edge_address(), [&](const LegibleEdge::Request& asked) -> std::vector<std::string> {
    return std::exchange(is_first, false) ? std::vector<std::string>{asked.slot + " 503 retry-after: 3"}
                                          : answer_well(asked);
  });
  rig.settings.concurrency = 1;
  rig.ask(41);
  rig.run();
  const auto& arrivals = edge.arrivals();
  ASSERT_EQ(arrivals.size(), 41U);
  EXPECT_GE(arrivals[1] - arrivals[0], 3s);
  EXPECT_GE(arrivals[40] - arrivals[1], 1800ms) << "20 a second, with a tenth of a second saved up";
}

TEST(ProberDatagrams, EndsWithTheRun) {
  DatagramRig rig;
  LegibleEdge edge(rig.network, edge_address(), [](const LegibleEdge::Request&) { return std::vector<std::string>{}; });
  rig.ask(3);
  rig.stop.deadline = rig.network.now() + 2s;
  EXPECT_EQ(rig.run(), Prober::End::deadline);
  for (const auto& evidence : rig.kept.all) {
    EXPECT_EQ(text(evidence), "head/cancelled: the run's deadline passed: stopped before any byte of a response");
  }
  EXPECT_EQ(edge.count("bye"), 0U);
  rig.prober.reset();
  EXPECT_EQ(edge.count("bye"), 1U);
}

TEST(ProberDatagrams, GoesBesideLanesOfStreams) {
  DatagramRig rig;
  rig.lanes.push_back({.route = edge_address(2)});
  LegibleEdge edge(rig.network, edge_address(), answer_well);
  ScriptedEdge other(rig.network, edge_address(2), [](const Asked&) { return Answer{ok("x")}; });
  rig.ask(5);
  for (int i = 0; i < 5; ++i) {
    rig.source.requests[1].push_back(request());
  }
  rig.run();
  EXPECT_EQ(rig.outcomes(), (std::set<std::string>{"200 wire 0 decoded 0", "200 wire 1 decoded 1"}));
  EXPECT_EQ(rig.kept.all.size(), 10U);
}

TEST(ProberDatagrams, TakesADetour) {
  DatagramRig rig;
  ports::Route route = edge_address(1);
  route.otherwise = edge_address(2);
  rig.lanes[0].route = route;
  rig.network.set_faults(edge_address(1), PathFaults{.is_without_way = true});
  LegibleEdge edge(rig.network, edge_address(2), answer_well);
  rig.ask(1);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 1U);
  EXPECT_EQ(rig.kept.all[0].path.remote, edge_address(2).text());
  EXPECT_EQ(rig.kept.all[0].path.detour, "instead of " + edge_address(1).text());
}

}  // namespace
}  // namespace cachewitness::probe
