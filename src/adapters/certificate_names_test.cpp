#include "adapters/certificate_names.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/socket_address.h"

namespace cachewitness::adapters {

namespace {

struct Free {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
  void operator()(GENERAL_NAMES* names) const { ::GENERAL_NAMES_free(names); }
};
using Certificate = std::unique_ptr<X509, Free>;

// A certificate of nothing but alternative names, byte for byte as given: hostile ones too. A name that is a
// numeric address becomes one.
Certificate certificate_of(const std::vector<std::string>& names) {
  Certificate certificate(::X509_new());
  const std::unique_ptr<GENERAL_NAMES, Free> list(sk_GENERAL_NAME_new_null());
  for (const std::string& name : names) {
    GENERAL_NAME* const entry = ::GENERAL_NAME_new();
    if (const auto address = base::parse_ip(name, 0)) {
      ASN1_OCTET_STRING* const bytes = ::ASN1_OCTET_STRING_new();
      ::ASN1_OCTET_STRING_set(bytes, address->bytes.data(),
                              address->family == base::SocketAddress::Family::v4 ? 4 : 16);
      ::GENERAL_NAME_set0_value(entry, GEN_IPADD, bytes);
    } else {
      ASN1_IA5STRING* const text = ::ASN1_IA5STRING_new();
      ::ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
      ::GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    }
    sk_GENERAL_NAME_push(list.get(), entry);
  }
  EXPECT_EQ(::X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT), 1);
  return certificate;
}

bool openssl_says(X509* certificate, const std::string& host) {
  if (base::parse_ip(host, 0)) {
    return ::X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  }
  return ::X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

std::string text_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += '[' + name + "] ";
  }
  return text;
}

}  // namespace

TEST(CertificateNames, CoversExactNamesWildcardsAndAddresses) {
  const CertificateNames names(certificate_of({"a.example", "*.shop.example", "192.0.2.1", "2001:db8::1"}).get());
  for (const char* const host : {"a.example", "A.Example", "x.shop.example", "X-1.SHOP.example", "192.0.2.1",
                                 "2001:db8::1", "2001:DB8:0:0::1"}) {
    EXPECT_TRUE(names.covers(host)) << host;
  }
  for (const char* const host : {"", "b.example", "x.a.example", "shop.example", ".shop.example", "x.y.shop.example",
                                 "a.example.", "192.0.2.2", "::", "a_b.shop.example", "*.a.example"}) {
    EXPECT_FALSE(names.covers(host)) << host;
  }
  EXPECT_FALSE(names.covers(std::string(300, 'a') + ".shop.example"));
}

TEST(CertificateNames, BelievesNoNameThatHidesAnotherBehindANul) {
  const CertificateNames names(certificate_of({std::string("bank.example\0.evil.example", 26)}).get());
  EXPECT_FALSE(names.covers("bank.example"));
  EXPECT_FALSE(names.covers(std::string_view("bank.example\0.evil.example", 26)));
}

TEST(CertificateNames, ACertificateWithoutAlternativeNamesCoversNothing) {
  const Certificate certificate(::X509_new());
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("a.example"), -1, -1, 0);
  EXPECT_FALSE(CertificateNames(certificate.get()).covers("a.example"));
  EXPECT_FALSE(CertificateNames().covers("a.example"));
}

// Names and hosts from a small alphabet, so that they often nearly match.
TEST(CertificateNames, AgreesWithOpenSsl) {
  std::mt19937 random(9525);  // the same names each time
  const std::string letters[] = {"a", "b", "A", "*", ".", "-", "_", "1", "xn--", "com", std::string(1, '\0'), "\xC3"};
  const auto make_name = [&] {
    std::string name = random() % 3 == 0 ? "*." : "";
    for (std::size_t length = 1 + random() % 6; length > 0; --length) {
      name += letters[random() % std::size(letters)];
    }
    return random() % 2 == 0 ? name + ".b.a" : name;
  };
  int covered = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::string> names(1 + random() % 3);
    std::ranges::generate(names, make_name);
    const Certificate certificate = certificate_of(names);
    const CertificateNames ours(certificate.get());
    for (int i = 0; i < 12; ++i) {
      std::string host = make_name();
      if (i % 3 == 0) {  // one that a name was made for
        host = names[random() % names.size()];
        if (host.starts_with('*')) {
          host.replace(0, 1, letters[random() % std::size(letters)]);
        }
      }
      // X509_check_host() takes a leading dot for "any subdomain" and a NUL at the end for none.
      if (host.starts_with('.') || host.contains('\0')) {
        continue;
      }
      const bool expected = openssl_says(certificate.get(), host);
      covered += expected ? 1 : 0;
      ASSERT_EQ(ours.covers(host), expected) << '"' << host << "\" of " << text_of(names);
    }
  }
  EXPECT_GT(covered, 1000) << "the test asks too few questions whose answer is yes";
}

}  // namespace cachewitness::adapters
