// What a ports::Network reported, kept for a test to look at, and turns of it that end.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/network.h"

namespace cachewitness::testing {

// Records what a stream reports; a hook runs after the recording.
class RecordedStream final : public ports::ConnectionEvents {
 public:
  std::unique_ptr<ports::Connection> connection;
  std::optional<ports::PeerInfo> peer;
  std::string bytes;
  int opens = 0;
  int ends = 0;
  std::vector<base::Failure> failures;
  std::function<void()> when_open = [] {};
  std::function<void()> when_bytes = [] {};
  std::function<void()> when_over = [] {};

  [[nodiscard]] bool is_over() const { return ends > 0 || !failures.empty(); }

  void on_open(const ports::PeerInfo& info) override {
    ++opens;
    peer = info;
    when_open();
  }
  void on_bytes(std::string_view received) override {
    EXPECT_FALSE(is_over()) << "bytes after the end";
    EXPECT_FALSE(received.empty());
    bytes.append(received);
    when_bytes();
  }
  void on_end() override {
    EXPECT_FALSE(is_over()) << "two ends";
    ++ends;
    when_over();
  }
  void on_failure(const base::Failure& failure) override {
    EXPECT_FALSE(is_over()) << "two ends";
    failures.push_back(failure);
    when_over();
  }
};

class RecordedAccepts final : public ports::AcceptEvents {
 public:
  std::vector<std::unique_ptr<RecordedStream>> streams;
  std::function<void(RecordedStream&)> when_accepted = [](RecordedStream&) {};

  ports::ConnectionEvents* on_accept(std::unique_ptr<ports::Connection> connection,
                                     const ports::PeerInfo& info) override {
    streams.push_back(std::make_unique<RecordedStream>());
    RecordedStream& stream = *streams.back();
    stream.connection = std::move(connection);
    stream.peer = info;
    when_accepted(stream);
    return &stream;
  }
};

class RecordedTimer final : public ports::TimerEvents {
 public:
  explicit RecordedTimer(std::function<void(base::Tick)> act) : act_(std::move(act)) {}
  void on_timer(base::Tick now) override { act_(now); }

 private:
  std::function<void(base::Tick)> act_;
};

// Turns until `is_done`, or fails the test: nothing here waits without a limit.
inline void turn_until(ports::Network& network, const std::function<bool()>& is_done) {
  const base::Tick deadline = network.now() + std::chrono::seconds(20);
  for (int turns = 0; turns < 1'000'000 && !is_done() && network.now() < deadline; ++turns) {
    if (!network.turn(deadline)) {
      break;
    }
  }
  ASSERT_TRUE(is_done()) << "what was waited for did not happen";
}

// A few turns that do not wait: whatever should not happen has had its chance.
inline void turn_idly(ports::Network& network) {
  for (int turns = 0; turns < 20; ++turns) {
    network.turn(network.now() + std::chrono::microseconds(200));
  }
}

inline std::string numbered_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<char>((i * 131 + i / 251) & 0xFF);
  }
  return bytes;
}

}  // namespace cachewitness::testing
