#include "skill/expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "skill/expression_parser.h"

namespace cachewitness::skill {

std::expected<Expression, std::string> Expression::parse(std::string_view text, Place where) {
  return ExpressionParser(text, where).parse();
}

bool Expression::asks_for_ancestry() const {
  return std::ranges::any_of(nodes_, [](const Node& node) {
    return node.operation == Operation::failed || node.operation == Operation::always;
  });
}

bool Expression::is_for_clean_up() const {
  return std::ranges::any_of(nodes_, [](const Node& node) { return node.operation == Operation::always; });
}

Expression::Kind Expression::kind_of(const Value& value) {
  return value.is_null()                 ? Kind::null
         : value.if_boolean() != nullptr ? Kind::boolean
         : value.is_number()             ? Kind::number
         : value.if_text() != nullptr    ? Kind::text
                                         : Kind::other;
}

Expression::Kind Expression::kind_of(Type type) {
  switch (type) {
    case Type::text:
    case Type::path:
      return Kind::text;
    case Type::count:
    case Type::number:
      return Kind::number;
    case Type::boolean:
      return Kind::boolean;
    case Type::list:
      return Kind::other;
    case Type::json:
      return Kind::unknown;
  }
  return Kind::unknown;
}

std::string_view Expression::name(Kind kind) {
  constexpr std::string_view names[] = {"anything", "null", "true or false", "a number", "text", "a list or an object"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view Expression::sign(Operation operation) {
  switch (operation) {
    case Operation::negation:
      return "not";
    case Operation::conjunction:
      return "and";
    case Operation::disjunction:
      return "or";
    case Operation::equal:
      return "==";
    case Operation::unequal:
      return "!=";
    case Operation::less:
      return "<";
    case Operation::less_or_equal:
      return "<=";
    case Operation::greater:
      return ">";
    case Operation::greater_or_equal:
      return ">=";
    default:
      return "";
  }
}

std::expected<void, std::string> Expression::check_operands(Operation operation, Kind left, Kind right) {
  const bool is_equality = operation == Operation::equal || operation == Operation::unequal;
  if (is_equality) {
    const bool is_comparable =
        left == right || left == Kind::unknown || right == Kind::unknown || left == Kind::null || right == Kind::null;
    return is_comparable
               ? std::expected<void, std::string>()
               : std::unexpected(fmt::format("{} compares {} with {}", sign(operation), name(left), name(right)));
  }
  const bool is_logical = operation <= Operation::disjunction;
  const Kind wanted = is_logical ? Kind::boolean : Kind::number;
  for (const Kind kind : {left, right}) {
    if (kind != wanted && kind != Kind::unknown) {
      return std::unexpected(fmt::format("{} needs {}, not {}", sign(operation), name(wanted), name(kind)));
    }
  }
  return {};
}

std::expected<Expression::Kind, std::string> Expression::check(const Node& node, const TypeLookup& types) const {
  switch (node.operation) {
    case Operation::literal:
      return kind_of(node.literal);
    case Operation::reference: {
      const auto type = types(node.reference);
      return type ? std::expected<Kind, std::string>(kind_of(*type)) : std::unexpected(type.error());
    }
    case Operation::succeeded:
    case Operation::failed:
    case Operation::always:
      return Kind::boolean;
    default:
      break;
  }
  const auto left = check(nodes_[node.left], types);
  const auto right = node.operation == Operation::negation ? left : check(nodes_[node.right], types);
  if (!left || !right) {
    return left ? right : left;
  }
  if (auto fits = check_operands(node.operation, *left, *right); !fits) {
    return std::unexpected(std::move(fits).error());
  }
  return Kind::boolean;
}

std::expected<void, std::string> Expression::check(const TypeLookup& types) const {
  const auto kind = check(nodes_.back(), types);
  if (!kind) {
    return std::unexpected(kind.error());
  }
  if (*kind != Kind::boolean && *kind != Kind::unknown) {
    return std::unexpected(fmt::format("the condition \"{}\" is {}, not true or false; compare it with something",
                                       base::printable(source_, 100), name(*kind)));
  }
  return {};
}

bool Expression::compare(Operation operation, const Value& left, const Value& right) {
  if (operation == Operation::equal || operation == Operation::unequal) {
    const bool is_equal = left.is_number() && right.is_number() && left.data.index() != right.data.index()
                              ? left.number() == right.number()
                              : left == right;
    return is_equal == (operation == Operation::equal);
  }
  const auto* whole_left = std::get_if<std::int64_t>(&left.data);
  const auto* whole_right = std::get_if<std::int64_t>(&right.data);
  const std::partial_ordering order = whole_left != nullptr && whole_right != nullptr
                                          ? std::partial_ordering(*whole_left <=> *whole_right)
                                          : left.number() <=> right.number();
  switch (operation) {
    case Operation::less:
      return order < 0;
    case Operation::less_or_equal:
      return order <= 0;
    case Operation::greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

std::expected<bool, std::string> Expression::truth(const Node& node, const Template::Lookup& lookup,
                                                   Ancestry ancestry) const {
  const auto value = evaluate(node, lookup, ancestry);
  if (!value) {
    return std::unexpected(value.error());
  }
  if (const bool* flag = value->if_boolean()) {
    return *flag;
  }
  return std::unexpected(fmt::format("the condition \"{}\" needs true or false, and got {}",
                                     base::printable(source_, 100), name(kind_of(*value))));
}

std::expected<Value, std::string> Expression::evaluate(const Node& node, const Template::Lookup& lookup,
                                                       Ancestry ancestry) const {
  switch (node.operation) {
    case Operation::literal:
      return node.literal;
    case Operation::reference:
      return lookup(node.reference);
    case Operation::succeeded:
      return Value{ancestry.has_succeeded};
    case Operation::failed:
      return Value{ancestry.has_failed};
    case Operation::always:
      return Value{true};
    case Operation::negation:
    case Operation::conjunction:
    case Operation::disjunction: {
      const auto left = truth(nodes_[node.left], lookup, ancestry);
      if (!left) {
        return std::unexpected(left.error());
      }
      if (node.operation == Operation::negation) {
        return Value{!*left};
      }
      if (*left == (node.operation == Operation::disjunction)) {
        return Value{*left};  // the other side is not looked at: it may have no value
      }
      const auto right = truth(nodes_[node.right], lookup, ancestry);
      return right ? std::expected<Value, std::string>(Value{*right}) : std::unexpected(right.error());
    }
    default:
      break;
  }
  const auto left = evaluate(nodes_[node.left], lookup, ancestry);
  const auto right = evaluate(nodes_[node.right], lookup, ancestry);
  if (!left || !right) {
    return left ? right : left;
  }
  if (auto fits = check_operands(node.operation, kind_of(*left), kind_of(*right)); !fits) {
    return std::unexpected(
        fmt::format("in the condition \"{}\": {}", base::printable(source_, 100), std::move(fits).error()));
  }
  return Value{compare(node.operation, *left, *right)};
}

std::expected<bool, std::string> Expression::holds(const Template::Lookup& lookup, Ancestry ancestry) const {
  return truth(nodes_.back(), lookup, ancestry);
}

}  // namespace cachewitness::skill
