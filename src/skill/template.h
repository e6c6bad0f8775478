// Template: text of a workflow with references in it, "${steps.purge.outputs.id}"; and Content, the same for a whole
// tree of YAML, which becomes JSON. What a reference stands for is a Scope's affair.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "skill/value.h"

namespace cachewitness::skill {

// In the file that the workflow is written in.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Reference {
  std::vector<std::string> path;  // {"steps", "purge", "outputs", "id"}
  Place where;

  [[nodiscard]] std::string text() const;  // "steps.purge.outputs.id"
};

class Template {
 public:
  Template() = default;

  // References are checked for their form. The error has no file, for only the caller knows it.
  static std::expected<Template, std::string> parse(std::string_view text, Place where);

  // Nothing but one reference: its value keeps its type.
  [[nodiscard]] const Reference* whole() const;
  void each_reference(const std::function<void(const Reference&)>& visit) const;
  // As it was written.
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] Place where() const { return where_; }

  using Lookup = std::function<std::expected<Value, std::string>(const Reference&)>;
  [[nodiscard]] std::expected<Value, std::string> fill(const Lookup& lookup) const;

 private:
  std::vector<std::variant<std::string, Reference>> parts_;
  std::string source_;
  Place where_;
};

// "steps.purge.outputs.id"; names are letters, digits, '_' and '-'.
[[nodiscard]] std::expected<Reference, std::string> parse_reference(std::string_view text, Place where);

struct Content {
  struct Member;
  using List = std::vector<Content>;
  using Members = std::vector<Member>;

  std::variant<Value, Template, List, Members> data;
  Place where{};

  void each_reference(const std::function<void(const Reference&)>& visit) const;
  [[nodiscard]] std::expected<Value, std::string> fill(const Template::Lookup& lookup) const;
  [[nodiscard]] const Content* find(std::string_view name) const;
};

struct Content::Member {
  std::string name;
  Content content;
};

}  // namespace cachewitness::skill
