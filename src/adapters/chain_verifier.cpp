#include "adapters/chain_verifier.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "adapters/lean_crypto.h"
#include "adapters/sha256.h"

namespace cachewitness::adapters {

namespace {

// Some kilobytes each. Where a fleet has more, the memory starts again rather than grow.
constexpr std::size_t max_chains = 16384;

struct Free {
  void operator()(X509_STORE_CTX* verification) const { ::X509_STORE_CTX_free(verification); }
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_pop_free(certificates, ::X509_free); }
  void operator()(char* text) const { ::OPENSSL_free(text); }
};
using Verification = std::unique_ptr<X509_STORE_CTX, Free>;
using Certificates = std::unique_ptr<STACK_OF(X509), Free>;

void append_certificate(std::string& out, const X509* certificate) {
  const int size = ::i2d_X509(certificate, nullptr);
  if (size <= 0) {
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(size));
  auto* end = reinterpret_cast<unsigned char*>(out.data() + before);
  ::i2d_X509(certificate, &end);
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* when) {
  tm parts{};
  if (::ASN1_TIME_to_tm(when, &parts) != 1) {
    return std::nullopt;
  }
  return ::timegm(&parts);
}

// Whether the name that the handshake asks for, if it asks for one, is among `names`.
bool is_name_covered(const CertificateNames& names, X509_VERIFY_PARAM* rules) {
  if (const char* const host = ::X509_VERIFY_PARAM_get0_host(rules, 0); host != nullptr) {
    return names.covers(host);
  }
  const std::unique_ptr<char, Free> address(::X509_VERIFY_PARAM_get1_ip_asc(rules));
  return address == nullptr || names.covers(address.get());
}

ChainPointer describe(const STACK_OF(X509) * trusted, std::string_view presented) {
  auto chain = std::make_shared<CertificateChain>();
  // A time that cannot be read makes a chain that is valid at none.
  constexpr std::int64_t earliest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
  chain->not_before = earliest;
  chain->not_after = latest;
  for (int i = 0; i < sk_X509_num(trusted); ++i) {
    const X509* const certificate = sk_X509_value(trusted, i);
    chain->not_before = std::max(chain->not_before, seconds_of(::X509_get0_notBefore(certificate)).value_or(latest));
    chain->not_after = std::min(chain->not_after, seconds_of(::X509_get0_notAfter(certificate)).value_or(earliest));
  }
  const X509* const leaf = sk_X509_value(trusted, 0);
  std::string leaf_bytes;
  append_certificate(leaf_bytes, leaf);
  chain->leaf_sha256 = sha256(leaf_bytes).hex();
  chain->names = CertificateNames(leaf);
  chain->certificates = std::make_shared<const std::string>(presented);
  return chain;
}

// All of `bytes`, or nothing.
Certificates parse_certificates(std::string_view bytes) {
  Certificates certificates(sk_X509_new_null());
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  while (at != end) {
    X509* certificate = ::X509_new_ex(lean_crypto(), nullptr);
    if (::d2i_X509(&certificate, &at, end - at) == nullptr) {
      ::X509_free(certificate);
      return nullptr;
    }
    sk_X509_push(certificates.get(), certificate);
  }
  return sk_X509_num(certificates.get()) > 0 ? std::move(certificates) : nullptr;
}

}  // namespace

std::int64_t verification_time(const X509_VERIFY_PARAM_st* rules) {
  const bool is_fixed =
      (::X509_VERIFY_PARAM_get_flags(const_cast<X509_VERIFY_PARAM*>(rules)) & X509_V_FLAG_USE_CHECK_TIME) != 0;
  return is_fixed ? ::X509_VERIFY_PARAM_get_time(rules) : ::time(nullptr);
}

int ChainVerifier::verify(x509_store_ctx_st* verification, ChainPointer& chain) {
  const STACK_OF(X509)* const certificates = ::X509_STORE_CTX_get0_untrusted(verification);
  presented_.clear();
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    append_certificate(presented_, sk_X509_value(certificates, i));
  }
  const base::Digest digest = sha256(presented_);
  X509_VERIFY_PARAM* const rules = ::X509_STORE_CTX_get0_param(verification);
  const auto known = good_.find(digest);
  if (known != good_.end() && known->second->is_valid_at(verification_time(rules)) &&
      is_name_covered(known->second->names, rules)) {
    ::X509_STORE_CTX_set_error(verification, X509_V_OK);
    chain = known->second;
    return 1;
  }
  // Also where the name is the trouble: what a person is told then comes from OpenSSL, which knows it all.
  return verify_anew(verification, digest, chain);
}

ChainPointer ChainVerifier::verify_kept(ssl_ctx_st* context, std::string_view certificates) {
  const base::Digest digest = sha256(certificates);
  X509_VERIFY_PARAM* const rules = ::SSL_CTX_get0_param(context);
  const auto known = good_.find(digest);
  if (known != good_.end() && known->second->is_valid_at(verification_time(rules))) {
    return known->second;
  }
  presented_ = certificates;
  const Certificates parsed = parse_certificates(certificates);
  const Verification verification(::X509_STORE_CTX_new_ex(lean_crypto(), nullptr));
  ChainPointer chain;
  if (parsed != nullptr && verification != nullptr &&
      ::X509_STORE_CTX_init(verification.get(), ::SSL_CTX_get_cert_store(context), sk_X509_value(parsed.get(), 0),
                            parsed.get()) == 1 &&
      ::X509_STORE_CTX_set_default(verification.get(), "ssl_server") == 1 &&
      ::X509_VERIFY_PARAM_set1(::X509_STORE_CTX_get0_param(verification.get()), rules) == 1) {
    // As OpenSSL itself sets up the verification of a server.
    ::X509_VERIFY_PARAM_set_auth_level(::X509_STORE_CTX_get0_param(verification.get()),
                                       ::SSL_CTX_get_security_level(context));
    verify_anew(verification.get(), digest, chain);
  }
  ::ERR_clear_error();
  return chain;
}

int ChainVerifier::verify_anew(x509_store_ctx_st* verification, const base::Digest& digest, ChainPointer& chain) {
  const int result = ::X509_verify_cert(verification);
  if (result != 1) {
    return 0;
  }
  if (good_.size() >= max_chains) {
    good_.clear();
  }
  chain = describe(::X509_STORE_CTX_get0_chain(verification), presented_);
  good_.insert_or_assign(digest, chain);
  return 1;
}

}  // namespace cachewitness::adapters
