#include "adapters/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "adapters/orphans.h"
#include "adapters/process_stat.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

struct Pair {
  UniqueFd ours;
  UniqueFd theirs;
};

Pair pair_of(const int (&ends)[2]) {
  return {lifted(UniqueFd(ends[0]), first_free_descriptor), lifted(UniqueFd(ends[1]), first_free_descriptor)};
}

Pair open_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return {};
  }
  Pair pipe = pair_of(ends);
  ::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK);  // our end only: the program's own end waits as it expects
  return pipe;
}

Pair open_control() {
  int ends[2] = {-1, -1};
  return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? pair_of(ends) : Pair{};
}

// Standard input as a file in memory: the child reads when it likes, or never, and nobody waits for anybody.
UniqueFd hold_input(std::string_view input) {
  UniqueFd fd = lifted(UniqueFd(::memfd_create("input", MFD_CLOEXEC)), first_free_descriptor);
  while (fd.is_open() && !input.empty()) {
    const ssize_t written = ::write(fd.get(), input.data(), input.size());
    if (written < 0 && errno != EINTR) {
      return {};
    }
    input.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  if (fd.is_open()) {
    ::lseek(fd.get(), 0, SEEK_SET);
  }
  return fd;
}

}  // namespace

base::Result<Child> Child::start(const ports::ProcessSpec& spec) {
  std::optional<Lease> lease;
  if (!spec.lease.empty()) {
    auto opened = Lease::open(spec.lease);
    if (!opened) {
      return std::unexpected(std::move(opened).error());
    }
    lease.emplace(std::move(*opened));
  }
  auto plan = ProgramPlan::make(spec, lease ? lease->mark() : std::string());
  if (!plan) {
    return std::unexpected(std::move(plan).error());
  }
  Child child(std::move(*plan), std::move(lease));
  if (auto launched = child.launch(spec); !launched) {
    return std::unexpected(std::move(launched).error());
  }
  return child;
}

base::Result<void> Child::launch(const ports::ProcessSpec& spec) {
  const UniqueFd input = hold_input(spec.input);
  Pair output = open_pipe();
  Pair diagnostics = open_pipe();
  Pair control = open_control();
  if (!input.is_open() || !output.theirs.is_open() || !diagnostics.theirs.is_open() || !control.theirs.is_open()) {
    return std::unexpected(plan_.not_started(StartStep::streams, errno));
  }
  supervisor_ = fork_supervisor();
  if (supervisor_ == 0) {
    supervise(plan_, {input.get(), output.theirs.get(), diagnostics.theirs.get(), control.theirs.get()});
  }
  if (supervisor_ < 0) {
    supervisor_ = 0;
    return std::unexpected(plan_.not_started(StartStep::fork, errno));
  }
  control_ = std::move(control.ours);
  output_ = std::move(output.ours);
  diagnostics_ = std::move(diagnostics.ours);
  const auto stat = read_process_stat(supervisor_);
  born_ = stat ? stat->started_at : 0;
  if (lease_) {
    if (auto noted = lease_->note_start(supervisor_); !noted) {
      return noted;  // ~Child ends the supervisor, which has started nothing yet
    }
  }
  send(Order::start);
  return {};
}

Child::Child(Child&& other) noexcept
    : plan_(std::move(other.plan_)),
      lease_(std::move(other.lease_)),
      supervisor_(std::exchange(other.supervisor_, 0)),
      born_(other.born_),
      control_(std::move(other.control_)),
      output_(std::move(other.output_)),
      diagnostics_(std::move(other.diagnostics_)) {}

Child::~Child() {
  if (supervisor_ != 0) {
    kill();
    static_cast<void>(take_end());
  }
}

void Child::kill_supervisor() const { ::kill(supervisor_, SIGKILL); }

void Child::send(Order order) const {
  const char letter = static_cast<char>(order);
  ::send(control_.get(), &letter, 1, MSG_NOSIGNAL);
}

base::Result<EndReport> Child::take_end() {
  CW_ASSERT(supervisor_ != 0);
  EndReport end;
  ssize_t got = 0;
  do {
    got = ::recv(control_.get(), &end, sizeof end, 0);
  } while (got < 0 && errno == EINTR);
  wait_for_supervisor(supervisor_);
  if (got != sizeof end) {  // somebody killed the supervisor, and the kernel the program with it
    end = EndReport();
    end.is_unwatched = true;
    end.strays = end_orphans(born_);
  }
  if (lease_) {
    lease_->note_end(supervisor_);
  }
  supervisor_ = 0;
  if (end.failed_step != StartStep::none) {
    return std::unexpected(plan_.not_started(end.failed_step, end.error));
  }
  return end;
}

}  // namespace cachewitness::adapters
