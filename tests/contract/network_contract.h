// What every ports::Network must do, whatever carries the bytes: one suite, run over the real network and
// over the one in memory. A factory type offers `ports::Network& network()` and
// `base::SocketAddress any_port()`, an address with port 0 to listen on.
//
//     INSTANTIATE_TYPED_TEST_SUITE_P(Epoll, NetworkContract, EpollNetworkFactory);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ports/network.h"
#include "support/network_records.h"

namespace cachewitness::testing {

template <typename Factory>
class NetworkContract : public ::testing::Test {
 protected:
  ports::Network& network() { return factory_.network(); }

  std::unique_ptr<ports::Listener> listen(ports::AcceptEvents& accepts) {
    auto listener = network().listen(factory_.any_port(), nullptr, accepts);
    EXPECT_TRUE(listener.has_value()) << listener.error().text();
    return std::move(*listener);
  }
  void connect(RecordedStream& client, const base::SocketAddress& to) {
    client.connection = network().connect(to, nullptr, client);
  }
  // A client and a server stream, both open.
  void open_pair(RecordedAccepts& accepts, RecordedStream& client, const ports::Listener& listener) {
    connect(client, listener.address());
    turn_until(network(), [&] { return client.opens == 1 && accepts.streams.size() == 1; });
  }

  Factory factory_;
};

TYPED_TEST_SUITE_P(NetworkContract);

TYPED_TEST_P(NetworkContract, EchoesBytesBothWays) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [](RecordedStream& stream) {
    stream.when_bytes = [&stream] { stream.connection->send(stream.bytes.substr(stream.bytes.size() - 1)); };
  };
  RecordedStream client;
  this->connect(client, listener->address());
  EXPECT_EQ(client.opens, 0) << "no callback from within connect()";
  turn_until(this->network(), [&] { return client.opens == 1; });
  ASSERT_TRUE(client.peer);
  EXPECT_EQ(client.peer->remote, listener->address());
  client.connection->send("a");
  turn_until(this->network(), [&] { return client.bytes == "a"; });
  client.connection->send("b");
  turn_until(this->network(), [&] { return client.bytes == "ab"; });
  EXPECT_FALSE(client.is_over());
  EXPECT_EQ(client.peer->local, accepts.streams.at(0)->peer->remote);
}

TYPED_TEST_P(NetworkContract, SendsWhatWasQueuedBeforeTheStreamWasOpen) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  RecordedStream client;
  this->connect(client, listener->address());
  client.connection->send("early ");
  client.connection->send("bird");
  turn_until(this->network(), [&] { return accepts.streams.size() == 1 && accepts.streams[0]->bytes == "early bird"; });
}

TYPED_TEST_P(NetworkContract, CarriesMegabytesBothWaysAtOnce) {
  const std::string there = numbered_bytes(3'000'000);
  const std::string back = numbered_bytes(5'000'001);
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [&](RecordedStream& stream) { stream.connection->send(back); };
  RecordedStream client;
  this->connect(client, listener->address());
  client.connection->send(std::string_view(there).substr(0, 1'000'000));
  client.connection->send(std::string_view(there).substr(1'000'000));
  turn_until(this->network(),
             [&] { return client.bytes.size() == back.size() && accepts.streams.at(0)->bytes.size() == there.size(); });
  EXPECT_TRUE(client.bytes == back);
  EXPECT_TRUE(accepts.streams[0]->bytes == there);
}

TYPED_TEST_P(NetworkContract, FinishDeliversEverythingThenTheEnd) {
  const std::string body = numbered_bytes(2'000'000);
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [&](RecordedStream& stream) {
    stream.connection->send(body);
    stream.connection->finish();
  };
  RecordedStream client;
  this->connect(client, listener->address());
  turn_until(this->network(), [&] { return client.is_over(); });
  EXPECT_EQ(client.ends, 1);
  EXPECT_TRUE(client.bytes == body);
}

TYPED_TEST_P(NetworkContract, AnswersAfterThePeerHasFinished) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [](RecordedStream& stream) {
    stream.when_over = [&stream] {
      stream.connection->send("late answer");
      stream.connection->finish();
    };
  };
  RecordedStream client;
  this->connect(client, listener->address());
  client.connection->send("question");
  client.connection->finish();
  turn_until(this->network(), [&] { return client.is_over(); });
  EXPECT_EQ(client.bytes, "late answer");
  EXPECT_EQ(client.ends, 1);
}

