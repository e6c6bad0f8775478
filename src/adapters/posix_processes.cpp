#include "adapters/posix_processes.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <optional>
#include <utility>

#include "adapters/child.h"
#include "adapters/interrupts.h"
#include "adapters/reactor.h"

namespace cachewitness::adapters {

namespace {

constexpr base::Duration grace = std::chrono::milliseconds(500);
// How long an interrupt that arrived between the question and the wait may go unnoticed.
constexpr base::Duration interrupt_check_interval = std::chrono::milliseconds(100);
// What an escaped grandchild may still write after the end; more than a pipe can hold at once.
constexpr int max_reads_after_end = 32;

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
  ChildRun(Child child, base::Duration timeout, const std::function<bool()>& is_interrupted)
      : child_(std::move(child)),
        is_interrupted_(is_interrupted),
        start_(monotonic_now()),
        stop_at_(start_ + timeout) {}

  base::Result<ports::ProcessOutcome::End> pump(ports::ByteSink& output, ports::ByteSink& diagnostics);
  Child::Status take_status() { return child_.take_status(); }
  [[nodiscard]] base::Duration duration() const { return monotonic_now() - start_; }

 private:
  struct Stream {
    int fd;  // -1 after its end
    ports::ByteSink& sink;
  };
  enum class Stop : std::uint8_t { none, timeout, interrupt, sink };

  void wait(const Stream& output, const Stream& diagnostics);
  void read_some(Stream& stream);
  void read_rest(Stream& stream);
  void check_time();
  void stop(Stop why);

  Child child_;
  const std::function<bool()>& is_interrupted_;
  base::Tick start_;
  base::Tick stop_at_;  // the timeout; once asked to stop, the moment of SIGKILL
  bool is_ended_ = false;
  Stop stopped_by_ = Stop::none;
  std::optional<base::Error> sink_error_;
  std::array<char, std::size_t{64} << 10> buffer_;
};

base::Result<ports::ProcessOutcome::End> ChildRun::pump(ports::ByteSink& output, ports::ByteSink& diagnostics) {
  Stream out{child_.output(), output};
  Stream err{child_.diagnostics(), diagnostics};
  while (!is_ended_) {
    wait(out, err);
    read_some(out);
    read_some(err);
    check_time();
  }
  // Strays in its group would go on writing for ever.
  child_.signal_group(SIGKILL);
  read_rest(out);
  read_rest(err);
  if (sink_error_) {
    return std::unexpected(std::move(*sink_error_));
  }
  switch (stopped_by_) {
    case Stop::timeout:
      return ports::ProcessOutcome::End::timed_out;
    case Stop::interrupt:
      return ports::ProcessOutcome::End::signalled;
    default:
      return ports::ProcessOutcome::End::exited;
  }
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
  if (got <= 0 || sink_error_) {
    return;
  }
  if (auto taken = stream.sink.take({buffer_.data(), static_cast<std::size_t>(got)}); !taken) {
    sink_error_ = std::move(taken).error();
    stop(Stop::sink);
  }
}

void ChildRun::read_rest(Stream& stream) {
  for (int reads = 0; reads < max_reads_after_end && stream.fd >= 0; ++reads) {
    pollfd ready{stream.fd, POLLIN, 0};
    if (::poll(&ready, 1, 0) != 1) {
      return;
    }
    read_some(stream);
  }
}

void ChildRun::check_time() {
  if (stopped_by_ == Stop::none && is_interrupted_()) {
    stop(Stop::interrupt);
  }
  if (is_ended_ || monotonic_now() < stop_at_) {
    return;
  }
  if (stopped_by_ == Stop::none) {
    stop(Stop::timeout);
  } else {
    child_.signal_group(SIGKILL);
    stop_at_ = stop_at_ + grace;  // a program in an uninterruptible wait ends when the kernel lets it
  }
}

void ChildRun::stop(Stop why) {
  if (stopped_by_ == Stop::none) {
    stopped_by_ = why;
    child_.signal_group(SIGTERM);
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
  ChildRun run(std::move(*child), spec.timeout, is_interrupted);
  auto end = run.pump(output != nullptr ? *output : kept_output, kept_diagnostics);
  if (!end) {
    return std::unexpected(std::move(end).error());
  }
  const Child::Status status = run.take_status();
  outcome.end =
      *end == ports::ProcessOutcome::End::exited && status.is_signalled ? ports::ProcessOutcome::End::signalled : *end;
  outcome.code = status.code;
  if (outcome.end == ports::ProcessOutcome::End::signalled && !status.is_signalled) {
    outcome.code = SIGTERM;  // interrupted, and it left in good order
  }
  outcome.duration = run.duration();
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

}  // namespace cachewitness::adapters
