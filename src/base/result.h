// Result<T>: a value, or the reason why there is none. A class of its own and not an alias, because
// compilers only diagnose a dropped result when the type itself is [[nodiscard]].
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace cachewitness::base {

template <typename T, typename E = Error>
class [[nodiscard]] Result : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
};

// The one way to fail: `return fail(errors::unreadable_file, fmt::format(...));`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorId id, std::string message) {
  return std::unexpected<Error>(Error{id, std::move(message), std::nullopt});
}
[[nodiscard]] inline std::unexpected<Error> fail(ErrorId id, std::string message, SourceSpan where) {
  return std::unexpected<Error>(Error{id, std::move(message), std::move(where)});
}

}  // namespace cachewitness::base
