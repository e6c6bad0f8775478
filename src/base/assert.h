// Assertions for bugs, and only for bugs: peer bytes, files and child output are never asserted.
// Always on; prints the expression and the place, then aborts.
#pragma once

namespace cachewitness::base {

[[noreturn]] void fail_assertion(const char* expression, const char* file, int line) noexcept;

}  // namespace cachewitness::base

#define CW_ASSERT(expression)                           \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::cachewitness::base::fail_assertion(#expression, __FILE__, __LINE__))
#define CW_UNREACHABLE() ::cachewitness::base::fail_assertion("unreachable", __FILE__, __LINE__)
