// Tool: a verb of the program as the Model Context Protocol offers it. One table is the list that clients see, the
// schema of the arguments and the check of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::mcp {

struct Parameter {
  enum class Kind : std::uint8_t {
    text,
    texts,  // an array of strings
    flag,
    count,  // a whole number from 1 on
    file,   // the plain name of a file in the server's folder
    moment,
    duration,
  };
  std::string_view name;
  Kind kind;
  std::string_view description;
  bool is_required = false;
};

struct Tool {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  std::span<const Parameter> own_parameters;
  // The protocol's hints. They tell a client what to ask its user about, and protect nothing.
  bool is_read_only = false;    // writes no file either
  bool is_destructive = false;  // takes something away that only the origin can bring back
  bool is_open_world = false;   // sends requests to other machines
  bool is_narrowed = false;     // takes environments, tenants, regions, edges and assets as well
  // The member of the structured result that holds what the command prints: "report", "plan" or "text".
  std::string_view result;
};

// In the order in which they are listed. `purge` is the only one that changes what a CDN holds.
[[nodiscard]] std::span<const Tool> all_tools();
inline constexpr std::string_view purging_tool = "purge";

[[nodiscard]] std::vector<Parameter> parameters_of(const Tool& tool);

// JSON Schema (2020-12) of its arguments and of its structured result, as JSON.
[[nodiscard]] std::string input_schema(const Tool& tool);
[[nodiscard]] std::string output_schema(const Tool& tool);

}  // namespace cachewitness::mcp
