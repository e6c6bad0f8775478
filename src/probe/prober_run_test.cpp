// The prober over many requests: connections, pace, concurrency, deadlines and stops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "probe/prober.h"
#include "support/probe_rig.h"

namespace cachewitness::probe {
namespace {

using namespace std::chrono_literals;
using cachewitness::testing::Answer;
using cachewitness::testing::Asked;
using cachewitness::testing::edge_address;
using cachewitness::testing::ok;
using cachewitness::testing::PathFaults;
using cachewitness::testing::request;
using cachewitness::testing::Rig;
using cachewitness::testing::ScriptedEdge;
using cachewitness::testing::text;

Answer answer_x(const Asked& /*asked*/) { return {ok("x")}; }

void ask(Rig& rig, std::size_t lane, int count) {
  for (int i = 0; i < count; ++i) {
    rig.source.requests[lane].push_back(request(fmt::format("/{}", i)));
  }
}

std::size_t count_of(const Rig& rig, base::FailureCause cause) {
  return static_cast<std::size_t>(std::ranges::count_if(rig.kept.all, [&](const evidence::Evidence& evidence) {
    return evidence.failure() != nullptr && evidence.failure()->cause == cause;
  }));
}

TEST(ProberRun, GivesExactlyOneEvidenceForEachRequest) {
  Rig rig;
  rig.lanes = {{.route = edge_address(1)}, {.route = edge_address(2)}};
  // Answers of every kind, by the number of the request.
  const auto script = [](const Asked& asked) -> Answer {
    switch (asked.exchange % 5) {
      case 0:
        return {ok("x")};
      case 1:
        return {"nonsense\r\n"};
      case 2:
        return {"", true};
      case 3:
        return {ok("x") + "extra"};
      default:
        return {""};
    }
  };
  ScriptedEdge first(rig.network, edge_address(1), script);
  ScriptedEdge second(rig.network, edge_address(2), script);
  ask(rig, 0, 100);
  ask(rig, 1, 77);
  EXPECT_EQ(rig.run(), Prober::End::finished);
  std::set<std::uint64_t> ids;
  for (const auto& evidence : rig.kept.all) {
    ids.insert(evidence.id);
  }
  EXPECT_EQ(rig.kept.all.size(), 177U);
  EXPECT_EQ(ids.size(), 177U);
  EXPECT_EQ(*ids.rbegin(), 177U);
  EXPECT_EQ(rig.prober->progress().finished, 177U);
  EXPECT_EQ(rig.prober->progress().in_flight, 0U);
}

TEST(ProberRun, TakesADetourOnceAndSaysItEachTime) {
  Rig rig;
  ports::Route route = edge_address(1);
  route.otherwise = edge_address(2);
  rig.lanes = {{.route = route}};
  rig.network.set_faults(edge_address(1), PathFaults{.is_without_way = true});
  ScriptedEdge edge(rig.network, edge_address(2), answer_x);
  ask(rig, 0, 1);
  rig.run();
  rig.network.set_faults(edge_address(1), PathFaults{.swallows_connections = true});  // nobody shall ask there again
  for (int i = 0; i < 3; ++i) {
    rig.source.requests[0].push_back(request("/again"));
    rig.source.requests[0].back().wants_new_connection = true;
  }
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 4U);
  EXPECT_EQ(rig.network.connects(), 4U);
  for (const evidence::Evidence& evidence : rig.kept.all) {
    EXPECT_EQ(evidence.path.remote, edge_address(2).text());
    EXPECT_EQ(evidence.path.detour, "instead of " + edge_address(1).text());
  }
}

TEST(ProberRun, KeepsConcurrencyAndPaceOnEveryLane) {
  Rig rig;
  rig.settings.concurrency = 5;
  rig.network.set_faults_of_others(PathFaults{.latency = 30ms});
  rig.lanes = {{.route = edge_address(1), .requests_per_second = 100},
               {.route = edge_address(2), .requests_per_second = 20}};
  ScriptedEdge first(rig.network, edge_address(1), answer_x);
  ScriptedEdge second(rig.network, edge_address(2), answer_x);
  ask(rig, 0, 60);
  ask(rig, 1, 60);
  EXPECT_EQ(rig.run(), Prober::End::finished);
  EXPECT_EQ(first.most_open_streams(), 3U) << "its equal share, and the one that is left over";
  EXPECT_EQ(second.most_open_streams(), 2U);
  const auto& arrivals = second.arrivals();
  for (std::size_t i = 20; i < arrivals.size(); ++i) {
    EXPECT_GE(arrivals[i].at - arrivals[i - 20].at, 890ms) << "20 a second, with a tenth of a second saved up";
  }
  EXPECT_GE(arrivals.back().at - arrivals.front().at, 2800ms);
  EXPECT_LE(arrivals.back().at - arrivals.front().at, 3100ms);
}

TEST(ProberRun, GivesEveryLaneAtLeastOne) {
  Rig rig;
  rig.settings.concurrency = 1;
  rig.lanes = {{.route = edge_address(1)}, {.route = edge_address(2)}, {.route = edge_address(3)}};
  ScriptedEdge silent(rig.network, edge_address(1), [](const Asked&) { return Answer{""}; });
  ScriptedEdge second(rig.network, edge_address(2), answer_x);
  ScriptedEdge third(rig.network, edge_address(3), answer_x);
  const base::Tick start = rig.network.now();
  for (const std::size_t lane : {0U, 1U, 2U}) {
    ask(rig, lane, 3);
  }
  rig.run();
  EXPECT_EQ(second.arrivals().back().at, start) << "does not wait for the silent edge";
  EXPECT_EQ(third.arrivals().back().at, start);
  EXPECT_EQ(second.most_open_streams(), 1U);
  EXPECT_EQ(rig.kept.all.size(), 9U);
}

TEST(ProberRun, GivesTheShareOfAFinishedLaneToTheOthers) {
  Rig rig;
  rig.settings.concurrency = 4;
  rig.network.set_faults_of_others(PathFaults{.latency = 10ms});
  rig.lanes = {{.route = edge_address(1)}, {.route = edge_address(2)}};
  ScriptedEdge first(rig.network, edge_address(1), answer_x);
  ScriptedEdge second(rig.network, edge_address(2), answer_x);
  ask(rig, 0, 2);
  ask(rig, 1, 100);
  rig.run();
  EXPECT_EQ(first.most_open_streams(), 2U);
  EXPECT_EQ(second.most_open_streams(), 4U);
}

std::vector<std::uint64_t> connections_of(const Rig& rig) {
  std::vector<std::uint64_t> connections;
  for (const auto& evidence : rig.kept.all) {
    connections.push_back(evidence.path.connection);
  }
  return connections;
}

TEST(ProberRun, ReusesAConnectionForAnyHostButATlsOneForTheNamesOfItsCertificate) {
  Rig rig;
  rig.settings.concurrency = 1;
  rig.lanes[0].sharing = manifest::Sharing::always;
  rig.network.set_covered_hosts({"a.example", "c.example"});
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  rig.source.requests[0] = {request("/", false, "a.example"), request("/", false, "b.example"),
                            request("/", true, "a.example"),  request("/", true, "a.example:8443"),
                            request("/", true, "c.example"),  request("/", true, "b.example"),
                            request("/", true, "b.example")};
  rig.run();
  EXPECT_EQ(connections_of(rig), (std::vector<std::uint64_t>{1, 1, 2, 2, 2, 3, 3}));
  EXPECT_EQ(edge.most_open_streams(), 1U) << "an idle stream makes room for the next";
}

// Browsers share those of HTTP/2 alone, and there are edges that rely on it: they route HTTP/1.1 by server name.
TEST(ProberRun, SharesNoConnectionOfHttp1UnlessItIsToldTo) {
  Rig rig;
  rig.settings.concurrency = 1;
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  rig.source.requests[0] = {request("/", true, "a.example"), request("/", true, "b.example")};
  rig.run();
  EXPECT_EQ(connections_of(rig), (std::vector<std::uint64_t>{1, 2}));
}

TEST(ProberRun, SharesNoConnectionWhereTheManifestSaysSo) {
  Rig rig;
  rig.settings.concurrency = 1;
  rig.lanes[0].sharing = manifest::Sharing::never;
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  rig.source.requests[0] = {request("/", true, "a.example"), request("/", true, "b.example")};
  rig.run();
  EXPECT_EQ(connections_of(rig), (std::vector<std::uint64_t>{1, 2}));
}

// RFC 9110 15.5.20: asked again over a connection of its own, and no longer shared.
TEST(ProberRun, AsksAMisdirectedRequestAgainOverAConnectionOfItsOwn) {
  Rig rig;
  rig.lanes[0].sharing = manifest::Sharing::always;
  rig.settings.concurrency = 1;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked& asked) -> Answer {
    const bool is_first_name = asked.request.contains("a.example");
    return {asked.connection == 0 && !is_first_name ? "HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n"
                                                    : ok("x")};
  });
  rig.source.requests[0] = {request("/", true, "a.example"), request("/", true, "b.example"),
                            request("/", true, "c.example")};
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 3U);
  for (const auto& evidence : rig.kept.all) {
    EXPECT_EQ(text(evidence), "200 wire 1 decoded 1");
  }
  EXPECT_EQ(connections_of(rig), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(edge.arrivals().size(), 4U) << "one answer taught it";
}