TYPED_TEST_P(NetworkContract, DestroyingOneEndEndsTheOther) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  RecordedStream client;
  this->open_pair(accepts, client, *listener);
  client.connection.reset();
  turn_until(this->network(), [&] { return accepts.streams[0]->is_over(); });
  EXPECT_FALSE(client.is_over()) << "a destroyed stream reports nothing";
}

TYPED_TEST_P(NetworkContract, ReportsRefusalInALaterTurn) {
  RecordedAccepts accepts;
  auto listener = this->listen(accepts);
  const base::SocketAddress closed = listener->address();
  listener.reset();
  RecordedStream client;
  this->connect(client, closed);
  client.connection->send("nobody reads this");
  EXPECT_FALSE(client.is_over());
  turn_until(this->network(), [&] { return client.is_over(); });
  ASSERT_EQ(client.failures.size(), 1U);
  EXPECT_EQ(client.failures[0].stage, base::Stage::connect);
  EXPECT_EQ(client.failures[0].cause, base::FailureCause::refused);
  EXPECT_EQ(client.opens, 0);
  client.connection->send("still nobody");
  turn_idly(this->network());
  EXPECT_EQ(client.failures.size(), 1U);
}

TYPED_TEST_P(NetworkContract, SaysNothingToAStreamDestroyedBeforeItOpened) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  RecordedStream client;
  this->connect(client, listener->address());
  client.connection.reset();
  turn_idly(this->network());
  EXPECT_EQ(client.opens, 0);
  EXPECT_FALSE(client.is_over());
}

TYPED_TEST_P(NetworkContract, ACallbackMayDestroyItsOwnStream) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [](RecordedStream& stream) {
    stream.when_bytes = [&stream] { stream.connection->send(stream.bytes); };
  };
  RecordedStream at_open;
  at_open.when_open = [&] { at_open.connection.reset(); };
  RecordedStream at_bytes;
  at_bytes.when_bytes = [&] { at_bytes.connection.reset(); };
  this->connect(at_open, listener->address());
  this->connect(at_bytes, listener->address());
  at_bytes.connection->send("x");
  turn_until(this->network(), [&] { return at_open.opens == 1 && !at_bytes.bytes.empty(); });
  turn_until(this->network(), [&] {
    return accepts.streams.size() == 2 && accepts.streams[0]->is_over() && accepts.streams[1]->is_over();
  });
  EXPECT_FALSE(at_open.is_over());
  EXPECT_FALSE(at_bytes.is_over());
}

TYPED_TEST_P(NetworkContract, ACallbackMayDestroyAnyOtherStreamAndTheListener) {
  RecordedAccepts accepts;
  auto listener = this->listen(accepts);
  const base::SocketAddress address = listener->address();
  RecordedStream one;
  RecordedStream other;
  const auto destroy_all = [&] {
    one.connection.reset();
    other.connection.reset();
    listener.reset();
    accepts.streams.clear();
  };
  accepts.when_accepted = [](RecordedStream& stream) { stream.connection->send("hello"); };
  one.when_bytes = destroy_all;
  other.when_bytes = destroy_all;
  this->connect(one, address);
  this->connect(other, address);
  turn_until(this->network(), [&] { return listener == nullptr; });
  EXPECT_EQ(one.bytes.size() + other.bytes.size(), 5U) << "the destroyed stream was called";
  EXPECT_FALSE(this->network().turn(this->network().now() + std::chrono::seconds(5)));
}

TYPED_TEST_P(NetworkContract, AListenerMayDropAStreamAsItComes) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [](RecordedStream& stream) { stream.connection.reset(); };
  RecordedStream client;
  this->connect(client, listener->address());
  turn_until(this->network(), [&] { return client.is_over(); });
  EXPECT_TRUE(client.bytes.empty());
}

