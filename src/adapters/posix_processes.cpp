#include "adapters/posix_processes.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "adapters/child.h"
#include "adapters/interrupts.h"
#include "adapters/lease.h"
#include "adapters/reactor.h"

namespace cachewitness::adapters {

namespace {

constexpr base::Duration grace = std::chrono::milliseconds(500);
// How long an interrupt that arrived between the question and the wait may go unnoticed.
constexpr base::Duration interrupt_check_interval = std::chrono::milliseconds(100);
// How long a supervisor that was told to kill may take before it is taken for one that cannot: it gives up after five
// seconds itself.
constexpr base::Duration supervisor_patience = std::chrono::seconds(8);

// Keeps the first bytes and drops the rest, so that the child never waits for us to read.
class BoundedText final : public ports::ByteSink {
 public:
  BoundedText(std::string& text, bool& is_truncated, std::size_t limit)
      : text_(text), is_truncated_(is_truncated), limit_(limit) {}

  base::Result<void> take(std::string_view bytes) override {
    const std::size_t kept = std::min(bytes.size(), limit_ - text_.size());
    text_.append(bytes.substr(0, kept));
    is_truncated_ = is_truncated_ || kept < bytes.size();
    return {};
  }

 private:
  std::string& text_;
  bool& is_truncated_;
  std::size_t limit_;
};

class ChildRun {
 public:
  ChildRun(Child child, const ports::ProcessSpec& spec, const std::function<bool()>& is_interrupted,
           ports::ProcessOutcome& outcome)
      : child_(std::move(child)),
        is_interrupted_(is_interrupted),
        cancel_(spec.stop),
        outcome_(outcome),
        start_(monotonic_now()),
        stop_at_(start_ + spec.timeout),
        most_output_bytes_(spec.overflow == ports::ProcessSpec::Overflow::stop ? spec.max_output_bytes : SIZE_MAX) {}

  // Until the end of the program and its family; fills the outcome. An Error of the sink, or where nothing ran.
  base::Result<void> pump(ports::ByteSink& output, ports::ByteSink& diagnostics);

 private:
  struct Stream {
    int fd;  // -1 after its end
    ports::ByteSink& sink;
    std::uint64_t& bytes;  // all that came
  };
  enum class Stop : std::uint8_t { none, timeout, interrupt, cancel, sink, output };

  void wait(const Stream& output, const Stream& diagnostics);
  void read_some(Stream& stream);
  void read_rest(Stream& stream);
  void check_requests();
  void check_time();
  void check_output();
  void stop(Stop why);
  void conclude(const EndReport& report);

