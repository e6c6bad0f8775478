#include "adapters/completion_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "adapters/reactor.h"

namespace cachewitness::adapters {
namespace {

using namespace std::chrono_literals;

// One end of a pair is the ring's, the other is read and written by system calls.
class Peer final : public CompletionEvents {
 public:
  explicit Peer(CompletionRing& ring) : ring_(ring) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()), 0);
    own_ = UniqueFd(pair[0]);
    other_ = UniqueFd(pair[1]);
    socket_ = ring_.adopt(own_.get(), *this);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { release(); }

  void release() {
    if (own_.is_open()) {
      ring_.release(socket_, std::move(own_));
    }
  }
  void send(std::string_view bytes) { ring_.send(socket_, bytes); }
  void write(std::string_view bytes) const {
    ASSERT_EQ(::send(other_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // What there is to read now, and whether that is all there will ever be.
  std::string read(bool& is_end) const {
    std::string all;
    std::array<char, 65'536> buffer{};
    ssize_t got = 0;
    while ((got = ::recv(other_.get(), buffer.data(), buffer.size(), 0)) > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    is_end = got == 0;
    return all;
  }
  void close_other() { other_.reset(); }

  void on_received(std::string_view bytes) override {
    received.append(bytes);
    if (releases_when_told) {
      release();
    }
  }
  void on_receive_end(int error) override { ends.push_back(error); }
  void on_sent(int error) override { sent.push_back(error); }

  std::string received;
  std::vector<int> ends;
  std::vector<int> sent;
  bool releases_when_told = false;

 private:
  CompletionRing& ring_;
  UniqueFd own_;
  UniqueFd other_;
  RingSocket socket_ = RingSocket::none;
};

class CompletionRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (ring_ == nullptr) {
      GTEST_SKIP() << "no io_uring here";
    }
  }
  void turn() {
    ring_->wait(base::Tick{0});
    ring_->deliver();
  }
  template <class IsDone>
  void turn_until(IsDone is_done) {
    const base::Tick deadline = monotonic_now() + 20s;
    while (!is_done() && monotonic_now() < deadline) {
      ring_->wait(monotonic_now() + 5ms);
      ring_->deliver();
    }
    ASSERT_TRUE(is_done());
  }

  UniqueFd readable_{::eventfd(0, EFD_CLOEXEC)};
  std::unique_ptr<CompletionRing> ring_ = CompletionRing::make(readable_.get());
};

TEST_F(CompletionRingTest, ReceivesOnMoreSocketsAtOnceThanItHasBuffers) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 700; ++i) {
    peers.push_back(std::make_unique<Peer>(*ring_));
  }
  const std::string large(10'000, 'x');  // more than a buffer holds
  std::string expected;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      peers[i]->write(round == 1 ? large : "small");
    }
    expected += round == 1 ? large : "small";
    turn_until(
        [&] { return std::ranges::all_of(peers, [&](const auto& peer) { return peer->received == expected; }); });
  }
}

TEST_F(CompletionRingTest, SendsWhatIsLargerThanASocketHolds) {
  Peer peer(*ring_);
  const std::string bytes(std::size_t{6} << 20, 'b');
  peer.send(bytes);
  std::size_t got = 0;
  bool is_end = false;
  turn_until([&] {
    got += peer.read(is_end).size();
    return got == bytes.size() && !peer.sent.empty();
  });
  EXPECT_THAT(peer.sent, ::testing::ElementsAre(0));
  peer.send("more");
  std::string more;
  turn_until([&] {
    more += peer.read(is_end);
    return more == "more";
  });
}

TEST_F(CompletionRingTest, TellsTheEndAfterAllThatCameBeforeIt) {
  Peer peer(*ring_);
  peer.write("last words");
  peer.close_other();
  turn_until([&] { return !peer.ends.empty(); });
  EXPECT_EQ(peer.received, "last words");
  EXPECT_THAT(peer.ends, ::testing::ElementsAre(0));
}

TEST_F(CompletionRingTest, TellsThatNobodyTakesWhatIsSent) {
  Peer peer(*ring_);
  peer.close_other();
  peer.send("too late");
  turn_until([&] { return !peer.sent.empty(); });
  EXPECT_THAT(peer.sent, ::testing::ElementsAre(EPIPE));
}

TEST_F(CompletionRingTest, SendsWhatASocketWasGivenBeforeItsRelease) {
  Peer peer(*ring_);
  peer.send("good bye");
  peer.release();
  bool is_end = false;
  std::string got;
  turn_until([&] {
    got += peer.read(is_end);
    return is_end;
  });
  EXPECT_EQ(got, "good bye");
  EXPECT_TRUE(peer.sent.empty());
}

TEST_F(CompletionRingTest, MayLoseASocketWhileItIsToldOfIt) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 20; ++i) {
    peers.push_back(std::make_unique<Peer>(*ring_));
    peers.back()->releases_when_told = true;
    peers.back()->write("one");
  }
  turn_until([&] { return std::ranges::all_of(peers, [](const auto& peer) { return peer->received == "one"; }); });
  bool is_end = false;
  turn_until([&] { return peers[0]->read(is_end).empty() && is_end; });
  // Their places are taken again.
  Peer next(*ring_);
  next.write("two");
  turn_until([&] { return next.received == "two"; });
}

TEST_F(CompletionRingTest, IsWokenByWhatIsReadable) {
  turn();
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(readable_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  const base::Tick start = monotonic_now();
  ring_->wait(start + 60s);
  EXPECT_LT(monotonic_now() - start, 50s);
}

TEST(CompletionRing, IsNotThereWhereItIsNotWanted) {
  const UniqueFd readable(::eventfd(0, EFD_CLOEXEC));
  const char* const before = ::getenv("CACHEWITNESS_IO_URING");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("CACHEWITNESS_IO_URING", "never", 1);
  EXPECT_EQ(CompletionRing::make(readable.get()), nullptr);
  before == nullptr ? ::unsetenv("CACHEWITNESS_IO_URING") : ::setenv("CACHEWITNESS_IO_URING", kept.c_str(), 1);
}

}  // namespace
}  // namespace cachewitness::adapters