TYPED_TEST_P(NetworkContract, AnEndIsTheLastThatIsHeard) {
  RecordedAccepts accepts;
  const auto listener = this->listen(accepts);
  accepts.when_accepted = [](RecordedStream& stream) { stream.connection->finish(); };
  RecordedStream client;
  this->connect(client, listener->address());
  turn_until(this->network(), [&] { return client.is_over(); });
  accepts.streams.clear();
  for (int i = 0; i < 50; ++i) {
    client.connection->send(numbered_bytes(10'000));  // into a stream whose peer is gone
    turn_idly(this->network());
  }
  EXPECT_EQ(client.ends, 1);
  EXPECT_TRUE(client.failures.empty());
}

TYPED_TEST_P(NetworkContract, FiresTimersInTheOrderOfTheirTimes) {
  std::string fired;
  RecordedTimer first([&](base::Tick) { fired += 'a'; });
  RecordedTimer second([&](base::Tick) { fired += 'b'; });
  RecordedTimer third([&](base::Tick) { fired += 'c'; });
  const base::Tick start = this->network().now();
  this->network().arm_timer(start + std::chrono::milliseconds(3), third);
  this->network().arm_timer(start + std::chrono::milliseconds(1), first);
  this->network().arm_timer(start + std::chrono::milliseconds(2), second);
  turn_until(this->network(), [&] { return fired.size() == 3; });
  EXPECT_EQ(fired, "abc");
  EXPECT_GE(this->network().now(), start + std::chrono::milliseconds(3));
}

TYPED_TEST_P(NetworkContract, NeverFiresATimerEarly) {
  const base::Tick due = this->network().now() + std::chrono::microseconds(1500);
  std::optional<base::Tick> fired;
  RecordedTimer timer([&](base::Tick now) { fired = now; });
  this->network().arm_timer(due, timer);
  turn_until(this->network(), [&] { return fired.has_value(); });
  EXPECT_GE(*fired, due);
}

TYPED_TEST_P(NetworkContract, DoesNotFireACancelledTimer) {
  int fired = 0;
  RecordedTimer doomed([&](base::Tick) { ++fired; });
  const auto id = this->network().arm_timer(this->network().now(), doomed);
  this->network().cancel_timer(id);
  turn_idly(this->network());
  EXPECT_EQ(fired, 0);
  this->network().cancel_timer(id);  // and once more does no harm
  this->network().cancel_timer(ports::TimerId::none);
}

TYPED_TEST_P(NetworkContract, ATimerMayCancelAnotherThatIsDueToo) {
  std::string fired;
  ports::TimerId later = ports::TimerId::none;
  RecordedTimer canceller([&](base::Tick) {
    fired += 'a';
    this->network().cancel_timer(later);
  });
  RecordedTimer cancelled([&](base::Tick) { fired += 'b'; });
  const base::Tick now = this->network().now();
  this->network().arm_timer(now, canceller);
  later = this->network().arm_timer(now + std::chrono::nanoseconds(1), cancelled);
  turn_until(this->network(), [&] { return !fired.empty(); });
  turn_idly(this->network());
  EXPECT_EQ(fired, "a");
}

TYPED_TEST_P(NetworkContract, ATimerMayArmItselfAgainWithoutHoldingUpTheTurn) {
  int fired = 0;
  std::optional<RecordedTimer> timer;
  timer.emplace([&](base::Tick now) {
    if (++fired < 5) {
      this->network().arm_timer(now, *timer);
    }
  });
  this->network().arm_timer(this->network().now(), *timer);
  this->network().turn(this->network().now());
  EXPECT_LT(fired, 5);
  turn_until(this->network(), [&] { return fired == 5; });
}

TYPED_TEST_P(NetworkContract, SaysWhenNothingCouldEverHappen) {
  EXPECT_FALSE(this->network().turn(this->network().now() + std::chrono::seconds(5)));
  RecordedTimer timer([](base::Tick) {});
  const auto id = this->network().arm_timer(this->network().now() + std::chrono::hours(1), timer);
  EXPECT_TRUE(this->network().turn(this->network().now()));
  this->network().cancel_timer(id);
  EXPECT_FALSE(this->network().turn(this->network().now() + std::chrono::seconds(5)));
  RecordedAccepts accepts;
  auto listener = this->listen(accepts);
  EXPECT_TRUE(this->network().turn(this->network().now()));
  listener.reset();
  EXPECT_FALSE(this->network().turn(this->network().now() + std::chrono::seconds(5)));
}

REGISTER_TYPED_TEST_SUITE_P(NetworkContract, EchoesBytesBothWays, SendsWhatWasQueuedBeforeTheStreamWasOpen,
                            CarriesMegabytesBothWaysAtOnce, FinishDeliversEverythingThenTheEnd,
                            AnswersAfterThePeerHasFinished, DestroyingOneEndEndsTheOther, ReportsRefusalInALaterTurn,
                            SaysNothingToAStreamDestroyedBeforeItOpened, ACallbackMayDestroyItsOwnStream,
                            ACallbackMayDestroyAnyOtherStreamAndTheListener, AListenerMayDropAStreamAsItComes,
                            AnEndIsTheLastThatIsHeard, FiresTimersInTheOrderOfTheirTimes, NeverFiresATimerEarly,
                            DoesNotFireACancelledTimer, ATimerMayCancelAnotherThatIsDueToo,
                            ATimerMayArmItselfAgainWithoutHoldingUpTheTurn, SaysWhenNothingCouldEverHappen);

}  // namespace cachewitness::testing
