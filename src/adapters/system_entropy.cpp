#include "adapters/system_entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "base/assert.h"

namespace cachewitness::adapters {

std::uint64_t SystemEntropy::next() {
  std::uint64_t value = 0;
  ssize_t got = 0;
  do {
    got = ::getrandom(&value, sizeof value, 0);
  } while (got < 0 && errno == EINTR);
  // Requests of up to 256 bytes are whole or not at all, and only a kernel before 3.17 has none to give.
  CW_ASSERT(got == sizeof value);
  return value;
}

}  // namespace cachewitness::adapters
