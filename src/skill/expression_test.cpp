#include "skill/expression.h"

#include <gmock/gmock.h>

#include <string>

namespace cachewitness::skill {
namespace {

using testing::HasSubstr;

std::expected<Value, std::string> value_of(const Reference& reference) {
  const std::string name = reference.text();
  if (name == "inputs.text") {
    return Value{std::string("eu")};
  }
  if (name == "inputs.count") {
    return Value{std::int64_t{3}};
  }
  if (name == "inputs.number") {
    return Value{0.5};
  }
  if (name == "inputs.flag") {
    return Value{true};
  }
  if (name == "inputs.nothing") {
    return Value{};
  }
  return std::unexpected("no value of " + name);
}

std::expected<Type, std::string> type_of(const Reference& reference) {
  const std::string& name = reference.path.back();
  return name == "text"     ? Type::text
         : name == "count"  ? Type::count
         : name == "number" ? Type::number
         : name == "flag"   ? Type::boolean
                            : Type::json;
}

struct Row {
  std::string text;
  bool holds;
};

TEST(Expression, Holds) {
  const Row rows[] = {
      {"inputs.count == 3", true},
      {"inputs.count == 3.0", true},
      {"inputs.count != 3", false},
      {"inputs.count > 2 and inputs.count <= 3", true},
      {"inputs.number < 1", true},
      {"inputs.text == 'eu'", true},
      {"inputs.text == 'it''s'", false},
      {"not inputs.flag", false},
      {"not (inputs.flag and false)", true},
      {"false and true or true", true},
      {"false and (true or true)", false},
      {"inputs.nothing == null", true},
      {"inputs.nothing != null and inputs.nothing > 1", false},  // the second half has no value to look at
      {"true or inputs.unknown == 1", true},
      {"9007199254740993 > 9007199254740992", true},  // as whole numbers, which double cannot tell apart
      {"succeeded()", true},
      {"failed()", false},
      {"always()", true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto made = Expression::parse(row.text, {});
    ASSERT_TRUE(made) << made.error();
    EXPECT_TRUE(made->check(type_of));
    const auto holds = made->holds(value_of, {});
    ASSERT_TRUE(holds) << holds.error();
    EXPECT_EQ(*holds, row.holds);
  }
}

TEST(Expression, RefusesWhatIsNoCondition) {
  const std::pair<std::string, std::string> rows[] = {
      {"", "expected a reference"},
      {"inputs.count ==", "found its end"},
      {"inputs.count = 3", "expected and, or, a comparison or the end"},
      {"(true", "expected \")\""},
      {"'open", "closing quote"},
      {"count > 1", "expected a reference such as"},
      {"failed", "expected \"()\""},
      {"inputs..x == 1", "is no reference"},
      {"true true", "expected and, or"},
      {std::string(5000, ' ') + "true", "4096 at most"},
      {std::string(100, '(') + "true", "nested deeper"},
  };
  for (const auto& [text, fault] : rows) {
    SCOPED_TRACE(text.substr(0, 40));
    const auto made = Expression::parse(text, {});
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error(), HasSubstr(fault));
  }
}

TEST(Expression, ConvertsNothing) {
  const std::pair<std::string, std::string> rows[] = {
      {"inputs.text == 1", "== compares text with a number"},
      {"'1' == 1", "== compares text with a number"},
      {"inputs.text < 'a'", "< needs a number, not text"},
      {"inputs.count and true", "and needs true or false, not a number"},
      {"inputs.count", "is a number, not true or false"},
      {"not inputs.text", "not needs true or false, not text"},
  };
  for (const auto& [text, fault] : rows) {
    SCOPED_TRACE(text);
    const auto made = Expression::parse(text, {});
    ASSERT_TRUE(made) << made.error();
    const auto checked = made->check(type_of);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error(), HasSubstr(fault));
  }
}

TEST(Expression, TellsAtTheRunWhatNobodyCouldKnowBefore) {
  const auto made = Expression::parse("inputs.nothing > 1", {});
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->check(type_of));
  const auto holds = made->holds(value_of, {});
  ASSERT_FALSE(holds);
  EXPECT_THAT(holds.error(), HasSubstr("> needs a number, not null"));
}

TEST(Expression, AsksForAncestry) {
  EXPECT_TRUE(Expression::parse("failed() or true", {})->asks_for_ancestry());
  EXPECT_TRUE(Expression::parse("always()", {})->asks_for_ancestry());
  EXPECT_FALSE(Expression::parse("succeeded()", {})->asks_for_ancestry());
}

}  // namespace
}  // namespace cachewitness::skill
