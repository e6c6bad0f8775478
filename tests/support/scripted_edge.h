// ScriptedEdge: a server on any Network that answers each request with exactly the bytes that a test wants,
// valid or not.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/network.h"

namespace cachewitness::testing {

// What was asked. Connections and the exchanges of each count from 0.
struct Asked {
  std::string request;  // raw head
  std::size_t connection = 0;
  std::size_t exchange = 0;
};

struct Answer {
  std::string bytes;    // as they stand; empty = silence
  bool closes = false;  // the stream, after the bytes
};

class ScriptedEdge : public ports::AcceptEvents {
 public:
  using Script = std::function<Answer(const Asked&)>;

  ScriptedEdge(ports::Network& network, const base::SocketAddress& address, Script script);
  ~ScriptedEdge() override;
  ScriptedEdge(const ScriptedEdge&) = delete;
  ScriptedEdge& operator=(const ScriptedEdge&) = delete;

  ports::ConnectionEvents* on_accept(std::unique_ptr<ports::Connection> connection,
                                     const ports::PeerInfo& peer) override;

  // Every request in order of arrival, and when.
  struct Arrival {
    Asked asked;
    base::Tick at;
  };
  [[nodiscard]] const std::vector<Arrival>& arrivals() const { return arrivals_; }
  [[nodiscard]] std::size_t connections() const { return streams_.size(); }
  // Streams that neither side has closed, now and at most.
  [[nodiscard]] std::size_t open_streams() const { return open_; }
  [[nodiscard]] std::size_t most_open_streams() const { return most_open_; }
  // Sends bytes that nobody asked for on every stream.
  void send_unasked(std::string_view bytes);

 private:
  class Stream;

  ports::Network& network_;
  Script script_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Arrival> arrivals_;
  std::size_t open_ = 0;
  std::size_t most_open_ = 0;
  std::unique_ptr<ports::Listener> listener_;
};

}  // namespace cachewitness::testing
