// Draw: numbers from a seed, the same ones every time (splitmix64: well mixed even from neighbouring seeds).
// Not for secrets.
#pragma once

#include <cstdint>

namespace cachewitness::lab {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace cachewitness::lab
