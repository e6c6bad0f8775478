#include "base/digest.h"

#include <algorithm>

#include "base/text.h"

namespace cachewitness::base {

std::string Digest::hex() const { return base::hex(raw()); }

std::optional<Digest> parse_digest(std::string_view text) {
  if (text.starts_with("sha256:")) {
    text.remove_prefix(7);
  }
  Digest digest;
  const auto raw = parse_hex(text);
  if (!raw || raw->size() != digest.bytes.size()) {
    return std::nullopt;
  }
  std::ranges::transform(*raw, digest.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return digest;
}

}  // namespace cachewitness::base
