#include "app/cached_urls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "manifest/parse_manifest.h"

namespace cachewitness::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view text = R"(version: 1
tenants:
  - {id: abc, host: abc.example.com, also: old-abc.example.com}
  - {id: def, host: def.example.com}
assets: ["/a.css?v=2&theme=dark"]
environments:
  production:
    url: "https://{tenant.host}{asset}"
    origin: {replicas: ["https://o1.example.net"]}
    regions: {us: {edges: [{name: us-1, address: "203.0.113.10:443"}]}}
    purge:
      provider: varnish
      aliases: ["https://www.{tenant.host}{asset}", "https://{tenant.also}{asset}"]
)";

class CachedUrlsTest : public ::testing::Test {
 protected:
  CachedUrls of(std::uint64_t combination, std::string_view provider) {
    return cached_urls(plan_, plan_.lanes().front(), plan_.combination(combination),
                       purge::find_provider(provider)->key);
  }

  manifest::Manifest manifest_ = *manifest::parse_manifest(text, "m.yaml");
  plan::Plan plan_ = *plan::make_plan(manifest_, {});
};

TEST_F(CachedUrlsTest, NamesAliasesThatTheTenantHas) {
  EXPECT_EQ(of(0, "souin").url, "https://abc.example.com/a.css?v=2&theme=dark");
  EXPECT_THAT(of(0, "souin").aliases, ElementsAre("https://www.abc.example.com/a.css?v=2&theme=dark",
                                                  "https://old-abc.example.com/a.css?v=2&theme=dark"));
  EXPECT_THAT(of(1, "souin").aliases, ElementsAre("https://www.def.example.com/a.css?v=2&theme=dark"));
}

TEST_F(CachedUrlsTest, NamesOrdersOfTheQueryWhereTheyAreKeyed) {
  EXPECT_THAT(of(0, "varnish").orders, ElementsAre("https://abc.example.com/a.css?theme=dark&v=2",
                                                   "https://www.abc.example.com/a.css?theme=dark&v=2",
                                                   "https://old-abc.example.com/a.css?theme=dark&v=2"));
  EXPECT_THAT(of(0, "azure-front-door").orders, IsEmpty());
}

TEST(OtherQueryOrders, AreAllOfThreeAndTheSortedOneOfMore) {
  EXPECT_THAT(other_query_orders("/a"), IsEmpty());
  EXPECT_THAT(other_query_orders("/a?x=1"), IsEmpty());
  EXPECT_THAT(other_query_orders("/a?x=1&x=1"), IsEmpty());
  EXPECT_THAT(other_query_orders("/a?b=1&a=2"), ElementsAre("/a?a=2&b=1"));
  EXPECT_THAT(other_query_orders("/a?c=1&b=1&a=2"), SizeIs(5));
  EXPECT_THAT(other_query_orders("/a?d&c&b&a"), ElementsAre("/a?a&b&c&d"));
}

}  // namespace
}  // namespace cachewitness::app
