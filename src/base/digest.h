// Digest: the SHA-256 of a decoded body. The strongest witness of which version an edge holds.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::base {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  friend auto operator<=>(const Digest&, const Digest&) = default;

  [[nodiscard]] std::string hex() const;
  // As text of 32 bytes; valid while the digest lives.
  [[nodiscard]] std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

// 64 hexadecimal digits, with or without the prefix "sha256:".
[[nodiscard]] std::optional<Digest> parse_digest(std::string_view text);

}  // namespace cachewitness::base
