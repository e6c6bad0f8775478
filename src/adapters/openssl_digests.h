// Digests as requests are signed by, of OpenSSL. Raw bytes.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::adapters {

[[nodiscard]] std::string sha256(std::string_view bytes);
// RFC 2104.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace cachewitness::adapters
