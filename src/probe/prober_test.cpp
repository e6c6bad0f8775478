// The prober's outcomes: what each kind of edge makes of one request.
#include "probe/prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using ::testing::StartsWith;

TEST(Prober, SendsAPlainGetWithTheVariantsLinesLast) {
  Rig rig;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked&) { return Answer{ok("x")}; });
  const std::vector<HeaderLine> lines{{"accept-encoding", "gzip, br"}, {"cookie", "a=b"}};
  ProbeRequest asked = request("/a.js?v=2");
  asked.headers = lines;
  rig.source.requests[0].push_back(asked);
  EXPECT_EQ(rig.run(), Prober::End::finished);
  ASSERT_EQ(edge.arrivals().size(), 1U);
  EXPECT_EQ(edge.arrivals()[0].asked.request,
            "GET /a.js?v=2 HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: cachewitness/test\r\nAccept: */*\r\n"
            "accept-encoding: gzip, br\r\ncookie: a=b\r\n\r\n");
}

TEST(Prober, SendsNothingThatWouldBeAnotherRequest) {
  const std::vector<HeaderLine> broken{{"cookie", "a=b\r\nX-Injected: 1"}};
  const std::vector<HeaderLine> bad_name{{"x a", "b"}};
  Rig rig;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked&) { return Answer{ok("x")}; });
  auto& requests = rig.source.requests[0];
  requests = {
      request("/a b"), request("/a\r\nX: y"), request("/", false, "h\nX: y"), request("/", false, ""), request(),
      request()};
  requests[4].headers = broken;
  requests[5].headers = bad_name;
  rig.run();
  EXPECT_TRUE(edge.arrivals().empty());
  ASSERT_EQ(rig.kept.all.size(), 6U);
  for (const auto& evidence : rig.kept.all) {
    EXPECT_THAT(text(evidence), StartsWith("request/malformed-response: not sent"));
  }
}

TEST(Prober, RecordsEverythingThatTheExchangeShowed) {
  Rig rig;
  rig.network.set_faults(edge_address(), PathFaults{.latency = 20ms});
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked&) { return Answer{ok("hello", "ETag: \"1\"\r\n")}; });
  ProbeRequest asked = request();
  asked.cell = {evidence::EdgeId{3}, evidence::TenantId{4}, evidence::AssetId{5}, evidence::VariantId{6}};
  asked.sample = 2;
  rig.source.requests[0] = {asked, asked};
  rig.settings.concurrency = 1;
  rig.run();
  ASSERT_EQ(rig.kept.all.size(), 2U);
  const evidence::Evidence& first = rig.kept.all[0];
  const base::Instant start{1'700'000'000'000'000'000};
  EXPECT_EQ(first.id, 1U);
  EXPECT_EQ(first.cell, asked.cell);
  EXPECT_EQ(first.sample, 2);
  EXPECT_EQ(first.url, "http://shop.example.com/a.js");
  EXPECT_EQ(first.sent_at - start, 40ms) << "after the connection was made";
  EXPECT_EQ(first.first_byte_at - start, 80ms);
  EXPECT_EQ(first.received_at - start, 80ms);
  EXPECT_EQ(first.path.connection, 1U);
  EXPECT_EQ(first.path.exchange, 0U);
  EXPECT_EQ(first.path.remote, "127.0.0.1:8080");
  EXPECT_EQ(first.path.local_port, 40000);
  EXPECT_EQ(first.path.tls_version, "");
  ASSERT_NE(first.response(), nullptr);
  EXPECT_EQ(first.response()->head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"1\"\r\n\r\n");
  EXPECT_EQ(first.response()->body.sha256->hex(), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  const evidence::Evidence& second = rig.kept.all[1];
  EXPECT_EQ(second.id, 2U);
  EXPECT_EQ(second.path.connection, 1U);
  EXPECT_EQ(second.path.exchange, 1U);
  EXPECT_EQ(second.sent_at - start, 80ms) << "at once, on the kept connection";
}

