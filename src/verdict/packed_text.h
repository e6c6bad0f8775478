// Packed texts: several optional strings and numbers as one key to intern, and back. Knows no meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "verdict/text.h"

namespace cachewitness::verdict {

inline void pack_number(std::uint64_t number, std::string& out) {
  while (number >= 0x80) {
    out += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

inline void pack_text(std::optional<std::string_view> text, std::string& out) {
  pack_number(text ? text->size() + 1 : 0, out);
  out.append(text.value_or(std::string_view{}));
}

// Takes what was packed, in the same order. Texts point into the packed bytes.
class PackedReader {
 public:
  explicit PackedReader(const char* packed) : at_(packed) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      number |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        return number;
      }
    }
  }
  char byte() { return *at_++; }
  Text text() {
    const std::uint64_t size = number();
    if (size == 0) {
      return {};
    }
    const std::string_view bytes(at_, size - 1);
    at_ += bytes.size();
    return Text(bytes);
  }
  [[nodiscard]] const char* position() const { return at_; }

 private:
  const char* at_;
};

}  // namespace cachewitness::verdict
