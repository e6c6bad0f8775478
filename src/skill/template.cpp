#include "skill/template.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::skill {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

std::string Reference::text() const { return fmt::format("{}", fmt::join(path, ".")); }

std::expected<Reference, std::string> parse_reference(std::string_view text, Place where) {
  Reference reference;
  reference.where = where;
  std::string_view rest = text;
  while (true) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string_view name = rest.substr(0, dot);
    if (name.empty() || !std::ranges::all_of(name, is_name_character)) {
      return std::unexpected(
          fmt::format("\"{}\" is no reference; write one such as inputs.manifest or steps.verify.outputs.stale",
                      base::printable(text, 80)));
    }
    reference.path.emplace_back(name);
    if (dot == rest.size()) {
      return reference;
    }
    rest.remove_prefix(dot + 1);
  }
}

std::expected<Template, std::string> Template::parse(std::string_view text, Place where) {
  Template made;
  made.source_ = text;
  made.where_ = where;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) {
      made.parts_.emplace_back(std::exchange(literal, {}));
    }
  };
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      literal += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos) {
        return std::unexpected(
            fmt::format("\"{}\" has no closing brace; for a plain ${{ write $${{", base::printable(text, 40)));
      }
      auto reference = parse_reference(base::trim(text.substr(2, end - 2)), where);
      if (!reference) {
        return std::unexpected(std::move(reference).error());
      }
      end_literal();
      made.parts_.emplace_back(std::move(*reference));
      text.remove_prefix(end + 1);
    } else {
      literal += text.front();
      text.remove_prefix(1);
    }
  }
  end_literal();
  return made;
}

const Reference* Template::whole() const {
  return parts_.size() == 1 ? std::get_if<Reference>(&parts_.front()) : nullptr;
}

void Template::each_reference(const std::function<void(const Reference&)>& visit) const {
  for (const auto& part : parts_) {
    if (const auto* reference = std::get_if<Reference>(&part)) {
      visit(*reference);
    }
  }
}

std::expected<Value, std::string> Template::fill(const Lookup& lookup) const {
  if (const Reference* reference = whole()) {
    return lookup(*reference);
  }
  std::string text;
  for (const auto& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      text += *literal;
      continue;
    }
    auto value = lookup(std::get<Reference>(part));
    if (!value) {
      return value;
    }
    text += plain_text(*value);
  }
  return Value{std::move(text)};
}

void Content::each_reference(const std::function<void(const Reference&)>& visit) const {
  if (const auto* text = std::get_if<Template>(&data)) {
    text->each_reference(visit);
  } else if (const auto* list = std::get_if<List>(&data)) {
    for (const Content& item : *list) {
      item.each_reference(visit);
    }
  } else if (const auto* members = std::get_if<Members>(&data)) {
    for (const auto& [name, member] : *members) {
      member.each_reference(visit);
    }
  }
}

std::expected<Value, std::string> Content::fill(const Template::Lookup& lookup) const {
  if (const auto* value = std::get_if<Value>(&data)) {
    return *value;
  }
  if (const auto* text = std::get_if<Template>(&data)) {
    return text->fill(lookup);
  }
  if (const auto* list = std::get_if<List>(&data)) {
    Value::List filled;
    for (const Content& item : *list) {
      auto value = item.fill(lookup);
      if (!value) {
        return value;
      }
      filled.push_back(std::move(*value));
    }
    return Value{std::move(filled)};
  }
  Value::Members filled;
  for (const auto& [name, member] : std::get<Members>(data)) {
    auto value = member.fill(lookup);
    if (!value) {
      return value;
    }
    filled.emplace_back(name, std::move(*value));
  }
  return Value{std::move(filled)};
}

const Content* Content::find(std::string_view name) const {
  const auto* members = std::get_if<Members>(&data);
  if (members == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(*members, name, &Member::name);
  return found == members->end() ? nullptr : &found->content;
}

}  // namespace cachewitness::skill
