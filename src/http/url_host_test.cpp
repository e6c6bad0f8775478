#include "http/url_host.h"

#include <gtest/gtest.h>

#include <string_view>

namespace cachewitness::http {
namespace {

TEST(UrlHost, IsWhatStandsBetweenTheSchemeAndThePath) {
  struct Row {
    std::string_view url;
    std::string_view authority;
    std::string_view host;
  };
  const Row rows[] = {
      {"https://www.example.com/app.js", "www.example.com", "www.example.com"},
      {"https://www.example.com:8443/app.js", "www.example.com:8443", "www.example.com"},
      {"http://[::1]:8080/", "[::1]:8080", "[::1]"},
      {"http://[::1]/", "[::1]", "[::1]"},
      {"https://example.com", "example.com", "example.com"},
      {"https://example.com?at=://x", "example.com", "example.com"},
      {"https://example.com#top", "example.com", "example.com"},
      {"example.com:80/path", "example.com:80", "example.com"},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(url_authority(row.url), row.authority) << row.url;
    EXPECT_EQ(url_host(row.url), row.host) << row.url;
  }
}

}  // namespace
}  // namespace cachewitness::http