TEST(ProberRun, BelievesARefusalOnlyOnceItIsGivenToAConnectionOfItsOwn) {
  Rig rig;
  rig.lanes[0].sharing = manifest::Sharing::always;
  rig.settings.concurrency = 1;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked& asked) -> Answer {
    return {asked.request.contains("b.example") ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n" : ok("x")};
  });
  rig.source.requests[0] = {request("/", true, "a.example"), request("/", true, "b.example"),
                            request("/", true, "c.example")};
  rig.run();
  EXPECT_EQ(text(rig.kept.all[1]), "403 wire 0 decoded 0");
  EXPECT_EQ(edge.arrivals().size(), 4U);
  EXPECT_EQ(rig.kept.all[1].path.connection, 2U);
  EXPECT_EQ(edge.connections(), 2U) << "a plain refusal is no reason to stop sharing";
}

TEST(ProberRun, PipelinesWhereTheManifestDeclaresIt) {
  Rig rig;
  rig.settings.concurrency = 8;
  rig.settings.pipeline = 8;
  rig.network.set_faults_of_others(PathFaults{.latency = 10ms});
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  ask(rig, 0, 200);
  const base::Tick start = rig.network.now();
  rig.run();
  EXPECT_EQ(rig.kept.all.size(), 200U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
  EXPECT_LE(edge.connections(), 8U);
  EXPECT_LE(rig.network.now() - start, 600ms) << "200 requests, 8 under way at 20 ms each";
  // In the order in which they were asked for, each with its own answer.
  for (std::size_t i = 0; i < rig.kept.all.size(); ++i) {
    EXPECT_EQ(text(rig.kept.all[i]), "200 wire 1 decoded 1");
  }
}

TEST(ProberRun, OpensNoMoreConnectionsThanItsPipelinesNeed) {
  Rig rig;
  rig.settings.concurrency = 32;
  rig.settings.pipeline = 8;
  rig.network.set_faults_of_others(PathFaults{.latency = 10ms});
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  ask(rig, 0, 1000);
  const base::Tick start = rig.network.now();
  rig.run();
  EXPECT_EQ(rig.kept.all.size(), 1000U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
  EXPECT_EQ(edge.connections(), 4U);
  EXPECT_LE(rig.network.now() - start, 800ms) << "1000 requests, 32 under way at 20 ms each";
}

TEST(ProberRun, OpensAsManyConnectionsAsItMayToAnEdgeThatClosesEach) {
  Rig rig;
  rig.settings.concurrency = 16;
  rig.settings.pipeline = 8;
  rig.network.set_faults_of_others(PathFaults{.latency = 10ms});
  ScriptedEdge edge(rig.network, edge_address(),
                    [](const Asked&) -> Answer { return {ok("x", "Connection: close\r\n"), true}; });
  ask(rig, 0, 160);
  const base::Tick start = rig.network.now();
  rig.run();
  EXPECT_EQ(rig.kept.all.size(), 160U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
  EXPECT_LE(rig.network.now() - start, 600ms) << "16 at once, two round trips each";
}

TEST(ProberRun, SendsAgainWhatAPipelineLeftUnanswered) {
  Rig rig;
  rig.settings.concurrency = 4;
  rig.settings.pipeline = 4;
  // As nginx with keepalive_requests: the third answer of each connection is its last.
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked& asked) -> Answer {
    return asked.exchange == 2 ? Answer{ok("x", "Connection: close\r\n"), true} : Answer{ok("x")};
  });
  ask(rig, 0, 100);
  rig.run();
  EXPECT_EQ(rig.kept.all.size(), 100U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
}

TEST(ProberRun, KeepsThePaceOfTheWholeRun) {
  Rig rig;
  rig.settings.requests_per_second = 100;
  rig.lanes = {{.route = edge_address(1)}, {.route = edge_address(2)}};
  ScriptedEdge first(rig.network, edge_address(1), answer_x);
  ScriptedEdge second(rig.network, edge_address(2), answer_x);
  ask(rig, 0, 100);
  ask(rig, 1, 100);
  const base::Tick start = rig.network.now();
  rig.run();
  EXPECT_GE(rig.network.now() - start, 1800ms);
  EXPECT_LE(rig.network.now() - start, 2100ms);
  EXPECT_GE(second.arrivals().size(), 100U);
}

TEST(ProberRun, LeavesAnEdgeAloneForAsLongAsItAsks) {
  Rig rig;
  rig.settings.concurrency = 1;
  rig.network.set_faults_of_others(PathFaults{.latency = 1ms});
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked& asked) -> Answer {
    return {asked.exchange == 1 ? "HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n" : ok("x")};
  });
  ask(rig, 0, 4);
  rig.run();
  ASSERT_EQ(edge.arrivals().size(), 4U);
  EXPECT_EQ(text(rig.kept.all[1]), "429 wire 0 decoded 0") << "what it said is evidence";
  EXPECT_GE(edge.arrivals()[2].at - edge.arrivals()[1].at, 3s);
  EXPECT_LE(edge.arrivals()[2].at - edge.arrivals()[1].at, 3100ms);
}

