#include "probe/sha256.h"

#include <openssl/evp.h>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

struct ReleaseAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

const EVP_MD* sha256_algorithm() {
  static const std::unique_ptr<EVP_MD, ReleaseAlgorithm> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  CW_ASSERT(algorithm != nullptr);
  return algorithm.get();
}

}  // namespace

void Sha256::Release::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { CW_ASSERT(context_ != nullptr); }

void Sha256::start() { CW_ASSERT(EVP_DigestInit_ex2(context_.get(), sha256_algorithm(), nullptr) == 1); }

void Sha256::add(std::string_view bytes) {
  CW_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

base::Digest Sha256::finish() {
  base::Digest digest;
  unsigned size = 0;
  CW_ASSERT(EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), &size) == 1 && size == digest.bytes.size());
  return digest;
}

}  // namespace cachewitness::probe