  Child child_;
  const std::function<bool()>& is_interrupted_;
  std::stop_token cancel_;
  ports::ProcessOutcome& outcome_;
  base::Tick start_;
  base::Tick stop_at_;  // the timeout; once asked to stop, the moment of SIGKILL; then the supervisor's own
  std::uint64_t most_output_bytes_;
  bool is_ended_ = false;
  bool is_killed_ = false;
  Stop stopped_by_ = Stop::none;
  std::optional<base::Error> sink_error_;
  std::array<char, std::size_t{64} << 10> buffer_;
};

base::Result<void> ChildRun::pump(ports::ByteSink& output, ports::ByteSink& diagnostics) {
  Stream out{child_.output(), output, outcome_.output_bytes};
  Stream err{child_.diagnostics(), diagnostics, outcome_.diagnostics_bytes};
  while (!is_ended_) {
    wait(out, err);
    read_some(out);
    read_some(err);
    check_output();
    check_requests();
    check_time();
  }
  read_rest(out);
  read_rest(err);
  const auto report = child_.take_end();
  if (sink_error_) {
    return std::unexpected(std::move(*sink_error_));
  }
  if (!report) {
    return std::unexpected(report.error());
  }
  check_output();
  conclude(*report);
  return {};
}

// What the limits that the kernel keeps look like from outside.
std::optional<ports::Limit> limit_of(const EndReport& report) {
  if (report.is_over_processes) {
    return ports::Limit::processes;
  }
  if (WIFSIGNALED(report.status) && WTERMSIG(report.status) == SIGXCPU) {
    return ports::Limit::cpu_time;
  }
  if (WIFSIGNALED(report.status) && WTERMSIG(report.status) == SIGXFSZ) {
    return ports::Limit::file_bytes;
  }
  return std::nullopt;
}

void ChildRun::conclude(const EndReport& report) {
  using End = ports::ProcessOutcome::End;
  const bool is_signalled = WIFSIGNALED(report.status);
  outcome_.end = is_signalled ? End::signalled : End::exited;
  outcome_.is_signalled = is_signalled;
  outcome_.code = is_signalled ? WTERMSIG(report.status) : WEXITSTATUS(report.status);
  if (const auto limit = limit_of(report); limit || stopped_by_ == Stop::output) {
    outcome_.end = End::over_limit;
    outcome_.limit = limit.value_or(ports::Limit::output);
  } else if (stopped_by_ == Stop::timeout) {
    outcome_.end = End::timed_out;
  } else if (stopped_by_ == Stop::cancel) {
    outcome_.end = End::cancelled;
  } else if (report.is_unwatched) {
    outcome_.end = End::unwatched;
  } else if (stopped_by_ == Stop::interrupt && !is_signalled) {
    outcome_.end = End::signalled;
    outcome_.is_signalled = true;
    outcome_.code = SIGTERM;  // interrupted, and it left in good order
  }
  outcome_.strays = report.strays;
  outcome_.unstoppable = report.unstoppable;
  outcome_.duration = monotonic_now() - start_;
  outcome_.use = {std::chrono::microseconds(report.user_time_us), std::chrono::microseconds(report.system_time_us),
                  static_cast<std::uint64_t>(report.max_resident_kib) << 10U};
  outcome_.sandbox = {report.landlock, report.is_refusing_calls, report.is_counting_exactly};
}

void ChildRun::wait(const Stream& output, const Stream& diagnostics) {
  const base::Duration left = std::clamp(stop_at_ - monotonic_now(), base::Duration::zero(), interrupt_check_interval);
  const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left);
  std::array<pollfd, 3> watched{
      {{child_.end_notice(), POLLIN, 0}, {output.fd, POLLIN, 0}, {diagnostics.fd, POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), static_cast<int>(left_ms.count()));
  is_ended_ = watched[0].revents != 0;
}

void ChildRun::read_some(Stream& stream) {
  if (stream.fd < 0) {
    return;
  }
  const ssize_t got = ::read(stream.fd, buffer_.data(), buffer_.size());
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
    stream.fd = -1;
  }
  if (got <= 0) {
    return;
  }
  stream.bytes += static_cast<std::uint64_t>(got);
  if (sink_error_) {
    return;
  }
  if (auto taken = stream.sink.take({buffer_.data(), static_cast<std::size_t>(got)}); !taken) {
    sink_error_ = std::move(taken).error();
    stop(Stop::sink);
  }
}

// All who could write are gone: what is left is what a pipe holds.
void ChildRun::read_rest(Stream& stream) {
  for (std::uint64_t before = UINT64_MAX; stream.fd >= 0 && stream.bytes != before;) {
    before = stream.bytes;
    read_some(stream);
  }
}

void ChildRun::check_output() {
  if (outcome_.output_bytes > most_output_bytes_) {
    stop(Stop::output);
  }
}

void ChildRun::check_requests() {
  if (is_ended_) {
    return;
  }
  if (cancel_.stop_requested()) {
    stop(Stop::cancel);
  } else if (!cancel_.stop_possible() && is_interrupted_()) {
    stop(Stop::interrupt);
  }
}

void ChildRun::check_time() {
  if (is_ended_ || monotonic_now() < stop_at_) {
    return;
  }
  if (stopped_by_ == Stop::none) {
    stop(Stop::timeout);
  } else if (!is_killed_) {
    child_.kill();
    is_killed_ = true;
    stop_at_ = monotonic_now() + supervisor_patience;
  } else {
    child_.kill_supervisor();
    stop_at_ = base::Tick::never();
  }
}

void ChildRun::stop(Stop why) {
  if (stopped_by_ == Stop::none) {
    stopped_by_ = why;
    child_.terminate();
    stop_at_ = monotonic_now() + grace;
  }
}

base::Result<ports::ProcessOutcome> run_child(const ports::ProcessSpec& spec, ports::ByteSink* output,
                                              const std::function<bool()>& is_interrupted) {
  auto child = Child::start(spec);
  if (!child) {
    return std::unexpected(std::move(child).error());
  }
  ports::ProcessOutcome outcome;
  BoundedText kept_output(outcome.output, outcome.output_truncated, spec.max_output_bytes);
  BoundedText kept_diagnostics(outcome.diagnostics, outcome.diagnostics_truncated, spec.max_output_bytes);
  ChildRun run(std::move(*child), spec, is_interrupted, outcome);
  if (auto ended = run.pump(output != nullptr ? *output : kept_output, kept_diagnostics); !ended) {
    return std::unexpected(std::move(ended).error());
  }
  return outcome;
}

}  // namespace

PosixProcesses::PosixProcesses() : is_interrupted_([] { return pending_interrupt().has_value(); }) {}

base::Result<ports::ProcessOutcome> PosixProcesses::run(const ports::ProcessSpec& spec) {
  return run_child(spec, nullptr, is_interrupted_);
}

base::Result<ports::ProcessOutcome> PosixProcesses::stream(const ports::ProcessSpec& spec, ports::ByteSink& output) {
  return run_child(spec, &output, is_interrupted_);
}

base::Result<std::uint32_t> PosixProcesses::reap(const std::string& lease) { return reap_lease(lease); }

}  // namespace cachewitness::adapters
