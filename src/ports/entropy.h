// Entropy: the only source of randomness (run ids, cache-busters).
#pragma once

#include <cstdint>

namespace cachewitness::ports {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::uint64_t next() = 0;
};

}  // namespace cachewitness::ports
