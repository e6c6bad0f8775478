#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace cachewitness::base {

void fail_assertion(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "cachewitness: bug: assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace cachewitness::base
