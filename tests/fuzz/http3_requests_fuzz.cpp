// Any bytes on any stream of an HTTP/3 connection: it never crashes, and every exchange gets one end, whatever the
// server does. The input is a list of pieces: what happens, to which stream, how many bytes follow, the bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "quic/http3_requests.h"

namespace {

namespace base = cachewitness::base;
namespace probe = cachewitness::probe;
namespace quic = cachewitness::quic;

class CountedEvents final : public probe::SessionEvents {
 public:
  void on_first_byte(probe::Exchange& /*exchange*/) override {}
  void on_unprocessed(probe::Exchange& /*exchange*/) override { ++ends; }
  void on_outcome(probe::Exchange& exchange) override {
    ++ends;
    if (const auto* response = exchange.evidence.response(); response != nullptr) {
      CW_ASSERT(response->status >= 200 && response->head.starts_with("HTTP/3 "));
      CW_ASSERT(response->head.ends_with("\r\n\r\n") && response->head.size() <= 2048 + 4);
      CW_ASSERT(response->body.wire_bytes <= std::size_t{64} << 10);
    } else {
      CW_ASSERT(!exchange.evidence.failure()->detail.empty());
    }
  }
  std::size_t ends = 0;
};

class PlainStreams final : public quic::Streams {
 public:
  std::int64_t open_request_stream() override { return next_request_ += 4; }
  std::int64_t open_control_stream() override { return next_control_ += 4; }
  [[nodiscard]] std::uint64_t request_streams_left() const override { return 100; }
  void consume(std::int64_t /*stream*/, std::size_t /*bytes*/) override {}
  void cancel(std::int64_t stream, std::uint64_t /*code*/) override { cancelled.push_back(stream); }
  [[nodiscard]] bool is_cancelled(std::int64_t stream) const {
    return std::ranges::find(cancelled, stream) != cancelled.end();
  }
  std::vector<std::int64_t> cancelled;

 private:
  std::int64_t next_request_ = -4;
  std::int64_t next_control_ = -2;
};

probe::SessionLimits small_limits() {
  probe::SessionLimits limits;
  limits.head = {.head_bytes = 2048, .fields = 20, .value_bytes = 512};
  limits.body.max_bytes = std::size_t{64} << 10;
  return limits;
}

// Request streams 0 to 12, and the server's 3 to 15 (control, QPACK encoder and decoder, anything).
std::int64_t stream_of(std::uint8_t selector) { return (selector & 3) * 4 + ((selector & 4) != 0 ? 3 : 0); }

// QUIC's part of the bargain: nothing comes on a stream that was cancelled or has ended.
void play(quic::Http3Requests& requests, PlainStreams& streams, std::string_view input) {
  std::vector<std::int64_t> over;
  while (input.size() >= 2) {
    const auto selector = static_cast<std::uint8_t>(input[0]);
    const std::size_t size = std::min<std::size_t>(static_cast<std::uint8_t>(input[1]), input.size() - 2);
    const std::string_view bytes = input.substr(2, size);
    input.remove_prefix(2 + size);
    const std::int64_t stream = stream_of(selector);
    if (streams.is_cancelled(stream) || std::ranges::find(over, stream) != over.end()) {
      continue;
    }
    const bool is_end = (selector & 8) != 0;
    if ((selector & 0x30) == 0x30) {
      over.push_back(stream);
      requests.on_stream_reset(stream, 0x100 + size % 17);
      if (requests.on_stream_closed(stream, 0x100 + size % 17)) {
        return;
      }
    } else if (is_end || !bytes.empty()) {
      if (is_end) {
        over.push_back(stream);
      }
      if (requests.on_stream_bytes(stream, bytes, is_end)) {
        return;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CountedEvents events;
  PlainStreams streams;
  quic::Http3Requests requests(small_limits(), "fuzz", events);
  requests.start(streams);
  std::vector<probe::Exchange> exchanges(4);
  for (probe::Exchange& exchange : exchanges) {
    exchange.request.host = "a.example";
    exchange.request.target = "/";
    requests.begin(exchange);
  }
  CW_ASSERT(!requests.on_open());
  for (auto piece = requests.next_piece(); piece.stream != quic::no_stream; piece = requests.next_piece()) {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < piece.parts_count; ++i) {
      taken += piece.parts[i].size();
    }
    requests.take(piece.stream, taken);
  }
  play(requests, streams, {reinterpret_cast<const char*>(data), size});
  CW_ASSERT(events.ends + requests.carried() == exchanges.size());
  requests.end({base::Stage::head, base::FailureCause::reset, "cut"});
  CW_ASSERT(events.ends == exchanges.size() && requests.carried() == 0);
  return 0;
}
