#include "verdict/url_pattern.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cachewitness::verdict {
namespace {

const UrlNames first{"tenant-0042", "/app.js", "fra-1", "eu"};
const UrlNames second{"tenant-0099", "/lib.js", "sfo-3", "us"};

TEST(UrlPattern, IsTheSameForAllCellsOfATemplate) {
  struct Row {
    std::string_view one;
    std::string_view other;
  };
  for (const auto& [one, other] :
       {Row{"https://tenant-0042.example/app.js", "https://tenant-0099.example/lib.js"},
        Row{"https://customer-0042.eu.example:8443/app.js?x=1", "https://customer-0099.us.example:8443/lib.js?x=1"},
        Row{"https://fra-1.cdn/tenant-0042/v/app.js", "https://sfo-3.cdn/tenant-0099/v/lib.js"}}) {
    const std::string pattern = make_url_pattern(one, first);
    EXPECT_TRUE(is_url_of(pattern, second, other)) << other;
    EXPECT_FALSE(is_url_of(pattern, second, one)) << one;
    EXPECT_EQ(fill_url_pattern(pattern, second), other);
    EXPECT_EQ(make_url_pattern(other, second), pattern);
  }
}

TEST(UrlPattern, IsNeverFilledWithANameThatIsNotKnown) {
  const std::string pattern = make_url_pattern("https://tenant-0042.example/app.js", first);
  EXPECT_FALSE(is_url_of(pattern, {"", "/app.js", "", ""}, "https://.example/app.js"));
}

// Names that overlap, repeat, are too short or odd; URLs with any byte.
TEST(UrlPattern, GivesAnyUrlAgain) {
  std::mt19937 random(1);
  const std::vector<std::string> pieces{"ab", "abc", "bc", "c", "abcab", "/", "42", "a42", "", "\x01", "\x05z", "\x7f"};
  const auto piece = [&] { return pieces[random() % pieces.size()]; };
  for (int round = 0; round < 20'000; ++round) {
    const std::string tenant = piece() + piece();
    const std::string asset = piece();
    const std::string edge = piece();
    const UrlNames names{tenant, asset, edge, "abc"};
    std::string url;
    for (unsigned i = random() % 8; i > 0; --i) {
      url += random() % 20 == 0 ? std::string(1, static_cast<char>(random())) : piece();
    }
    const std::string pattern = make_url_pattern(url, names);
    EXPECT_EQ(fill_url_pattern(pattern, names), url);
    EXPECT_TRUE(is_url_of(pattern, names, url));
    const std::string other = url + piece();
    EXPECT_EQ(is_url_of(pattern, names, other), other == url);
  }
}

}  // namespace
}  // namespace cachewitness::verdict
