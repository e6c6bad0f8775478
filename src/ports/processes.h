// Processes: the user's own programs (drivers, checks, tenant sources, steps). An argv, never a shell string.
//
// A program runs in a session of its own, with no descriptor but its three streams. However it ends, nothing of what
// it started outlives it, processes that made themselves daemons included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ports/confinement.h"

namespace cachewitness::ports {

struct ProcessSpec {
  // What is done about more than `max_output_bytes` on standard output. Standard error is cut in either case.
  enum class Overflow : std::uint8_t { drop, stop };

  std::vector<std::string> argv;                                 // the program is found by OUR path
  std::vector<std::pair<std::string, std::string>> environment;  // all that the child sees
  std::string input;                                             // its standard input
  std::string working_directory;                                 // empty = ours
  base::Duration timeout = std::chrono::seconds(30);             // then TERM, then KILL to the whole family
  std::size_t max_output_bytes = std::size_t{8} << 20;           // each of stdout and stderr that is kept
  Overflow overflow = Overflow::drop;                            // stop: ends as the timeout does, `over_limit`
  Confinement confinement{};
  // A file that names what this run has started, for reap(); empty = none. One file for all programs of a run. The
  // child sees one variable more, CACHEWITNESS_LEASE, by which its descendants are recognised.
  std::string lease{};
  // Asked every 100 ms; a request ends the program as its timeout does, `cancelled`. Where there is a token, nothing
  // else cuts a program short: its owner passes an interrupt on, or lets the program clean up first.
  std::stop_token stop{};
};

enum class Limit : std::uint8_t { none, output, processes, cpu_time, file_bytes };

// Of the whole family.
struct ResourceUse {
  base::Duration user_time{};
  base::Duration system_time{};
  std::uint64_t max_resident_bytes = 0;  // of its largest process
};

struct ProcessOutcome {
  // `unwatched`: its supervisor was killed before it, by the program or by somebody who meant us. Nothing that it did
  // from then on was bounded, so that its end is no success.
  enum class End : std::uint8_t { exited, signalled, timed_out, over_limit, cancelled, unwatched };

  End end = End::exited;
  int code = 0;               // exit status, or the signal's number
  bool is_signalled = false;  // which of the two `code` is
  Limit limit = Limit::none;  // which one, where `end` is over_limit
  std::string output;         // untrusted bytes, as is `diagnostics`: escape them (base::printable) for a terminal
  std::string diagnostics;    // stderr
  bool output_truncated = false;
  bool diagnostics_truncated = false;
  std::uint64_t output_bytes = 0;  // all that it wrote, what was dropped included
  std::uint64_t diagnostics_bytes = 0;
  std::uint32_t strays = 0;       // descendants that were still running at its end, and were killed
  std::uint32_t unstoppable = 0;  // of these, the ones that the kernel had not ended five seconds later
  base::Duration duration{};
  ResourceUse use{};
  SandboxLevel sandbox{};
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual base::Result<void> take(std::string_view bytes) = 0;
};

class Processes {
 public:
  virtual ~Processes() = default;
  // An Error only where the program could not be started (`program-failed`) or not be confined as it must
  // (`sandbox-unavailable`); any end of it is an outcome. May be called from several threads at once.
  virtual base::Result<ProcessOutcome> run(const ProcessSpec& spec) = 0;
  // The same with stdout handed on as it comes, unbounded (tenant sources); an Error of the sink stops the child.
  virtual base::Result<ProcessOutcome> stream(const ProcessSpec& spec, ByteSink& output) = 0;
  // Ends what a run that was killed left behind, by its lease, and removes the lease. Returns how many processes it
  // ended. An Error (`run-in-progress`) where the run that wrote it is alive; a file that is not there is fine.
  virtual base::Result<std::uint32_t> reap(const std::string& lease) = 0;
};

}  // namespace cachewitness::ports
