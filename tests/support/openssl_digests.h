// The digests that pure layers are given, for their tests: made by OpenSSL itself, and not by the adapters.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>
#include <string_view>

#include "base/digest.h"

namespace cachewitness::testing {

inline base::Digest sha256(std::string_view bytes) {
  base::Digest out;
  EVP_Digest(bytes.data(), bytes.size(), out.bytes.data(), nullptr, EVP_sha256(), nullptr);
  return out;
}

inline std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string out(32, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

}  // namespace cachewitness::testing
