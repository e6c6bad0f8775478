#include "http/target_alias.h"

#include <gtest/gtest.h>

#include <string_view>

namespace cachewitness::http {
namespace {

struct Row {
  std::string_view name;
  std::string_view one;
  std::string_view other;
  bool is_alias;
};

TEST(TargetAlias, IsToldByWhatCachesNormalise) {
  const Row rows[] = {
      {"itself", "/app.css", "/app.css", true},
      {"the order of parameters", "/app.css?v=2&x=1", "/app.css?x=1&v=2", true},
      {"a parameter that is missing", "/app.css?v=2", "/app.css?x=1&v=2", false},
      {"the value of a parameter", "/app.css?v=2", "/app.css?v=1", false},
      {"a parameter twice", "/a?v=1&v=1", "/a?v=1", false},
      {"an empty query", "/a?", "/a", true},
      {"an ampersand too many", "/a?&v=1&", "/a?v=1", true},
      {"a slash at the end", "/docs/", "/docs", true},
      {"the root", "/", "/", true},
      {"the case of the path", "/App.CSS", "/app.css", true},
      {"the case of a parameter", "/a?V=1", "/a?v=1", false},
      {"the case of an encoding", "/a%2fb", "/a%2Fb", true},
      {"an encoding that means nothing", "/%61pp.css", "/app.css", true},
      {"an encoding that means something", "/a%2Fb", "/a/b", false},
      {"a percent sign alone", "/100%", "/100%25", false},
      {"an encoding cut short", "/a%4", "/a%4", true},
      {"another path", "/a.css", "/b.css", false},
      {"a path that looks like a query", "/a&v=1", "/a?v=1", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(alias_key(row.one) == alias_key(row.other), row.is_alias) << row.name;
  }
}

TEST(SiteKey, TakesTheSameSiteForOne) {
  for (const std::string_view url : {"https://shop.example", "http://shop.example", "https://www.shop.example",
                                     "http://WWW.Shop.Example:8080", "https://shop.example:443"}) {
    EXPECT_EQ(site_key(url), "shop.example") << url;
  }
  EXPECT_EQ(site_key("https://www.shop.example/en"), site_key("http://shop.example/en"));
  EXPECT_NE(site_key("https://shop.example/en"), site_key("https://shop.example/de"));
  EXPECT_NE(site_key("https://shop.example"), site_key("https://m.shop.example"));
  EXPECT_EQ(site_key(""), "");
}

}  // namespace
}  // namespace cachewitness::http
