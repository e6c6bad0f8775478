// CallFilter: system calls that a program of the user's is refused, and those that its supervisor hears of first.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace cachewitness::adapters {

// For apply_call_filter(). Empty where there is nothing to filter.
using CallFilter = std::vector<sock_filter>;

struct FilterWishes {
  bool refuses_calls = false;     // those that administer a machine
  bool announces_births = false;  // every new process or thread waits for the supervisor's word
};

// Empty where the library knows no filter for this machine either.
[[nodiscard]] CallFilter make_call_filter(const FilterWishes& wishes);

// To the calling thread, for good. Requires no_new_privs. Returns the listener's descriptor where births are
// announced, else 0; below 0 it is -errno. Allocates nothing.
[[nodiscard]] int apply_call_filter(const CallFilter& filter, bool announces_births);

}  // namespace cachewitness::adapters
