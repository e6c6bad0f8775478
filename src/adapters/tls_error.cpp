#include "adapters/tls_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <string_view>

#include <fmt/format.h>

namespace cachewitness::adapters {

namespace {

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(::ASN1_STRING_length(string))};
}

// The host names that a certificate covers, the first few of them.
std::string covered_names(const X509* certificate) {
  constexpr int most = 4;
  struct Free {
    void operator()(GENERAL_NAMES* names) const { ::GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, Free> names(
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  int count = 0;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS && ++count <= most) {
      text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", text_of(name->d.dNSName));
    }
  }
  return count > most ? fmt::format("{} and {} more", text, count - most) : text.empty() ? "no host name" : text;
}

std::string issuer_of(const X509* certificate) {
  const X509_NAME* const issuer = ::X509_get_issuer_name(certificate);
  const int at = ::X509_NAME_get_index_by_NID(issuer, NID_commonName, -1);
  return at < 0 ? "an authority without a name"
                : fmt::format("\"{}\"", text_of(::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(issuer, at))));
}

std::string end_of(const X509* certificate) {
  std::tm end{};
  return ::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &end) != 1
             ? "a time that cannot be read"
             : fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", end.tm_year + 1900, end.tm_mon + 1, end.tm_mday,
                           end.tm_hour, end.tm_min, end.tm_sec);
}

// What the certificate says where it is not what was needed: the next thing that a person would look up.
std::string what_it_says(const ssl_st* ssl, long fault) {
  const STACK_OF(X509)* const chain = ::SSL_get0_verified_chain(ssl);
  if (chain == nullptr || sk_X509_num(chain) == 0) {
    return {};
  }
  const X509* const certificate = sk_X509_value(chain, 0);
  switch (fault) {
    case X509_V_ERR_HOSTNAME_MISMATCH: {
      const char* const wanted = ::SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
      return fmt::format(": it covers {}{}", covered_names(certificate),
                         wanted == nullptr ? "" : fmt::format(", and \"{}\" was asked for", wanted));
    }
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format(": it ended at {}", end_of(certificate));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return fmt::format(": {} issued it", issuer_of(certificate));
    default:
      return {};
  }
}

}  // namespace

std::string take_tls_error() {
  const unsigned long error = ::ERR_peek_error();
  const char* const reason = ::ERR_reason_error_string(error);
  std::string text = reason != nullptr ? reason : "unknown TLS error";
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER) {
    text += "; the peer may not speak TLS on this port";
  }
  ::ERR_clear_error();
  return text;
}

std::string take_handshake_error(const ssl_st* ssl) {
  if (const long fault = ::SSL_get_verify_result(ssl); fault != X509_V_OK) {
    ::ERR_clear_error();
    return ::X509_verify_cert_error_string(fault) + what_it_says(ssl, fault);
  }
  return take_tls_error();
}

}  // namespace cachewitness::adapters