TEST(ProberRun, DoesNotWaitBeyondTheDeadlineForAnEdgeThatAsksForIt) {
  Rig rig;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked&) -> Answer {
    return {"HTTP/1.1 503 Slow Down\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"};
  });
  ask(rig, 0, 100);
  const base::Tick start = rig.network.now();
  rig.stop.deadline = start + 2s;
  EXPECT_EQ(rig.run(), Prober::End::deadline);
  EXPECT_EQ(rig.network.now() - start, 2s);
}

TEST(ProberRun, GivesARequestUpThatEveryConnectionGivesBack) {
  Rig rig;
  rig.settings.concurrency = 1;
  rig.settings.pipeline = 2;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked& asked) -> Answer {
    return asked.request.contains("/1 ") ? Answer{"", true} : Answer{ok("x")};
  });
  ask(rig, 0, 3);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 3U);
  EXPECT_EQ(text(rig.kept.all[1]), "head/reset: connection closed before any byte of a response")
      << "a new connection that ends without a word is an answer of its kind";
}

TEST(ProberRun, OpensANewConnectionForASampleThatWantsOne) {
  Rig rig;
  rig.settings.concurrency = 1;
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  ask(rig, 0, 3);
  rig.source.requests[0][1].wants_new_connection = true;
  rig.run();
  EXPECT_EQ(edge.connections(), 2U);
  EXPECT_EQ(rig.kept.all[1].path.exchange, 0U);
  EXPECT_EQ(rig.kept.all[2].path.connection, 2U);
}

