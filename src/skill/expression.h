// Expression: the condition of a step. References, literals, comparisons, and, or, not, parentheses, and how the steps
// before it ended. Exact: nothing is converted, and what can be known to be wrong before the run is told before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "skill/template.h"
#include "skill/value.h"

namespace cachewitness::skill {

// How the steps ended that this one needs, and those that they need.
struct Ancestry {
  bool has_succeeded = true;  // all `complete` or `warning`
  bool has_failed = false;    // at least one `failed`
};

class Expression {
 public:
  static std::expected<Expression, std::string> parse(std::string_view text, Place where);

  // Asks how the steps before it ended, so that it may hold after a failure too.
  [[nodiscard]] bool asks_for_ancestry() const;
  // Says always(), so that it may hold after an interrupt too.
  [[nodiscard]] bool is_for_clean_up() const;
  using TypeLookup = std::function<std::expected<Type, std::string>(const Reference&)>;
  // Whether it is a condition at all, by the types of what it refers to.
  [[nodiscard]] std::expected<void, std::string> check(const TypeLookup& types) const;
  [[nodiscard]] std::expected<bool, std::string> holds(const Template::Lookup& lookup, Ancestry ancestry) const;
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] Place where() const { return where_; }

 private:
  friend class ExpressionParser;

  enum class Operation : std::uint8_t {
    literal,
    reference,
    succeeded,
    failed,
    always,
    negation,
    conjunction,
    disjunction,
    equal,
    unequal,
    less,
    less_or_equal,
    greater,
    greater_or_equal
  };
  struct Node {
    Operation operation = Operation::literal;
    Value literal{};
    Reference reference{};
    std::size_t left = 0;  // of an operation with operands: indices of nodes
    std::size_t right = 0;
  };
  // What is known of an operand before the run; `unknown` is any.
  enum class Kind : std::uint8_t { unknown, null, boolean, number, text, other };

  static Kind kind_of(const Value& value);
  static Kind kind_of(Type type);
  static std::expected<void, std::string> check_operands(Operation operation, Kind left, Kind right);
  static std::string_view name(Kind kind);
  static std::string_view sign(Operation operation);
  static bool compare(Operation operation, const Value& left, const Value& right);
  [[nodiscard]] std::expected<Kind, std::string> check(const Node& node, const TypeLookup& types) const;
  [[nodiscard]] std::expected<Value, std::string> evaluate(const Node& node, const Template::Lookup& lookup,
                                                           Ancestry ancestry) const;
  [[nodiscard]] std::expected<bool, std::string> truth(const Node& node, const Template::Lookup& lookup,
                                                       Ancestry ancestry) const;

  std::vector<Node> nodes_;  // the last one is the whole
  std::string source_;
  Place where_;
};

}  // namespace cachewitness::skill
