// A GitHub workflow command: one annotation as a line of a step's output.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cachewitness::report {

// GitHub shows ten annotations of a kind a step and drops the rest without a word.
inline constexpr std::size_t max_annotations = 10;

// "::error title=...::...", escaped, with its line feed. `level` is error, warning or notice.
[[nodiscard]] std::string workflow_command(std::string_view level, std::string_view title, std::string_view message);

}  // namespace cachewitness::report
