#include "evidence/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "evidence/codec.h"

namespace cachewitness::evidence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

manifest::VariantHeader secret(const std::string& name) {
  return {name, manifest::SecretRef{manifest::SecretRef::Kind::environment, "TOKEN", {}, {}}};
}

TEST(Selectors, NumberTheValuesOfEachFieldThatSomeVariantSends) {
  const std::vector<manifest::Variant> variants{
      {"identity", {}},
      {"gzip", {{"accept-encoding", std::string("gzip")}}},
      {"phone", {{"accept-encoding", std::string("gzip")}, {"user-agent", std::string("Phone")}}},
      {"tablet", {{"user-agent", std::string("Tablet")}}},
  };
  EXPECT_THAT(selectors_of(variants),
              ElementsAre(Selector{"accept-encoding", {0, 1, 1, 0}}, Selector{"user-agent", {0, 0, 1, 2}}));
}

TEST(Selectors, TakeSeveralLinesOfAFieldTogether) {
  const std::vector<manifest::Variant> variants{
      {"one", {{"cookie", std::string("a")}}},
      {"both", {{"cookie", std::string("a")}, {"cookie", std::string("b")}}},
      {"both again", {{"cookie", std::string("a")}, {"cookie", std::string("b")}}},
  };
  EXPECT_THAT(selectors_of(variants), ElementsAre(Selector{"cookie", {1, 2, 2}}));
}

TEST(Selectors, TakeNoSecretForAnyOther) {
  const std::vector<manifest::Variant> variants{{"a", {secret("cookie")}}, {"b", {secret("cookie")}}};
  EXPECT_THAT(selectors_of(variants), ElementsAre(Selector{"cookie", {1, 2}}));
}

TEST(Selectors, AreNoneWhereNoVariantSendsAField) {
  EXPECT_THAT(selectors_of({{"identity", {}}, {"other", {}}}), IsEmpty());
}

std::string header_with(const std::vector<Selector>& selectors) {
  Roster roster;
  roster.variants.intern("identity");
  roster.variants.intern("phone");
  RunHeader header;
  header.selectors = selectors;
  std::string line;
  append_header_line(header, roster, line);
  line.pop_back();
  return line;
}

TEST(Selectors, ComeBackFromAFile) {
  const std::vector<Selector> selectors{{"accept-encoding", {1, 1}}, {"user-agent", {0, 4294967295}}};
  Reader reader;
  const auto read = reader.read(header_with(selectors));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(std::get<RunHeader>(*read).selectors, selectors);
}

TEST(Selectors, AreRefusedWhereTheyAreNotOfTheVariants) {
  for (const std::vector<std::uint32_t>& values : std::vector<std::vector<std::uint32_t>>{{}, {1}, {1, 1, 1}}) {
    Reader reader;
    const auto read = reader.read(header_with({{"user-agent", values}}));
    ASSERT_FALSE(read) << values.size();
    EXPECT_TRUE(read.error().message.contains("\"values\"")) << read.error().message;
  }
  std::string line = header_with({{"user-agent", {0, 77}}});
  line.replace(line.find("77"), 2, "-7");
  EXPECT_FALSE(Reader().read(line));
}

}  // namespace
}  // namespace cachewitness::evidence
