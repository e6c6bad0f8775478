// Any bytes as what an HTTP/2 server sends. The session never crashes and gives the same however the bytes were cut;
// and what it takes for a response is what nghttp2 takes for one, and the other way round, but for the few rules in
// which one of the two is stricter. The first byte says how the bytes are cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "probe/sha256.h"
#include "support/h2_frames.h"
#include "support/h2_reference.h"
#include "support/h2_rig.h"

namespace {

namespace h2 = cachewitness::testing::h2;
using cachewitness::base::FailureCause;
using cachewitness::probe::Exchange;

constexpr std::uint32_t requests = 4;
constexpr std::uint32_t stream_window = 2 * 8192 + 65535;

cachewitness::probe::Http2Settings small_limits() {
  cachewitness::probe::Http2Settings settings;
  settings.limits.head = {.head_bytes = 4096, .fields = 40, .value_bytes = 512};
  settings.limits.body.max_bytes = 8192;
  return settings;
}

// The session is one for all inputs: nothing of one connection may reach the next.
std::vector<std::string> outcomes(h2::Rig& rig, std::string_view bytes, std::size_t piece) {
  rig.outcomes.clear();
  rig.unprocessed.clear();
  rig.exchanges.clear();
  rig.start();
  for (std::uint32_t i = 0; i < requests; ++i) {
    rig.begin();
  }
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    rig.receive(bytes.substr(at, piece));
  }
  CW_ASSERT(rig.session.carried() + rig.outcomes.size() + rig.unprocessed.size() == requests);
  rig.session.receive_end();
  CW_ASSERT(rig.session.carried() == 0 && rig.session.is_draining());
  std::vector<std::string> told;
  for (const auto& exchange : rig.exchanges) {
    const bool is_unprocessed = std::ranges::find(rig.unprocessed, exchange.get()) != rig.unprocessed.end();
    const auto* const failure = exchange->evidence.failure();
    // A broken coding may give up with or without the output of its last block, and so may a limit on it.
    const bool is_coded = failure != nullptr && failure->detail.starts_with("decoded body");
    told.push_back(is_unprocessed ? "unprocessed" : is_coded ? "decoded body" : h2::describe(*exchange));
  }
  return told;
}

void compare(const Exchange& exchange, const h2::ReferenceClient::Seen& seen, const h2::ReferenceClient& client) {
  const auto* const response = exchange.evidence.response();
  if (response != nullptr) {
    if (client.is_over() || client.has_refused_length()) {  // it is the stricter one, or stopped reading
      return;
    }
    CW_ASSERT(seen.is_whole);
    if (response->status == 204 && response->head.contains("\r\ncontent-length: 0\r\n")) {  // which it takes out
      return;
    }
    CW_ASSERT(response->head == seen.head);
    CW_ASSERT(response->body.wire_bytes == seen.body.size());
    if (response->body.sha256 && !response->head.contains("content-encoding:")) {
      cachewitness::probe::Sha256 sum;
      sum.start();
      sum.add(seen.body);
      CW_ASSERT(sum.finish() == *response->body.sha256);
    }
    return;
  }
  const auto* const failure = exchange.evidence.failure();
  // "TE: trailers" is of requests alone (RFC 9113 8.2.2), no status is below 100 (RFC 9110 15); limits are our own.
  const bool is_ours =
      seen.head.contains("\r\nte: ") || seen.head.starts_with("HTTP/2 0") || failure->cause == FailureCause::too_large;
  CW_ASSERT(!seen.is_whole || is_ours);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_bytes = 8192;  // too few for a flood, which nghttp2 counts otherwise
  if (size == 0 || size > most_bytes) {
    return 0;
  }
  static h2::Rig rig(small_limits());
  // nghttp2 goes by its settings once they are acknowledged.
  const std::string opening = h2::settings() + h2::frame(cachewitness::http::h2::FrameType::settings, 1, 0, "");
  const std::string bytes = opening + std::string(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto in_pieces = outcomes(rig, bytes, 1 + data[0]);
  const auto whole = outcomes(rig, bytes, bytes.size());
  CW_ASSERT(in_pieces == whole);

  h2::ReferenceClient client(requests, stream_window);
  client.receive(bytes);
  for (std::uint32_t i = 0; i < requests; ++i) {
    const auto seen = client.streams().find(2 * i + 1);
    const Exchange& exchange = *rig.exchanges[i];
    if (std::ranges::find(rig.unprocessed, &exchange) == rig.unprocessed.end()) {
      compare(exchange, seen == client.streams().end() ? h2::ReferenceClient::Seen{} : seen->second, client);
    }
  }
  return 0;
}
