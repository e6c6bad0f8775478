#include "adapters/processors.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace cachewitness::adapters {

// The standard library asks how many there are, not how many are ours.
unsigned usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
  }
  return std::max(1U, std::thread::hardware_concurrency());  // more than a cpu_set_t holds
}

}  // namespace cachewitness::adapters
