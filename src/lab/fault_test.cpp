#include "lab/fault.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "manifest/cause_slugs.h"

namespace cachewitness::lab {
namespace {

TEST(FaultTable, NamesEveryKindOnceAndExplainsIt) {
  std::set<std::string_view> slugs;
  for (std::size_t i = 0; i < fault_table().size(); ++i) {
    const FaultEntry& row = fault_table()[i];
    SCOPED_TRACE(row.slug);
    EXPECT_EQ(static_cast<std::size_t>(row.kind), i);
    EXPECT_EQ(find_fault(row.slug), row.kind);
    EXPECT_EQ(row.cause.empty(), row.state == "fresh");
    EXPECT_TRUE(row.sentence.ends_with('.'));
    slugs.insert(row.slug);
  }
  EXPECT_EQ(slugs.size(), fault_table().size());
}

TEST(FaultTable, ExpectsCausesThatTheContractKnows) {
  for (const FaultEntry& row : fault_table()) {
    const auto& slugs = manifest::cause_slugs;
    EXPECT_TRUE(row.cause.empty() || std::find(slugs.begin(), slugs.end(), row.cause) != slugs.end()) << row.cause;
  }
}

TEST(FaultOrders, NameAKindAndPerhapsAServerAndATenant) {
  const auto orders = parse_fault_orders("down@apac-2, slow ,node-not-purged@us-west-1/tenant-xyz,drip@*/");
  ASSERT_TRUE(orders.has_value());
  ASSERT_EQ(orders->size(), 4U);
  EXPECT_EQ((*orders)[0].kind, FaultKind::down);
  EXPECT_EQ((*orders)[0].server, "apac-2");
  EXPECT_EQ((*orders)[1].server, "");
  EXPECT_EQ((*orders)[2].server, "us-west-1");
  EXPECT_EQ((*orders)[2].tenant, "tenant-xyz");
  EXPECT_EQ((*orders)[3].tenant, "");
}

TEST(FaultOrders, SuggestTheNearestKind) {
  const auto orders = parse_fault_orders("node-not-purge@us-west-1");
  ASSERT_FALSE(orders.has_value());
  EXPECT_EQ(orders.error().id, base::errors::unknown_name);
  EXPECT_NE(orders.error().message.find("did you mean \"node-not-purged\"?"), std::string::npos);
}

TEST(FaultSet, HoldsSeveralKindsAtOnce) {
  FaultSet set;
  EXPECT_TRUE(set.empty());
  set.add(FaultKind::node_not_purged);
  set.add(FaultKind::down);
  EXPECT_TRUE(set.has(FaultKind::node_not_purged));
  EXPECT_TRUE(set.has(FaultKind::down));
  EXPECT_FALSE(set.has(FaultKind::drip));
}

}  // namespace
}  // namespace cachewitness::lab