TEST(ProberRun, DoesNotReuseAStreamThatCannotBeTrusted) {
  const std::vector<Answer> answers{
      {ok("x") + "HTTP/1.1 200 OK\r\n"},                         // bytes after the response
      {ok("x", "Connection: close\r\n")},                        // although it stays open
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"},         // RFC 9112 9.3: 1.0 does not keep
      {"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\nx"},  // a failure
  };
  for (const Answer& answer : answers) {
    Rig rig;
    rig.settings.concurrency = 1;
    ScriptedEdge edge(rig.network, edge_address(), [&](const Asked&) { return answer; });
    ask(rig, 0, 3);
    rig.run();
    EXPECT_EQ(edge.connections(), 3U) << answer.bytes;
  }
}

TEST(ProberRun, TriesAStaleKeptConnectionOnceMoreOnANewOne) {
  Rig rig;
  rig.settings.concurrency = 1;
  ScriptedEdge edge(rig.network, edge_address(),
                    [](const Asked& asked) { return asked.exchange == 0 ? Answer{ok("x")} : Answer{"", true}; });
  ask(rig, 0, 2);
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 2U);
  EXPECT_EQ(text(rig.kept.all[1]), "200 wire 1 decoded 1");
  EXPECT_EQ(rig.kept.all[1].path.connection, 2U);
  EXPECT_EQ(edge.arrivals().size(), 3U);
  EXPECT_EQ(rig.prober->progress().failed, 0U);
}

TEST(ProberRun, DoesNotTryAgainOnceAByteHasCome) {
  Rig rig;
  rig.settings.concurrency = 1;
  ScriptedEdge edge(rig.network, edge_address(),
                    [](const Asked& asked) { return asked.exchange == 0 ? Answer{ok("x")} : Answer{"H", true}; });
  ask(rig, 0, 2);
  rig.run();
  EXPECT_EQ(text(rig.kept.all[1]), "head/reset: connection closed after 1 bytes of the response head");
  EXPECT_EQ(edge.arrivals().size(), 2U);
}

