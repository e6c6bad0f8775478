#include "adapters/rs256.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace cachewitness::adapters {

namespace {

struct Free {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

// Without one, OpenSSL would ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*user*/) { return -1; }

std::unique_ptr<EVP_PKEY, Free> read_key(std::string_view pem) {
  const std::unique_ptr<BIO, Free> bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::unique_ptr<EVP_PKEY, Free> key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  ::ERR_clear_error();
  return key != nullptr && ::EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA ? std::move(key) : nullptr;
}

}  // namespace

std::optional<std::string> sign_rs256(std::string_view private_key_pem, std::string_view message) {
  const auto key = read_key(private_key_pem);
  const std::unique_ptr<EVP_MD_CTX, Free> context(::EVP_MD_CTX_new());
  if (key == nullptr || ::EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) {
    return std::nullopt;
  }
  std::size_t size = static_cast<std::size_t>(::EVP_PKEY_get_size(key.get()));
  std::string signature(size, '\0');
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                       message.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);
  return signature;
}

}  // namespace cachewitness::adapters
