// A JSON object cut to a size: what a model has to read is paid for by the word.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cachewitness::mcp {

// The object on one line, in `limit` bytes where cutting lists can achieve it: the longest loses its last half, again
// and again. A member `truncated` then tells the whole length of each list that was cut, by its path. Empty where
// `object` is no JSON object.
[[nodiscard]] std::string bounded_json(std::string_view object, std::size_t limit);

}  // namespace cachewitness::mcp
