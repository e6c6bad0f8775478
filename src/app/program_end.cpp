#include "app/program_end.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t longest_words = 500;

std::string over_limit(const ports::ProcessSpec& spec, ports::Limit limit) {
  switch (limit) {
    case ports::Limit::output:
      return fmt::format("wrote more than {} bytes to standard output", base::grouped(spec.max_output_bytes));
    case ports::Limit::processes:
      return fmt::format("had more than {} processes and threads at once", spec.confinement.processes);
    case ports::Limit::cpu_time:
      return fmt::format("used more than {} of processor time", base::human(spec.confinement.cpu_time));
    case ports::Limit::file_bytes:
      return fmt::format("wrote a file of more than {} bytes", base::grouped(spec.confinement.file_bytes));
    case ports::Limit::none:
      break;
  }
  return "went over a limit";
}

}  // namespace

std::string how_it_ended(const ports::ProcessSpec& spec, const ports::ProcessOutcome& outcome) {
  switch (outcome.end) {
    case ports::ProcessOutcome::End::exited:
      return fmt::format("exited with code {}", outcome.code);
    case ports::ProcessOutcome::End::signalled: {
      const char* const name = ::sigdescr_np(outcome.code);
      return fmt::format("was ended by signal {}{}", outcome.code, name != nullptr ? fmt::format(" ({})", name) : "");
    }
    case ports::ProcessOutcome::End::timed_out:
      return fmt::format("did not end within {}", base::human(spec.timeout));
    case ports::ProcessOutcome::End::over_limit:
      return over_limit(spec, outcome.limit);
    case ports::ProcessOutcome::End::cancelled:
      return "was cancelled";
    case ports::ProcessOutcome::End::unwatched:
      return "was ended, because the process that watches over it was killed";
  }
  return "ended";
}

std::string last_words(const ports::ProcessOutcome& outcome) {
  std::string_view words = base::trim(outcome.diagnostics);
  words.remove_prefix(words.size() - std::min(words.size(), longest_words));
  return words.empty() ? "" : fmt::format("; it said: {}", base::printable(words, longest_words));
}

evidence::CheckExit exit_of(const ports::ProcessOutcome& outcome, std::string_view reason) {
  using How = evidence::CheckExit::How;
  return {outcome.end == ports::ProcessOutcome::End::exited ? How::exited : How::broken_off, outcome.code, reason};
}

}  // namespace cachewitness::app
