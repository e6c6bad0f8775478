#include "skill/expression_parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::skill {

namespace {

constexpr std::size_t max_depth = 32;
constexpr std::size_t max_bytes = 4096;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

std::optional<Value> number_of(std::string_view word) {
  const char* const end = word.data() + word.size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(word.data(), end, whole); error == std::errc{} && stop == end) {
    return Value{whole};
  }
  double number = 0;
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  return error == std::errc{} && stop == end && std::isfinite(number) ? std::optional(Value{number}) : std::nullopt;
}

}  // namespace

std::expected<Expression, std::string> ExpressionParser::parse() {
  if (text_.size() > max_bytes) {
    return std::unexpected(fmt::format("a condition of {} bytes; {} at most", text_.size(), max_bytes));
  }
  made_.source_ = text_;
  made_.where_ = where_;
  if (const Index root = disjunction(0); !root) {
    return std::unexpected(root.error());
  }
  skip_blanks();
  if (at_ < text_.size()) {
    return fault("and, or, a comparison or the end");
  }
  return std::move(made_);
}

std::unexpected<std::string> ExpressionParser::fault(std::string_view expected) const {
  const std::string found =
      at_ >= text_.size() ? std::string("its end") : fmt::format("\"{}\"", base::printable(text_.substr(at_, 20)));
  return std::unexpected(
      fmt::format("in the condition \"{}\": expected {}, found {}", base::printable(text_, 100), expected, found));
}

std::size_t ExpressionParser::add(Expression::Node node) {
  made_.nodes_.push_back(std::move(node));
  return made_.nodes_.size() - 1;
}

ExpressionParser::Index ExpressionParser::joined(Operation operation, const Index& left, const Index& right) {
  if (!left || !right) {
    return left ? right : left;
  }
  return add({.operation = operation, .left = *left, .right = *right});
}

ExpressionParser::Index ExpressionParser::disjunction(std::size_t depth) {
  Index left = conjunction(depth);
  while (left && take_word("or")) {
    left = joined(Operation::disjunction, left, conjunction(depth));
  }
  return left;
}

ExpressionParser::Index ExpressionParser::conjunction(std::size_t depth) {
  Index left = negation(depth);
  while (left && take_word("and")) {
    left = joined(Operation::conjunction, left, negation(depth));
  }
  return left;
}

ExpressionParser::Index ExpressionParser::negation(std::size_t depth) {
  if (depth > max_depth) {
    return std::unexpected(fmt::format("a condition that is nested deeper than {} levels", max_depth));
  }
  if (!take_word("not")) {
    return comparison(depth);
  }
  const Index inner = negation(depth + 1);
  return inner ? Index(add({.operation = Operation::negation, .left = *inner})) : inner;
}

ExpressionParser::Index ExpressionParser::comparison(std::size_t depth) {
  const Index left = operand(depth);
  constexpr std::pair<std::string_view, Operation> signs[] = {
      {"==", Operation::equal},         {"!=", Operation::unequal},
      {"<=", Operation::less_or_equal}, {">=", Operation::greater_or_equal},
      {"<", Operation::less},           {">", Operation::greater}};
  for (const auto& [sign, operation] : signs) {
    if (left && take(sign)) {
      return joined(operation, left, operand(depth));
    }
  }
  return left;
}

ExpressionParser::Index ExpressionParser::operand(std::size_t depth) {
  if (take("(")) {
    const Index inner = depth < max_depth ? disjunction(depth + 1) : negation(max_depth + 1);
    return !inner || take(")") ? inner : fault("\")\"");
  }
  skip_blanks();
  return at_ < text_.size() && text_[at_] == '\'' ? quoted() : word();
}

// 'it''s': a quote is written twice.
ExpressionParser::Index ExpressionParser::quoted() {
  std::string text;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] != '\'') {
      text += text_[at_];
    } else if (text_.substr(at_).starts_with("''")) {
      text += text_[at_++];
    } else {
      ++at_;
      return add({.literal = Value{std::move(text)}});
    }
  }
  return fault("a closing quote");
}

ExpressionParser::Index ExpressionParser::word() {
  const std::string_view word = peek_word();
  if (word.empty()) {
    return fault("a reference, a number, 'text', true, false or null");
  }
  constexpr std::pair<std::string_view, Operation> calls[] = {
      {"succeeded", Operation::succeeded}, {"failed", Operation::failed}, {"always", Operation::always}};
  const auto* call = std::ranges::find(calls, word, &std::pair<std::string_view, Operation>::first);
  if (call != std::end(calls)) {
    at_ += word.size();
    return take("(") && take(")") ? Index(add({.operation = call->second})) : fault("\"()\"");
  }
  std::optional<Value> literal = number_of(word);
  if (word == "true" || word == "false") {
    literal = Value{word == "true"};
  } else if (word == "null") {
    literal = Value{};
  }
  if (literal) {
    at_ += word.size();
    return add({.literal = *std::move(literal)});
  }
  if (word.find('.') == std::string_view::npos) {
    return fault("a reference such as steps.verify.status, a number, 'text', true, false or null");
  }
  auto reference = parse_reference(word, where_);
  if (!reference) {
    return std::unexpected(std::move(reference).error());
  }
  at_ += word.size();
  return add({.operation = Operation::reference, .reference = std::move(*reference)});
}

void ExpressionParser::skip_blanks() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) {
    ++at_;
  }
}

std::string_view ExpressionParser::peek_word() {
  skip_blanks();
  std::size_t end = at_;
  while (end < text_.size() && is_word_character(text_[end])) {
    ++end;
  }
  return text_.substr(at_, end - at_);
}

bool ExpressionParser::take(std::string_view sign) {
  skip_blanks();
  const bool is_there = text_.substr(at_).starts_with(sign);
  at_ += is_there ? sign.size() : 0;
  return is_there;
}

bool ExpressionParser::take_word(std::string_view word) {
  const bool is_there = peek_word() == word;
  at_ += is_there ? word.size() : 0;
  return is_there;
}

}  // namespace cachewitness::skill
