// Http2Stream: what a session keeps of one exchange while it is under way. Objects and their buffers are reused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probe/body_witness.h"
#include "probe/exchange.h"

namespace cachewitness::probe {

struct Http2Stream {
  enum class State : std::uint8_t {
    head,
    body,
    ignored,  // its exchange has what it wants; the rest comes and is dropped
  };

  explicit Http2Stream(const BodyLimits& limits) : witness(limits) {}

  // Its number is `stream`; `window` is what the peer may send.
  void start(std::uint32_t stream, Exchange& of, std::uint32_t window) {
    id = stream;
    exchange = &of;
    state = State::head;
    has_bytes = false;
    is_ended = false;
    interim_responses = 0;
    window_left = window;
  }

  std::uint32_t id = 0;          // 0 = free
  Exchange* exchange = nullptr;  // none where it is free or ignored
  State state = State::head;
  bool has_bytes = false;
  bool is_ended = false;  // by the peer
  std::uint32_t interim_responses = 0;
  std::int64_t window_left = 0;
  int status = 0;
  bool has_content = true;  // RFC 9110 6.4.1: not where the status forbids it
  std::optional<std::uint64_t> content_length;
  std::string head;
  BodyWitness witness;
};

}  // namespace cachewitness::probe