TEST(Prober, RecordsThePathOfATlsStream) {
  Rig rig;
  ScriptedEdge edge(rig.network, edge_address(), [](const Asked&) { return Answer{ok("x")}; });
  rig.source.requests[0].push_back(request("/", true));
  rig.run();
  EXPECT_EQ(rig.kept.all.at(0).path.tls_version, "TLSv1.3");
  EXPECT_EQ(rig.kept.all.at(0).path.certificate_sha256.size(), 64U);
}

TEST(Prober, TakesEachKindOfAnswerForWhatItIs) {
  struct Row {
    std::string_view name;
    Answer answer;
    std::string_view expected;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string cut = "connection closed ";
  const std::vector<Row> rows{
      {"chunked", {chunked + "3\r\nabc\r\n0\r\n\r\n"}, "200 wire 3 decoded 3"},
      {"HTTP/1.0 until close", {"HTTP/1.0 200 OK\r\n\r\nabcd", true}, "200 wire 4 decoded 4"},
      {"304 without being asked for",
       {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"},
       "304 wire 0 decoded 0"},
      {"redirect, not followed",
       {"HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"},
       "301 wire 0 decoded 0"},
      {"103 first", {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + ok("abc")}, "200 wire 3 decoded 3"},
      {"101",
       {"HTTP/1.1 101 Switching\r\n\r\n"},
       "head/malformed-response: 101 without having been asked to switch protocols"},
      {"close at once", {"", true}, "head/reset: connection closed before any byte of a response"},
      {"head cut",
       {"HTTP/1.1 200 OK\r\nAge: 1", true},
       "head/reset: connection closed after 23 bytes of the response head"},
      {"body cut",
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true},
       "body/reset: connection closed after 3 bytes of the body"},
      {"empty body cut",
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true},
       "body/reset: connection closed after 0 bytes of the body"},
      {"chunks cut", {chunked + "3\r\nabc\r\n", true}, "body/reset: connection closed after 3 bytes of the body"},
      {"cut after a 103",
       {"HTTP/1.1 103 Early\r\n\r\n", true},
       "head/reset: connection closed after 1 interim responses"},
      {"silence", {""}, "head/timeout: no whole response within 5000 ms: stopped before any byte of a response"},
      {"silence in the head",
       {"HTTP/1.1 200 OK\r\n"},
       "head/timeout: no whole response within 5000 ms: stopped after 17 bytes of the response head"},
      {"silence in the body",
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
       "body/timeout: no whole response within 5000 ms: stopped after 3 bytes of the body"},
      {"endless value",
       {"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')},
       "head/too-large: response head is over a limit: 65536 bytes, 200 fields, 16384 bytes a value"},
      {"bare line feeds", {"HTTP/1.1 200 OK\nX: a\n\n"}, "head/malformed-response: response head: bare-line-feed"},
      {"no HTTP", {"SSH-2.0-OpenSSH"}, "head/malformed-response: response head: bad-start-line"},
      {"wrong chunk size", {chunked + "2\r\nabc\r\n"}, "body/malformed-response: message framing: bad-chunk-end"},
      {"endless trailers",
       {chunked + "0\r\nX: " + std::string(20'000, 'x')},
       "body/too-large: message framing: trailers-too-large"},
      {"two lengths",
       {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"},
       "head/malformed-response: message framing: bad-content-length"},
      {"truncated gzip",
       {ok("\x1f\x8b\x08", "Content-Encoding: gzip\r\n")},
       "200 wire 3 decoded 0 truncated gzip content"},
      {"unknown coding", {ok("abc", "Content-Encoding: dcb\r\n")}, "200 wire 3 decoded 0 unknown content coding dcb"},
  };
  for (const Row& row : rows) {
    Rig rig;
    EXPECT_EQ(rig.outcome_of(row.answer), row.expected) << row.name;
  }
}

TEST(Prober, EndsEndlessHeadsInterimResponsesAndBodies) {
  std::string fields = "HTTP/1.1 200 OK\r\n";
  std::string interim;
  for (int i = 0; i < 1000; ++i) {
    fields += "X: y\r\n";
    interim += "HTTP/1.1 103 Early\r\n\r\n";
  }
  Rig endless;
  EXPECT_THAT(endless.outcome_of({fields}), StartsWith("head/too-large"));
  Rig hesitant;
  EXPECT_EQ(hesitant.outcome_of({interim}), "head/too-large: more than 10 interim responses");
  Rig rig;
  rig.settings.max_body_bytes = 1000;
  EXPECT_EQ(rig.outcome_of({"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x')}),
            "body/too-large: body is larger than max_body_bytes (1000 bytes)");
  Rig whole;
  whole.settings.max_body_bytes = 1000;
  EXPECT_EQ(whole.outcome_of({ok(std::string(1000, 'x'))}), "200 wire 1000 decoded 1000");
}

TEST(Prober, DoesNotLetADripExtendTheDeadline) {
  Rig rig;
  rig.network.set_faults(edge_address(), PathFaults{.segment_bytes = 6, .segment_gap = 500ms});
  rig.settings.timeout = 20s;
  const base::Tick start = rig.network.now();
  EXPECT_THAT(rig.outcome_of({ok(std::string(1000, 'x'))}), StartsWith("body/timeout"));
  EXPECT_EQ(rig.network.now() - start, 20s);
}

TEST(Prober, TellsHowConnectingFailed) {
  Rig refused;
  refused.network.set_faults(edge_address(), PathFaults{.refuses_connections = true});
  EXPECT_EQ(refused.outcome_of({ok("x")}), "connect/refused: connection refused");
  EXPECT_EQ(refused.kept.all[0].path.remote, "127.0.0.1:8080");
  EXPECT_EQ(refused.kept.all[0].first_byte_at, base::Instant{});
  Rig swallowed;
  swallowed.network.set_faults(edge_address(), PathFaults{.swallows_connections = true});
  EXPECT_EQ(swallowed.outcome_of({ok("x")}),
            "connect/timeout: no whole response within 5000 ms: stopped while connecting");
  EXPECT_EQ(swallowed.kept.all[0].received_at - swallowed.kept.all[0].sent_at, 5s);
}

TEST(Prober, TellsWhereAResetStruck) {
  Rig rig;
  rig.network.set_faults(edge_address(), PathFaults{.reset_after_bytes = 45});
  EXPECT_EQ(rig.outcome_of({ok("0123456789")}), "body/reset: connection reset by peer after 6 bytes of the body");
}

// How the network cut the bytes must never show in the evidence.
TEST(Prober, GivesTheSameEvidenceForOneByteAtATime) {
  const std::vector<Answer> answers{
      {ok("hello", "ETag: \"1\"\r\n")},
      {"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\n"},
      {"HTTP/1.0 200 OK\r\n\r\nabc", true},
      {"HTTP/1.1 200 OK\r\nX : a\r\n\r\n"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", true},
      {"HTTP/1.1 200 OK\r\nX: a\n\n"},
  };
  for (const Answer& answer : answers) {
    Rig whole;
    const std::string expected = whole.outcome_of(answer);
    Rig cut;
    cut.network.set_faults(edge_address(), PathFaults{.segment_bytes = 1});
    EXPECT_EQ(cut.outcome_of(answer), expected) << answer.bytes;
    if (whole.kept.all[0].response() != nullptr) {
      ASSERT_NE(cut.kept.all[0].response(), nullptr);
      EXPECT_EQ(cut.kept.all[0].response()->head, whole.kept.all[0].response()->head);
      EXPECT_EQ(cut.kept.all[0].response()->body.sha256, whole.kept.all[0].response()->body.sha256);
    }
  }
}

TEST(Prober, GivesEvidenceWithoutAnyNetworkWhereALaneHasNoAddress) {
  Rig rig;
  rig.lanes = {LaneTarget{.route = std::nullopt,
                          .failure = {base::Stage::resolve, base::FailureCause::dns, "no such name"},
                          .requests_per_second = 1}};
  for (int i = 0; i < 1000; ++i) {
    rig.source.requests[0].push_back(request());
  }
  const base::Tick start = rig.network.now();
  EXPECT_EQ(rig.run(), Prober::End::finished);
  ASSERT_EQ(rig.kept.all.size(), 1000U);
  EXPECT_EQ(text(rig.kept.all[999]), "resolve/dns: no such name");
  EXPECT_EQ(rig.kept.all[999].id, 1000U);
  EXPECT_EQ(rig.network.connects(), 0U);
  EXPECT_EQ(rig.network.now(), start);
}

}  // namespace
}  // namespace cachewitness::probe
