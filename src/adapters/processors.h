// How much of the machine this process may use.
#pragma once

namespace cachewitness::adapters {

// Processors that it may run on: taskset and cpusets count, others' load does not. At least 1.
[[nodiscard]] unsigned usable_processors();

}  // namespace cachewitness::adapters
