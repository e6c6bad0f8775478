// What a session takes of a peer at most, whatever the HTTP version.
#pragma once

#include <cstdint>

#include "http/head.h"
#include "probe/body_witness.h"

namespace cachewitness::probe {

struct SessionLimits {
  http::HeadLimits head;
  BodyLimits body;
  std::uint32_t interim_responses = 10;  // 1xx before the final response
};

}  // namespace cachewitness::probe
