#include "quic/certificate_fault.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <array>
#include <cstddef>
#include <ctime>

#include <fmt/format.h>

namespace cachewitness::quic {

namespace {

// The host names that a certificate covers, the first few of them.
std::string covered_names(gnutls_x509_crt_t leaf) {
  constexpr int most = 4;
  std::string text;
  int count = 0;
  for (unsigned i = 0;; ++i) {
    std::array<char, 256> name{};
    std::size_t size = name.size();
    const int type = ::gnutls_x509_crt_get_subject_alt_name(leaf, i, name.data(), &size, nullptr);
    if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
      break;
    }
    if (type == GNUTLS_SAN_DNSNAME && ++count <= most) {
      text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", std::string_view(name.data(), size));
    }
  }
  return count > most ? fmt::format("{} and {} more", text, count - most) : text.empty() ? "no host name" : text;
}

std::string issuer_of(gnutls_x509_crt_t leaf) {
  std::array<char, 256> name{};
  std::size_t size = name.size();
  const int got = ::gnutls_x509_crt_get_issuer_dn_by_oid(leaf, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name.data(), &size);
  return got != GNUTLS_E_SUCCESS ? "an authority without a name"
                                 : fmt::format("\"{}\"", std::string_view(name.data(), size));
}

std::string time_text(std::time_t when) {
  std::tm utc{};
  return ::gmtime_r(&when, &utc) == nullptr
             ? "a time that cannot be read"
             : fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                           utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string printed(unsigned status) {
  gnutls_datum_t text{};
  if (::gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) != GNUTLS_E_SUCCESS) {
    return "the certificate is not trusted";
  }
  std::string copy(reinterpret_cast<const char*>(text.data), text.size);
  ::gnutls_free(text.data);
  while (!copy.empty() && (copy.back() == ' ' || copy.back() == '\0')) {
    copy.pop_back();
  }
  return copy;
}

}  // namespace

std::string certificate_fault(unsigned status, gnutls_x509_crt_t leaf, std::string_view server_name) {
  if (leaf != nullptr) {
    // An unknown issuer comes first: what the certificate says is worth nothing then.
    if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) {
      return fmt::format("unable to get local issuer certificate: {} issued it", issuer_of(leaf));
    }
    if ((status & GNUTLS_CERT_EXPIRED) != 0) {
      return fmt::format("certificate has expired: it ended at {}",
                         time_text(::gnutls_x509_crt_get_expiration_time(leaf)));
    }
    if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0) {
      return fmt::format("certificate is not yet valid: it begins at {}",
                         time_text(::gnutls_x509_crt_get_activation_time(leaf)));
    }
    if ((status & GNUTLS_CERT_UNEXPECTED_OWNER) != 0) {
      return fmt::format("hostname mismatch: it covers {}, and \"{}\" was asked for", covered_names(leaf), server_name);
    }
  }
  return printed(status);
}

}  // namespace cachewitness::quic
