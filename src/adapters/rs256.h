// RSASSA-PKCS1-v1_5 with SHA-256: what RFC 7518 3.3 calls RS256.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cachewitness::adapters {

// Raw bytes, as many as the key has. Nothing where `private_key_pem` is no RSA key, or has a passphrase.
[[nodiscard]] std::optional<std::string> sign_rs256(std::string_view private_key_pem, std::string_view message);

}  // namespace cachewitness::adapters
