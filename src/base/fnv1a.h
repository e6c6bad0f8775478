// FNV-1a, 64 bits: the same on every machine and in every run, so that what follows from it is too. No defence
// against anybody who wants two texts to be alike.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachewitness::base {

[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return value;
}

}  // namespace cachewitness::base
