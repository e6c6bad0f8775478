#include "lab/edge.h"

#include "support/lab_fixture.h"

namespace cachewitness::lab {
namespace {

using EdgeTest = LabFixture;

TEST_F(EdgeTest, FetchesAPageOnceAndCountsItsAgeOnItsOwnClock) {
  const auto miss = get();
  EXPECT_EQ(miss.status, 200);
  EXPECT_EQ(miss.field("x-cache"), "MISS");
  EXPECT_EQ(miss.field("cache-status"), "us-west-1; fwd=uri-miss; stored");
  EXPECT_EQ(miss.field("age"), "");  // RFC 9111 5.1: an Age says that the origin was not asked
  EXPECT_EQ(miss.field("via"), "1.1 us-west-1");
  EXPECT_EQ(miss.field("content-type"), "text/javascript; charset=utf-8");

  visitor_.let_pass(std::chrono::seconds(7));
  const auto hit = get();
  EXPECT_EQ(hit.body, miss.body);
  EXPECT_EQ(hit.field("age"), "7");
  EXPECT_EQ(hit.field("cache-status"), "us-west-1; hit; ttl=86393");
  EXPECT_EQ(hit.field("date"), miss.field("date"));
  EXPECT_EQ(hit.field("etag"), miss.field("etag"));
  EXPECT_EQ(origin_requests(), 1U);
}

TEST_F(EdgeTest, KeepsTheVariantsOfVaryApart) {
  const auto plain = get();
  const auto packed = get(gzip);
  EXPECT_EQ(packed.field("cache-status"), "us-west-1; fwd=vary-miss; stored");
  EXPECT_EQ(packed.field("content-encoding"), "gzip");
  EXPECT_EQ(packed.field("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.field("etag"), plain.field("etag").substr(0, 17) + "-gzip\"");
  EXPECT_EQ(get("Accept-Encoding: br, gzip\r\n").field("x-cache"), "HIT");
  EXPECT_EQ(get("Accept-Encoding: identity\r\n").body, plain.body);
  EXPECT_EQ(origin_requests(), 2U);
}

TEST_F(EdgeTest, ValidatesWhatHasExpired) {
  const auto first = get();
  visitor_.let_pass(std::chrono::hours(25));
  const auto validated = get();
  EXPECT_EQ(validated.status, 200);
  EXPECT_EQ(validated.body, first.body);
  EXPECT_EQ(validated.field("cache-status"), "us-west-1; fwd=stale; fwd-status=304; stored");
  EXPECT_NE(validated.field("date"), first.field("date"));
  EXPECT_EQ(get().field("age"), "0");

  visitor_.let_pass(std::chrono::hours(25));
  deploy(2);
  const auto replaced = get();
  EXPECT_EQ(replaced.field("cache-status"), "us-west-1; fwd=stale; stored");
  EXPECT_EQ(release_of(replaced), "2");
}

TEST_F(EdgeTest, AnswersAClientsConditionFromTheStore) {
  const auto first = get();
  const auto same = get("If-None-Match: \"other\", " + first.field("etag") + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.field("etag"), first.field("etag"));
  EXPECT_EQ(same.field("content-type"), "");
  EXPECT_EQ(get("If-None-Match: \"other\"\r\n").status, 200);
  EXPECT_EQ(get("If-Modified-Since: " + first.field("last-modified") + "\r\n").status, 304);
}

TEST_F(EdgeTest, AnswersHeadLikeGetWithoutTheBody) {
  const auto head = visitor_.ask(edge(), "HEAD", host, page);
  const auto get_after = get();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.field("content-length"), std::to_string(get_after.body.size()));
  EXPECT_EQ(get_after.field("x-cache"), "HIT");
}

TEST_F(EdgeTest, KeysByHostNameWhateverItsCaseAndPort) {
  get();
  EXPECT_EQ(visitor_.ask(edge(), "GET", "CDN-us-west.Example.COM:8080", page).field("x-cache"), "HIT");
  EXPECT_EQ(visitor_.ask(edge(), "GET", "cdn-apac.example.com", page).field("x-cache"), "MISS");
}

TEST_F(EdgeTest, PurgesEveryVariantAndSaysWhetherThereWasAny) {
  EXPECT_EQ(purge().status, 404);
  warm();
  deploy(2);
  EXPECT_EQ(release_of(get()), "1");
  EXPECT_EQ(purge().status, 200);
  EXPECT_EQ(release_of(get()), "2");
  EXPECT_EQ(get(gzip).field("x-cache"), "MISS");
  EXPECT_EQ(visitor_.ask(edge(1), "GET", host, page).field("x-cache"), "MISS");  // the neighbour was never warm
}

TEST_F(EdgeTest, PurgesOneVariantWhereAsked) {
  warm();
  EXPECT_EQ(purge("X-Purge-Variant: gzip\r\n").status, 200);
  EXPECT_EQ(get().field("x-cache"), "HIT");
  EXPECT_EQ(get(gzip).field("x-cache"), "MISS");
}

TEST_F(EdgeTest, ServesASoftPurgedPageOnceMoreWhileItFetchesTheNewOne) {
  get();
  deploy(2);
  visitor_.let_pass(std::chrono::seconds(3));
  EXPECT_EQ(purge("Soft-Purge: 1\r\n").status, 200);
  visitor_.let_pass(std::chrono::seconds(2));
  const auto stale = get();
  EXPECT_EQ(release_of(stale), "1");
  EXPECT_EQ(stale.field("x-cache"), "STALE");
  EXPECT_EQ(stale.field("cache-status"), "us-west-1; hit; ttl=-2");
  visitor_.let_pass(std::chrono::seconds(1));
  const auto fresh = get();
  EXPECT_EQ(release_of(fresh), "2");
  EXPECT_EQ(fresh.field("x-cache"), "HIT");
}

TEST_F(EdgeTest, AsksTheOriginOnceForVisitorsWhoComeTogether) {
  const std::string request = "GET /tenant-xyz/asset.js HTTP/1.1\r\nHost: cdn-us-west.example.com\r\n\r\n";
  plant(FaultKind::slow, "origin-1", "");
  class Ear final : public ports::ConnectionEvents {
   public:
    void on_open(const ports::PeerInfo&) override {}
    void on_bytes(std::string_view bytes) override { heard.append(bytes); }
    void on_end() override {}
    void on_failure(const base::Failure&) override {}
    std::string heard;
  };
  Ear first_ear;
  Ear second_ear;
  const auto first = network_.connect(edge(), nullptr, first_ear);
  const auto second = network_.connect(edge(), nullptr, second_ear);
  first->send(request);
  second->send(request);
  visitor_.let_pass(std::chrono::seconds(1));
  EXPECT_NE(first_ear.heard.find("fwd=uri-miss; stored\r\n"), std::string::npos);
  EXPECT_NE(second_ear.heard.find("fwd=uri-miss; stored; collapsed\r\n"), std::string::npos);
  EXPECT_EQ(origin_requests(), 1U);
}

TEST_F(EdgeTest, DoesNotStoreWhatAPurgeOvertook) {
  plant(FaultKind::slow, "origin-1", "");
  visitor_.set_patience(std::chrono::milliseconds(100));
  EXPECT_EQ(get().status, 0);  // under way
  purge();
  visitor_.let_pass(std::chrono::seconds(2));
  visitor_.set_patience(std::chrono::seconds(5));
  EXPECT_EQ(get().field("x-cache"), "MISS");
}

TEST_F(EdgeTest, FetchesAnewWhatWasPurgedWhileItWasValidated) {
  get();
  visitor_.let_pass(std::chrono::hours(25));
  plant(FaultKind::slow, "origin-1", "");
  visitor_.set_patience(std::chrono::milliseconds(100));
  get();  // its validation is under way
  purge();
  visitor_.set_patience(std::chrono::seconds(5));
  visitor_.let_pass(std::chrono::seconds(2));
  EXPECT_EQ(origin_requests(), 3U);  // fetched, validated, fetched anew
  EXPECT_EQ(get().field("x-cache"), "MISS");
}

TEST_F(EdgeTest, AnswersPipelinedRequestsInOrder) {
  const std::string request = "GET /tenant-xyz/asset.js HTTP/1.1\r\nHost: cdn-us-west.example.com\r\n\r\n";
  const std::string last =
      "GET /nowhere HTTP/1.1\r\nHost: cdn-us-west.example.com\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n";
  const std::string heard = visitor_.exchange(edge(), request + request + last);
  const std::size_t miss = heard.find("X-Cache: MISS");
  const std::size_t hit = heard.find("X-Cache: HIT");
  const std::size_t nowhere = heard.find("HTTP/1.1 404 Not Found");
  ASSERT_NE(nowhere, std::string::npos);
  EXPECT_LT(miss, hit);
  EXPECT_LT(hit, nowhere);
  EXPECT_NE(heard.find("Connection: close"), std::string::npos);
  EXPECT_EQ(heard.find("HTTP/1.1", nowhere + 1), std::string::npos);  // nothing after the last one
}

TEST_F(EdgeTest, RefusesWhatIsNoRequestItCanServe) {
  struct Row {
    const char* name;
    const char* bytes;
    const char* expected;
  };
  const Row rows[] = {
      {"no HTTP", "\x16\x03\x01 hello\r\n\r\n", "HTTP/1.1 400 "},
      {"two lengths", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 400 "},
      {"content", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 413 "},
      {"method", "DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 "}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_TRUE(visitor_.exchange(edge(), row.bytes).starts_with(row.expected));
  }
}

TEST_F(EdgeTest, GivesTheSameAnswersWhateverThePiecesItIsAskedIn) {
  const std::string request =
      "GET /tenant-xyz/asset.js HTTP/1.1\r\nHost: cdn-us-west.example.com\r\n\r\n"
      "GET /tenant-abc/asset.js HTTP/1.1\r\nHost: cdn-us-west.example.com\r\nConnection: close\r\n\r\n";
  visitor_.exchange(edge(), request);
  const std::string whole = visitor_.exchange(edge(), request);
  testing::PathFaults pieces;
  pieces.segment_bytes = 1;
  network_.set_faults_of_others(pieces);
  EXPECT_EQ(visitor_.exchange(edge(), request), whole);
}

TEST_F(EdgeTest, SaysThatTheOriginDoesNotAnswer) {
  plant(FaultKind::down, "origin-1", "");
  const auto refused = get();
  EXPECT_EQ(refused.status, 502);
  EXPECT_EQ(refused.field("cache-status"), "us-west-1; detail=refused");
  EXPECT_EQ(visitor_.ask(edge(1), "GET", host, page).status, 200);  // its upstream is the other replica
}

}  // namespace
}  // namespace cachewitness::lab
