// Arguments: what a client passed to a tool, checked against the tool's parameters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mcp/tool.h"

namespace cachewitness::mcp {

class Arguments {
 public:
  using Value = std::variant<std::string, std::vector<std::string>, bool, std::uint64_t>;

  // Requires: the tool has such a parameter, and `value` is of its kind.
  void set(std::string_view name, Value value) { values_.insert_or_assign(std::string(name), std::move(value)); }

  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(std::string(name)); }
  // Empty, false or `otherwise` where it was not given.
  [[nodiscard]] std::string text(std::string_view name) const { return get<std::string>(name, {}); }
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
    return get<std::vector<std::string>>(name, {});
  }
  [[nodiscard]] bool flag(std::string_view name) const { return get<bool>(name, false); }
  [[nodiscard]] std::uint64_t count(std::string_view name, std::uint64_t otherwise) const {
    return get<std::uint64_t>(name, otherwise);
  }

 private:
  template <typename T>
  [[nodiscard]] T get(std::string_view name, T otherwise) const {
    const auto found = values_.find(std::string(name));
    const T* const value = found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    return value == nullptr ? std::move(otherwise) : *value;
  }

  std::map<std::string, Value> values_;
};

}  // namespace cachewitness::mcp
