#include "adapters/certificate_names.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/socket_address.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

constexpr std::size_t max_host_bytes = 255;  // RFC 1035 2.3.4; a longer name is asked for by nobody

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

// RFC 9525 6.3: a label of letters, digits and inner hyphens.
bool is_plain_label(std::string_view label) {
  return !label.empty() && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return c == '-' || is_letter_or_digit(c); });
}

// ".example.com": at least two labels, for "*.com" would cover a registry.
bool is_wildcard_suffix(std::string_view suffix) {
  int labels = 0;
  while (!suffix.empty()) {
    suffix.remove_prefix(1);  // the dot
    const std::string_view label = suffix.substr(0, suffix.find('.'));
    if (!is_plain_label(label)) {
      return false;
    }
    suffix.remove_prefix(label.size());
    ++labels;
  }
  return labels >= 2;
}

// What a wildcard may stand for: one label, and OpenSSL lets it begin or end with a hyphen, or be the asterisk itself.
bool is_covered_label(std::string_view label) {
  return label == "*" ||
         (!label.empty() && std::ranges::all_of(label, [](char c) { return c == '-' || is_letter_or_digit(c); }));
}

}  // namespace

CertificateNames::CertificateNames(const x509_st* certificate) {
  struct Free {
    void operator()(GENERAL_NAMES* names) const { ::GENERAL_NAMES_free(names); }
  };
  const std::unique_ptr<GENERAL_NAMES, Free> names(
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) {
      continue;
    }
    const ASN1_STRING* const value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const std::string_view bytes{reinterpret_cast<const char*>(::ASN1_STRING_get0_data(value)),
                                 static_cast<std::size_t>(::ASN1_STRING_length(value))};
    if (name->type == GEN_DNS) {
      add_host(bytes);
    } else {
      addresses_.emplace(bytes);
    }
  }
}

void CertificateNames::add_host(std::string_view name) {
  // A NUL inside is the old trick "bank.example\0.evil.example".
  if (name.empty() || name.size() > max_host_bytes || name.contains('\0')) {
    return;
  }
  if (name.starts_with("*.") && is_wildcard_suffix(name.substr(1))) {
    suffixes_.insert(base::lower_case(name.substr(1)));
  } else {
    hosts_.insert(base::lower_case(name));
  }
}

bool CertificateNames::covers(std::string_view host) const {
  if (const auto address = base::parse_ip(host, 0)) {
    const std::size_t size = address->family == base::SocketAddress::Family::v4 ? 4 : 16;
    return addresses_.contains(std::string_view(reinterpret_cast<const char*>(address->bytes.data()), size));
  }
  std::array<char, max_host_bytes> buffer;
  if (host.empty() || host.size() > buffer.size() || host.front() == '.') {
    return false;
  }
  std::ranges::transform(host, buffer.begin(), lower);
  const std::string_view name(buffer.data(), host.size());
  if (hosts_.contains(name)) {
    return true;
  }
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && is_covered_label(name.substr(0, dot)) && suffixes_.contains(name.substr(dot));
}

}  // namespace cachewitness::adapters