TEST(ProberRun, LetsASecondTryWaitForItsTokenToo) {
  Rig rig;
  rig.settings.concurrency = 1;
  rig.lanes[0].requests_per_second = 1;
  ScriptedEdge edge(rig.network, edge_address(),
                    [](const Asked& asked) { return asked.exchange == 0 ? Answer{ok("x")} : Answer{"", true}; });
  ask(rig, 0, 2);
  rig.run();
  ASSERT_EQ(edge.arrivals().size(), 3U);
  EXPECT_EQ(edge.arrivals()[2].at - edge.arrivals()[1].at, 1s);
  EXPECT_EQ(text(rig.kept.all[1]), "200 wire 1 decoded 1");
}

TEST(ProberRun, DropsAnIdleConnectionThatSendsUnasked) {
  Rig rig;
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  ask(rig, 0, 1);
  rig.run();
  edge.send_unasked("HTTP/1.1 408 Request Timeout\r\n\r\n");
  ask(rig, 0, 1);
  rig.network.turn(rig.network.now() + 1ms);
  rig.run();
  EXPECT_EQ(text(rig.kept.all[1]), "200 wire 1 decoded 1");
  EXPECT_EQ(edge.connections(), 2U);
}

TEST(ProberRun, KeepsConnectionsAndIdsForTheNextRound) {
  Rig rig;
  ScriptedEdge edge(rig.network, edge_address(), answer_x);
  ask(rig, 0, 1);
  rig.run();
  ask(rig, 0, 1);
  EXPECT_EQ(rig.run(), Prober::End::finished);
  EXPECT_EQ(rig.kept.all[1].id, 2U);
  EXPECT_EQ(rig.kept.all[1].path.connection, 1U);
  EXPECT_EQ(rig.kept.all[1].path.exchange, 1U);
}

TEST(ProberRun, EndsAtTheDeadlineOfTheRunWithWhatIsInFlightCancelled) {
  Rig rig;
  rig.settings.concurrency = 2;
  ScriptedEdge edge(rig.network, edge_address(),
                    [](const Asked& asked) { return asked.connection == 0 ? Answer{ok("x")} : Answer{""}; });
  rig.lanes[0].requests_per_second = 20;
  ask(rig, 0, 1000);
  const base::Tick start = rig.network.now();
  rig.stop.deadline = start + 2s;
  EXPECT_EQ(rig.run(), Prober::End::deadline);
  EXPECT_EQ(rig.network.now() - start, 2s);
  EXPECT_EQ(count_of(rig, base::FailureCause::cancelled), 1U);
  EXPECT_EQ(text(rig.kept.all.back()),
            "head/cancelled: the run's deadline passed: stopped before any byte of a response");
  EXPECT_EQ(rig.kept.all.size(), rig.source.asked);
  EXPECT_LT(rig.kept.all.size(), 50U);
}

TEST(ProberRun, StopsPromptlyOnRequestAndAsksNoSourceAnyMore) {
  Rig rig;
  rig.settings.concurrency = 8;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked&) { return Answer{""}; });
  ask(rig, 0, 100);
  const base::Tick start = rig.network.now();
  rig.stop.requested = [&] { return rig.network.now() - start >= 120ms; };
  EXPECT_EQ(rig.run(), Prober::End::stopped);
  EXPECT_LE(rig.network.now() - start, 170ms);
  EXPECT_EQ(rig.source.asked, 8U);
  EXPECT_EQ(count_of(rig, base::FailureCause::cancelled), 8U);
}

TEST(ProberRun, AsksNothingWhereItIsStoppedBeforeItBegins) {
  Rig rig;
  ask(rig, 0, 3);
  rig.stop.requested = [] { return true; };
  EXPECT_EQ(rig.run(), Prober::End::stopped);
  EXPECT_EQ(rig.source.asked, 0U);
}

TEST(ProberRun, DoesNotLetADeadEdgeSlowTheOthers) {
  Rig rig;
  rig.settings.concurrency = 4;
  rig.lanes = {{.route = edge_address(1)}, {.route = edge_address(2)}};
  rig.network.set_faults(edge_address(1), PathFaults{.swallows_connections = true});
  rig.network.set_faults(edge_address(2), PathFaults{.latency = 10ms});
  ScriptedEdge edge(rig.network, edge_address(2), answer_x);
  ask(rig, 0, 4);
  ask(rig, 1, 100);
  EXPECT_EQ(rig.run(), Prober::End::finished);
  EXPECT_LE(edge.arrivals().back().at - edge.arrivals().front().at, 1s);
  EXPECT_EQ(count_of(rig, base::FailureCause::timeout), 4U);
}

TEST(ProberRun, DoesNothingWithoutRequests) {
  Rig rig;
  EXPECT_EQ(rig.run(), Prober::End::finished);
  EXPECT_TRUE(rig.kept.all.empty());
}

}  // namespace
}  // namespace cachewitness::probe
