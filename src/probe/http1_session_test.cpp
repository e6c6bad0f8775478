// The session alone: which exchange gets which answer, what is given back, when the stream is of no more use.
#include "probe/http1_session.h"

#include <gtest/gtest.h>

#include <vector>

#include <fmt/format.h>

namespace cachewitness::probe {
namespace {

std::string ok(std::string_view body, std::string_view fields = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), fields, body);
}

struct Told : SessionEvents {
  void on_first_byte(Exchange& exchange) override { story += fmt::format("first {}; ", exchange.slot); }
  void on_outcome(Exchange& exchange) override {
    const auto* failure = exchange.evidence.failure();
    story += failure != nullptr
                 ? fmt::format("failure {}: {}; ", exchange.slot, failure->detail)
                 : fmt::format("answer {}: {} bytes; ", exchange.slot, exchange.evidence.response()->body.wire_bytes);
  }
  void on_unprocessed(Exchange& exchange) override { story += fmt::format("back {}; ", exchange.slot); }
  std::string take() { return std::exchange(story, {}); }
  std::string story;
};

struct Talk {
  explicit Talk(std::uint32_t depth) : session({}, depth, "test", told) {
    session.start(out);
    for (std::uint32_t i = 0; i < exchanges.size(); ++i) {
      exchanges[i].slot = i;
      exchanges[i].request.host = "a.example";
      exchanges[i].request.target = fmt::format("/{}", i);
    }
  }
  void begin(std::uint32_t which) { session.begin(exchanges[which], out); }
  std::string receive(std::string_view bytes) {
    session.receive(bytes, out);
    return told.take();
  }
  // One request and its answer, so that the stream is known to be kept.
  void warm_up() {
    begin(9);
    receive(ok(""));
    out.clear();
  }

  Told told;
  std::string out;
  Http1Session session;
  std::vector<Exchange> exchanges{10};
};

TEST(Http1Session, CarriesOneAtATimeUntilItHasAnswered) {
  Talk talk(4);
  EXPECT_EQ(talk.session.room(), 1U);
  talk.begin(0);
  EXPECT_EQ(talk.session.room(), 0U);
  EXPECT_EQ(talk.receive(ok("abc")), "first 0; answer 0: 3 bytes; ");
  EXPECT_EQ(talk.session.room(), 4U);
}

TEST(Http1Session, GivesEachOfAPipelineItsAnswerHoweverTheyAreCut) {
  for (const std::size_t piece : {1U, 7U, 1000U}) {
    Talk talk(3);
    talk.warm_up();
    for (const std::uint32_t which : {0U, 1U, 2U}) {
      talk.begin(which);
    }
    EXPECT_EQ(talk.session.room(), 0U);
    EXPECT_NE(talk.out.find("GET /2 HTTP/1.1\r\n"), std::string::npos);
    const std::string answers = ok("a") + ok("bb") + ok("ccc");
    std::string story;
    for (std::size_t at = 0; at < answers.size(); at += piece) {
      story += talk.receive(std::string_view(answers).substr(at, piece));
    }
    EXPECT_EQ(story, "first 0; answer 0: 1 bytes; first 1; answer 1: 2 bytes; first 2; answer 2: 3 bytes; ");
    EXPECT_FALSE(talk.session.is_draining());
    EXPECT_EQ(talk.session.carried(), 0U);
  }
}

TEST(Http1Session, GivesBackWhatFollowsALastAnswer) {
  Talk talk(3);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  EXPECT_EQ(talk.receive(ok("a", "Connection: close\r\n") + ok("b")), "first 0; answer 0: 1 bytes; back 1; ");
  EXPECT_TRUE(talk.session.is_draining());
  EXPECT_EQ(talk.session.room(), 0U);
}

TEST(Http1Session, FailsTheFirstAndGivesBackTheOthersWhereAnAnswerIsMalformed) {
  Talk talk(3);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  EXPECT_EQ(talk.receive("nonsense"), "first 0; failure 0: response head: bad-start-line; back 1; ");
  EXPECT_TRUE(talk.session.is_draining());
}

TEST(Http1Session, GivesAllBackWhereAKeptStreamEndsBeforeAnyByte) {
  Talk talk(3);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  talk.session.receive_end();
  EXPECT_EQ(talk.told.take(), "back 0; back 1; ");
  Talk broken(3);
  broken.warm_up();
  broken.begin(0);
  broken.session.receive_failure({base::Stage::body, base::FailureCause::reset, "connection reset by peer"});
  EXPECT_EQ(broken.told.take(), "back 0; ");
}

TEST(Http1Session, FailsTheFirstWhereAStreamEndsWithinItsAnswer) {
  Talk talk(3);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  talk.receive("HTTP/1.1 200");
  talk.session.receive_end();
  EXPECT_EQ(talk.told.take(), "failure 0: connection closed after 12 bytes of the response head; back 1; ");
  Talk first(1);
  first.begin(0);
  first.session.receive_end();
  EXPECT_EQ(first.told.take(), "failure 0: connection closed before any byte of a response; ")
      << "a stream that never answered is no kept one";
}

TEST(Http1Session, EndsAnAnswerThatIsDelimitedByTheEnd) {
  Talk talk(2);
  talk.begin(0);
  talk.receive("HTTP/1.1 200 OK\r\n\r\nabcd");
  talk.session.receive_end();
  EXPECT_EQ(talk.told.take(), "answer 0: 4 bytes; ");
}

TEST(Http1Session, ReadsTheAnswerOfAnAbandonedRequestForNobody) {
  Talk talk(3);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  talk.begin(2);
  talk.session.abandon(talk.exchanges[1], talk.out);
  EXPECT_EQ(talk.session.carried(), 2U);
  EXPECT_EQ(talk.receive(ok("a") + ok("bb") + ok("ccc")), "first 0; answer 0: 1 bytes; first 2; answer 2: 3 bytes; ");
  EXPECT_FALSE(talk.session.is_draining());
}

TEST(Http1Session, TakesMoreOnceHalfOfAFullPipelineIsAnswered) {
  Talk talk(4);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  talk.receive(ok(""));
  EXPECT_EQ(talk.session.room(), 3U) << "it was never full";
  for (const std::uint32_t which : {2, 3, 4}) {
    talk.begin(which);
  }
  EXPECT_EQ(talk.session.room(), 0U);
  talk.receive(ok(""));
  EXPECT_EQ(talk.session.room(), 0U) << "three of four are under way";
  talk.receive(ok(""));
  EXPECT_EQ(talk.session.room(), 2U);
}

TEST(Http1Session, EndsTheStreamWhereTheAnswerUnderWayIsAbandoned) {
  Talk talk(3);
  talk.warm_up();
  talk.begin(0);
  talk.begin(1);
  talk.receive("HTTP/1.1 200");
  talk.told.take();
  EXPECT_EQ(talk.session.progress(talk.exchanges[1]), "behind other requests in a pipeline");
  talk.session.abandon(talk.exchanges[0], talk.out);
  EXPECT_EQ(talk.told.take(), "back 1; ");
  EXPECT_TRUE(talk.session.is_draining());
}

TEST(Http1Session, IsOfNoMoreUseOnceBytesCameThatNobodyAskedFor) {
  Talk talk(3);
  talk.warm_up();
  EXPECT_EQ(talk.receive("H"), "");
  EXPECT_TRUE(talk.session.is_draining());
  talk.session.start(talk.out);
  EXPECT_FALSE(talk.session.is_draining());
  EXPECT_EQ(talk.session.room(), 1U);
}

}  // namespace
}  // namespace cachewitness::probe
