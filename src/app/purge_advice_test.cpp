#include "app/purge_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>

#include "manifest/parse_manifest.h"

namespace cachewitness::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

manifest::Manifest manifest_with(const std::string& purge) {
  const std::string text = fmt::format(
      "version: 1\n"
      "tenants: [{{id: one, host: one.example.com}}]\n"
      "assets: [/asset.js]\n"
      "variants: {{gzip: {{headers: {{accept-encoding: gzip}}}}}}\n"
      "environments:\n"
      "  live:\n"
      "    url: \"https://{{tenant.host}}{{asset}}\"\n"
      "    origin: {{replicas: [\"https://o1.example.net\"]}}\n"
      "    regions: {{us: {{edges: [{{name: us-1, address: \"203.0.113.10:443\"}}]}}}}\n{}",
      purge);
  auto parsed = manifest::parse_manifest(text, "shop.yaml", {});
  EXPECT_TRUE(parsed) << parsed.error().front().message;
  return std::move(*parsed);
}

std::string advice(const std::string& purge, const std::string& url = "https://one.example.com/asset.js") {
  return purge_advice(manifest_with(purge), {.environment = "live", .edge = "us-1", .variant = "gzip", .url = url});
}

TEST(PurgeAdvice, IsTheCommandAndWhatTheProviderIsAsked) {
  const std::string told = advice("    purge: {provider: cloudflare, zone: z1, token: {env: A}}\n");
  EXPECT_THAT(told, HasSubstr("  cachewitness purge -m shop.yaml -e live --url https://one.example.com/asset.js\n"));
  EXPECT_THAT(told, HasSubstr("which asks cloudflare, credentials added:\n    POST https://api.cloudflare.com/"));
  EXPECT_THAT(told, HasSubstr("/zones/z1/purge_cache"));
  EXPECT_THAT(told, HasSubstr("accept-encoding"));  // the variant is in the key there
}

TEST(PurgeAdvice, NamesTheEdgeThatIsAskedByItself) {
  const std::string told = advice("    purge: {provider: varnish, port: 6081}\n");
  EXPECT_THAT(told, HasSubstr("    PURGE https://one.example.com/asset.js   at us-1\n"));
}

TEST(PurgeAdvice, AsksSoftlyWhereTheManifestDoes) {
  EXPECT_THAT(advice("    purge: {provider: fastly, service: s1, token: {env: A}, soft: true}\n"),
              HasSubstr("    Fastly-Soft-Purge: 1\n"));
  EXPECT_THAT(advice("    purge: {provider: fastly, service: s1, token: {env: A}}\n"),
              Not(HasSubstr("Fastly-Soft-Purge")));
}

TEST(PurgeAdvice, SaysWhatIsMissing) {
  EXPECT_THAT(advice(""), HasSubstr("With a \"purge:\" of environment live in shop.yaml"));
  EXPECT_THAT(advice("    purge: {provider: driver, run: [./purge]}\n"), Not(HasSubstr("which asks")));
  EXPECT_THAT(purge_advice(manifest_with(""), {.environment = "dev", .edge = "e", .variant = "v", .url = "http://x/"}),
              IsEmpty());
}

TEST(PurgeAdvice, LetsNoUrlOutOfItsQuotes) {
  const std::string told = advice("    purge: {provider: cloudflare, zone: z1, token: {env: A}}\n",
                                  "https://one.example.com/a'; rm -rf / \x1b[2J");
  EXPECT_THAT(told, HasSubstr("--url 'https://one.example.com/a'\\''; rm -rf / \\x1b[2J'\n"));
  EXPECT_THAT(told, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace cachewitness::app
