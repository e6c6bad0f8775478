// Base64 (RFC 4648 section 4, padded): how bytes that are no text travel inside JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::base {

[[nodiscard]] std::string base64(std::string_view bytes);

// Strict: padding required, no line breaks, unused bits zero. Nothing where the text is not such.
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);

}  // namespace cachewitness::base
