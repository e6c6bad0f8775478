// Processes: the user's own programs (drivers, checks, tenant sources). An argv, never a shell string.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace cachewitness::ports {

struct ProcessSpec {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> environment;  // all that the child sees
  std::string input;                                             // its standard input
  std::string working_directory;                                 // empty = ours
  base::Duration timeout = std::chrono::seconds(30);             // then TERM, then KILL to the group
  std::size_t max_output_bytes = std::size_t{8} << 20;           // each of stdout and stderr; the rest is dropped
};

struct ProcessOutcome {
  enum class End : std::uint8_t { exited, signalled, timed_out };

  End end = End::exited;
  int code = 0;  // exit status, or the signal's number
  std::string output;
  std::string diagnostics;  // stderr
  bool output_truncated = false;
  bool diagnostics_truncated = false;
  base::Duration duration{};
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual base::Result<void> take(std::string_view bytes) = 0;
};

class Processes {
 public:
  virtual ~Processes() = default;
  // An Error only where the program could not be started; any end of it is an outcome.
  virtual base::Result<ProcessOutcome> run(const ProcessSpec& spec) = 0;
  // The same with stdout handed on as it comes, unbounded (tenant sources); an Error of the sink stops the child.
  virtual base::Result<ProcessOutcome> stream(const ProcessSpec& spec, ByteSink& output) = 0;
};

}  // namespace cachewitness::ports
