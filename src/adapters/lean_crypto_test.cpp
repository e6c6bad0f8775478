#include "adapters/lean_crypto.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace cachewitness::adapters {

namespace {

struct Free {
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
  void operator()(unsigned char* bytes) const { ::OPENSSL_free(bytes); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

std::string ciphers_of(const Context& context) {
  std::string names;
  const STACK_OF(SSL_CIPHER)* const ciphers = ::SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    names += ::SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));
    names += ' ';
  }
  return names;
}

}  // namespace

TEST(LeanCrypto, OffersWhatTlsOffersWithoutIt) {
  ASSERT_NE(lean_crypto(), nullptr) << "this machine's OpenSSL is configured with providers of its own";
  const Context lean(::SSL_CTX_new_ex(lean_crypto(), nullptr, ::TLS_client_method()));
  const Context whole(::SSL_CTX_new(::TLS_client_method()));
  ASSERT_NE(lean, nullptr);
  EXPECT_EQ(ciphers_of(lean), ciphers_of(whole));
  EXPECT_EQ(::SSL_CTX_get_security_level(lean.get()), ::SSL_CTX_get_security_level(whole.get()));
  EXPECT_EQ(::SSL_CTX_get_options(lean.get()), ::SSL_CTX_get_options(whole.get()));
  // Every group that the whole context can do. Asked one by one, for a list is taken or refused as one.
  for (const char* const group : {"X25519", "P-256", "X448", "P-384", "P-521", "ffdhe2048", "ffdhe3072"}) {
    EXPECT_EQ(SSL_CTX_set1_groups_list(lean.get(), group), SSL_CTX_set1_groups_list(whole.get(), group)) << group;
  }
}

TEST(LeanCrypto, ReadsTheKeysThatCertificatesHave) {
  const Key keys[] = {Key(EVP_EC_gen("P-256")), Key(EVP_EC_gen("P-384")), Key(EVP_RSA_gen(2048)),
                      Key(::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))};
  for (const Key& key : keys) {
    ASSERT_NE(key, nullptr);
    unsigned char* raw = nullptr;
    const int size = ::i2d_PUBKEY(key.get(), &raw);
    const std::unique_ptr<unsigned char, Free> bytes(raw);
    const unsigned char* at = raw;
    const Key read(::d2i_PUBKEY_ex(nullptr, &at, size, lean_crypto(), nullptr));
    ASSERT_NE(read, nullptr) << ::EVP_PKEY_get0_type_name(key.get());
    EXPECT_EQ(::EVP_PKEY_eq(read.get(), key.get()), 1) << ::EVP_PKEY_get0_type_name(key.get());
  }
}

}  // namespace cachewitness::adapters
