// The grammar of conditions, for expression.cpp alone:
//   or = and {"or" and};  and = not {"and" not};  not = "not" not | comparison;
//   comparison = operand [sign operand];  operand = literal | reference | call | "(" or ")"
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "skill/expression.h"

namespace cachewitness::skill {

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, Place where) : text_(text), where_(where) {}

  std::expected<Expression, std::string> parse();

 private:
  using Index = std::expected<std::size_t, std::string>;
  using Operation = Expression::Operation;

  Index disjunction(std::size_t depth);
  Index conjunction(std::size_t depth);
  Index negation(std::size_t depth);
  Index comparison(std::size_t depth);
  Index operand(std::size_t depth);
  Index quoted();
  Index word();
  Index joined(Operation operation, const Index& left, const Index& right);
  std::size_t add(Expression::Node node);
  [[nodiscard]] std::unexpected<std::string> fault(std::string_view expected) const;

  void skip_blanks();
  bool take(std::string_view sign);
  bool take_word(std::string_view word);
  std::string_view peek_word();

  std::string_view text_;
  std::size_t at_ = 0;
  Place where_;
  Expression made_;
};

}  // namespace cachewitness::skill
