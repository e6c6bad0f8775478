#include "verdict/purge_failures.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace cachewitness::verdict {
namespace {

using evidence::PurgeFailure;
using Scope = PurgeFailure::Scope;

struct Row {
  std::string_view name;
  PurgeFailure failure;
  bool is_found;
};

PurgeFailure failure_of(Scope scope, std::string item) {
  PurgeFailure failure;
  failure.scope = scope;
  failure.item = std::move(item);
  failure.environment = "production";
  return failure;
}

PurgeFailure with(PurgeFailure failure, std::string PurgeFailure::* member, std::string value) {
  failure.*member = std::move(value);
  return failure;
}

TEST(PurgeFailures, AreFoundByWhatACellAsksFor) {
  const std::string url = "https://abc.example.com:8443/app.js?v=2";
  const PurgeFailure whole = failure_of(Scope::url, url);
  const Row rows[] = {
      {"the URL", whole, true},
      {"another URL", failure_of(Scope::url, "https://abc.example.com:8443/app.js"), false},
      {"a prefix", failure_of(Scope::prefix, "https://abc.example.com:8443/app"), true},
      {"the whole as a prefix", failure_of(Scope::prefix, url), true},
      {"another prefix", failure_of(Scope::prefix, "https://abc.example.com:8443/b"), false},
      {"the host", failure_of(Scope::host, "abc.example.com"), true},
      {"the host with its port", failure_of(Scope::host, "abc.example.com:8443"), true},
      {"another host", failure_of(Scope::host, "b.example.com"), false},
      {"everything", failure_of(Scope::everything, ""), true},
      {"a tag", failure_of(Scope::tag, url), false},
      {"another environment", with(whole, &PurgeFailure::environment, "staging"), false},
      {"this edge", with(whole, &PurgeFailure::edge, "us-west-1"), true},
      {"another edge", with(whole, &PurgeFailure::edge, "us-west-2"), false},
      {"this variant", with(whole, &PurgeFailure::variant, "gzip"), true},
      {"another variant", with(whole, &PurgeFailure::variant, "identity"), false},
  };
  for (const Row& row : rows) {
    evidence::PurgeTimes purge;
    purge.failures = {failure_of(Scope::url, "a"), row.failure, failure_of(Scope::url, "z")};
    const PurgeFailures failures(purge);
    const PurgeFailure* found =
        failures.find({.environment = "production", .edge = "us-west-1", .variant = "gzip", .url = url});
    EXPECT_EQ(found != nullptr, row.is_found) << row.name;
    EXPECT_EQ(failures.has_vague(), row.failure.scope == Scope::tag) << row.name;
  }
}

TEST(PurgeFailures, GiveTheKnownOneBeforeTheUnknown) {
  evidence::PurgeTimes purge;
  purge.failures = {failure_of(Scope::everything, ""), failure_of(Scope::url, "http://a/x")};
  purge.failures[1].is_unknown = true;
  const PurgeFailures failures(purge);
  EXPECT_EQ(failures.find({.environment = "production", .edge = "e", .variant = "v", .url = "http://a/x"}),
            &purge.failures[0]);
}

}  // namespace
}  // namespace cachewitness::verdict
