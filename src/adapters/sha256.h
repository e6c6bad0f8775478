// SHA-256 of bytes in one piece, and the code that is made of it.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"

namespace cachewitness::adapters {

[[nodiscard]] base::Digest sha256(std::string_view bytes);
// RFC 2104, 32 raw bytes.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace cachewitness::adapters
