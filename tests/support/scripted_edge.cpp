#include "support/scripted_edge.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace cachewitness::testing {

class ScriptedEdge::Stream : public ports::ConnectionEvents {
 public:
  Stream(ScriptedEdge& edge, std::size_t number, std::unique_ptr<ports::Connection> connection)
      : edge_(edge), number_(number), connection_(std::move(connection)) {}

  void on_open(const ports::PeerInfo& /*peer*/) override {}
  void on_bytes(std::string_view bytes) override {
    received_.append(bytes);
    for (auto end = received_.find("\r\n\r\n"); end != std::string::npos && connection_ != nullptr;
         end = received_.find("\r\n\r\n")) {
      Asked asked{received_.substr(0, end + 4), number_, exchanges_++};
      received_.erase(0, end + 4);
      edge_.arrivals_.push_back({asked, edge_.network_.now()});
      const Answer answer = edge_.script_(asked);
      connection_->send(answer.bytes);
      if (answer.closes) {
        close();
      }
    }
  }
  void on_end() override { close(); }
  void on_failure(const base::Failure& /*failure*/) override { close(); }

  void send(std::string_view bytes) {
    if (connection_ != nullptr) {
      connection_->send(bytes);
    }
  }

 private:
  void close() {
    if (connection_ != nullptr) {
      connection_->finish();
      connection_.reset();
      --edge_.open_;
    }
  }

  ScriptedEdge& edge_;
  std::size_t number_;
  std::size_t exchanges_ = 0;
  std::string received_;
  std::unique_ptr<ports::Connection> connection_;
};

ScriptedEdge::ScriptedEdge(ports::Network& network, const base::SocketAddress& address, Script script)
    : network_(network), script_(std::move(script)) {
  auto listener = network.listen(address, nullptr, *this);
  CW_ASSERT(listener.has_value());
  listener_ = std::move(*listener);
}
ScriptedEdge::~ScriptedEdge() = default;

ports::ConnectionEvents* ScriptedEdge::on_accept(std::unique_ptr<ports::Connection> connection,
                                                 const ports::PeerInfo& /*peer*/) {
  most_open_ = std::max(most_open_, ++open_);
  return streams_.emplace_back(std::make_unique<Stream>(*this, streams_.size(), std::move(connection))).get();
}

void ScriptedEdge::send_unasked(std::string_view bytes) {
  for (const auto& stream : streams_) {
    stream->send(bytes);
  }
}

}  // namespace cachewitness::testing
