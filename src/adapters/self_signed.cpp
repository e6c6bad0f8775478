#include "adapters/self_signed.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "adapters/tls_error.h"
#include "base/socket_address.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

struct Free {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { ::BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { ::X509_EXTENSION_free(extension); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Text = std::unique_ptr<BIO, Free>;

std::unexpected<base::Error> not_made() {
  return base::fail(base::errors::system_call,
                    fmt::format("cannot make a certificate: {}; check the OpenSSL installation", take_tls_error()));
}

std::string take_text(const Text& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bool set_times(X509* certificate, const Validity& validity) {
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  return ::ASN1_TIME_set(X509_getm_notBefore(certificate), validity.not_before.ns / ns_per_s) != nullptr &&
         ::ASN1_TIME_set(X509_getm_notAfter(certificate), validity.not_after.ns / ns_per_s) != nullptr;
}

// RFC 5280 4.1.2.2: positive, and unique for its issuer.
bool set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  return ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
         ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(certificate), (serial >> 1) | 1) == 1;
}

Certificate start_certificate(EVP_PKEY* key, const std::string& common_name, const Validity& validity) {
  Certificate certificate(::X509_new());
  X509_NAME* const subject = ::X509_get_subject_name(certificate.get());
  const bool is_good = ::X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
                       set_times(certificate.get(), validity) && ::X509_set_pubkey(certificate.get(), key) == 1 &&
                       ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                                    static_cast<int>(common_name.size()), -1, 0) == 1;
  return is_good ? std::move(certificate) : nullptr;
}

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && ::X509_add_ext(certificate, extension.get(), -1) == 1;
}

base::Result<CertificatePair> to_pem(X509* certificate, EVP_PKEY* key) {
  const Text certificate_text(::BIO_new(::BIO_s_mem()));
  const Text key_text(::BIO_new(::BIO_s_mem()));
  if (::PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      ::PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return not_made();
  }
  return CertificatePair{take_text(certificate_text), take_text(key_text)};
}

// "DNS:a.example,IP:127.0.0.1". A comma in a name would start another entry, so there must be none.
base::Result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (name.empty() || name.find_first_of(", \n\r:") != std::string::npos) {
      if (!base::parse_ip(name, 0)) {
        return base::fail(base::errors::usage, fmt::format("\"{}\" is no name for a certificate; give a DNS name or "
                                                           "a numeric address",
                                                           base::printable(name)));
      }
    }
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", base::parse_ip(name, 0) ? "IP" : "DNS", name);
  }
  if (list.empty()) {
    return base::fail(base::errors::usage, "a certificate needs at least one name; give a DNS name or an address");
  }
  return list;
}

}  // namespace

base::Result<CertificatePair> make_authority(const std::string& common_name, const Validity& validity) {
  ::ERR_clear_error();
  const Key key(EVP_EC_gen("P-256"));
  Certificate certificate = key != nullptr ? start_certificate(key.get(), common_name, validity) : nullptr;
  X509* const raw = certificate.get();
  const bool is_made = raw != nullptr && ::X509_set_issuer_name(raw, ::X509_get_subject_name(raw)) == 1 &&
                       extend(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                       extend(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                       extend(raw, raw, NID_subject_key_identifier, "hash") &&
                       ::X509_sign(raw, key.get(), ::EVP_sha256()) > 0;
  if (!is_made) {
    return not_made();
  }
  return to_pem(raw, key.get());
}

base::Result<CertificatePair> make_leaf(const CertificatePair& authority, const std::vector<std::string>& names,
                                        const Validity& validity) {
  ::ERR_clear_error();
  const auto list = alternative_names(names);
  if (!list) {
    return std::unexpected(list.error());
  }
  const Text issuer_text(
      ::BIO_new_mem_buf(authority.certificate_pem.data(), static_cast<int>(authority.certificate_pem.size())));
  const Text issuer_key_text(
      ::BIO_new_mem_buf(authority.private_key_pem.data(), static_cast<int>(authority.private_key_pem.size())));
  const Certificate issuer(::PEM_read_bio_X509(issuer_text.get(), nullptr, nullptr, nullptr));
  const Key issuer_key(::PEM_read_bio_PrivateKey(issuer_key_text.get(), nullptr, nullptr, nullptr));
  const Key key(EVP_EC_gen("P-256"));
  if (issuer == nullptr || issuer_key == nullptr || key == nullptr) {
    return not_made();
  }
  // RFC 5280 allows 64 characters of common name; clients read the alternative names anyway.
  Certificate certificate = start_certificate(key.get(), names.front().substr(0, 64), validity);
  X509* const raw = certificate.get();
  const bool is_made = raw != nullptr && ::X509_set_issuer_name(raw, ::X509_get_subject_name(issuer.get())) == 1 &&
                       extend(raw, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                       extend(raw, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
                       extend(raw, issuer.get(), NID_ext_key_usage, "serverAuth") &&
                       extend(raw, issuer.get(), NID_authority_key_identifier, "keyid") &&
                       extend(raw, issuer.get(), NID_subject_alt_name, *list) &&
                       ::X509_sign(raw, issuer_key.get(), ::EVP_sha256()) > 0;
  if (!is_made) {
    return not_made();
  }
  return to_pem(raw, key.get());
}

}  // namespace cachewitness::adapters
