// TestAuthority: a certificate authority in a file of its own, for as long as the test runs, and identities that it
// signs. For tests that link the adapters.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "adapters/self_signed.h"
#include "adapters/system_clock.h"
#include "ports/network.h"

namespace cachewitness::testing {

inline adapters::Validity valid_for(base::Duration before, base::Duration after) {
  const base::Instant now = adapters::SystemClock().wall();
  return {now - before, now + after};
}

class TestAuthority {
 public:
  explicit TestAuthority(const adapters::Validity& validity = valid_for(std::chrono::hours(48), std::chrono::hours(48)))
      : pair_(adapters::make_authority("Cachewitness test authority", validity).value()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "cachewitness-tls-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    std::ofstream(ca_file()) << pair_.certificate_pem;
  }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;
  ~TestAuthority() { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string ca_file() const { return directory_ + "/ca.pem"; }
  [[nodiscard]] ports::TlsClient client(const std::string& name) const {
    ports::TlsClient settings;
    settings.server_name = name;
    settings.ca_file = ca_file();
    return settings;
  }
  [[nodiscard]] ports::TlsServer server(const std::vector<std::string>& names,
                                        const adapters::Validity& validity = valid_for(std::chrono::hours(1),
                                                                                       std::chrono::hours(24))) const {
    auto leaf = adapters::make_leaf(pair_, names, validity);
    EXPECT_TRUE(leaf.has_value()) << leaf.error().text();
    return {leaf->certificate_pem, leaf->private_key_pem};
  }

 private:
  adapters::CertificatePair pair_;
  std::string directory_;
};

}  // namespace cachewitness::testing
