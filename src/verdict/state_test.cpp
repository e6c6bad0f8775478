#include "verdict/state.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "manifest/cause_slugs.h"

namespace cachewitness::verdict {
namespace {

TEST(Cause, HasTheSlugsThatThePolicyMayAllow) {
  for (const CauseEntry& cause : cause_table()) {
    const bool is_allowed = std::ranges::find(manifest::cause_slugs, cause.slug) != manifest::cause_slugs.end();
    EXPECT_EQ(is_allowed, cause.cause != Cause::none) << cause.slug;
    EXPECT_EQ(find_cause(cause.slug), cause.cause) << cause.slug;
  }
  EXPECT_EQ(manifest::cause_slugs.size() + 1, cause_table().size());
  EXPECT_EQ(find_cause("never-purge"), std::nullopt);
}

}  // namespace
}  // namespace cachewitness::verdict
