// Frames of HTTP/3 (RFC 9114 7) and header blocks of QPACK (RFC 9204) without a table, written by hand, for tests
// that play a server. Header-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cachewitness::testing {

// RFC 9000 16, in one, two or four bytes.
inline std::string varint(std::uint64_t value) {
  const int bytes = value < 0x40 ? 1 : value < 0x4000 ? 2 : 4;
  const std::uint64_t marked = value | (bytes == 1 ? 0 : bytes == 2 ? 0x4000U : 0x80000000U);
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) {
    out += static_cast<char>((marked >> (8 * i)) & 0xFF);
  }
  return out;
}

inline std::string frame(std::uint64_t type, std::string_view payload) {
  return varint(type) + varint(payload.size()) + std::string(payload);
}

// RFC 7541 5.1: an integer behind the flags of its first byte.
inline std::string prefixed_integer(std::uint8_t flags, unsigned prefix_bits, std::size_t value) {
  const std::size_t most = (std::size_t{1} << prefix_bits) - 1;
  if (value < most) {
    return {static_cast<char>(flags | value)};
  }
  std::string out{static_cast<char>(flags | most)};
  for (value -= most; value >= 0x80; value >>= 7) {
    out += static_cast<char>(0x80 | (value & 0x7F));
  }
  return out + static_cast<char>(value);
}

inline std::string headers_frame(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string block(2, '\0');  // RFC 9204 4.5.1: no dynamic table
  for (const auto& [name, value] : fields) {
    // RFC 9204 4.5.6: literal name, literal value
    block += prefixed_integer(0x20, 3, name.size()) + name + prefixed_integer(0, 7, value.size()) + value;
  }
  return frame(0x1, block);
}

inline std::string data_frame(std::string_view content) { return frame(0x0, content); }

}  // namespace cachewitness::testing
