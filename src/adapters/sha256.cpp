#include "adapters/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

struct Free {
  void operator()(EVP_MD* algorithm) const { ::EVP_MD_free(algorithm); }
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

}  // namespace

// The algorithm is fetched once, for OpenSSL 3.0 looks it up anew each time it is named.
base::Digest sha256(std::string_view bytes) {
  static const std::unique_ptr<EVP_MD, Free> algorithm(::EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(::EVP_MD_CTX_new());
  base::Digest digest;
  const bool is_done = ::EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
                       ::EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                       ::EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) == 1;
  CW_ASSERT(is_done);
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string out(32, '\0');
  unsigned int size = 0;
  const unsigned char* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                   reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                                   reinterpret_cast<unsigned char*>(out.data()), &size);
  CW_ASSERT(done != nullptr && size == out.size());
  return out;
}

}  // namespace cachewitness::adapters
