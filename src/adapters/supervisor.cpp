#include "adapters/supervisor.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <numeric>
#include <span>

#include "adapters/process_stat.h"
#include "adapters/program_start.h"
#include "adapters/reactor.h"
#include "adapters/unique_fd.h"

namespace cachewitness::adapters {

namespace {

constexpr int control_descriptor = STDERR_FILENO + 1;
constexpr int rules_descriptor = control_descriptor + 1;
static_assert(rules_descriptor < first_free_descriptor);

// More processes than this on the whole machine, and the rest are not seen.
constexpr std::size_t most_seen_processes = std::size_t{1} << 16;
constexpr base::Duration orphan_grace = std::chrono::milliseconds(500);
constexpr base::Duration longest_sweep = std::chrono::seconds(5);
constexpr int sweep_pause_ms = 10;
// Where nobody announces births.
constexpr int census_interval_ms = 100;

int milliseconds_until(base::Tick at) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at - monotonic_now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

class Supervisor {
 public:
  explicit Supervisor(const ProgramPlan& plan) : plan_(plan) {}

  // False where the program may not start any more.
  bool wait_for_start();
  bool prepare(const SupervisorStreams& streams);
  void launch();
  void watch();
  void report();

 private:
  void take_order();
  void take_notes();
  void answer_birth(bool is_asked);
  void take_ends();
  void count_family();
  [[nodiscard]] std::uint32_t living() const;
  void sweep();
  void await_ends() const;
  [[nodiscard]] int patience() const;
  void fail(StartStep step) {
    end_.failed_step = step;
    end_.error = errno;
  }

  const ProgramPlan& plan_;
  EndReport end_;
  std::span<ProcessStat> room_;
  std::span<ProcessStat> family_;
  UniqueFd control_;
  UniqueFd rules_;
  UniqueFd notes_;
  UniqueFd births_;
  UniqueFd child_signals_;
  pid_t program_ = 0;
  bool has_ended_ = false;
  std::uint32_t at_most_ = 1;                 // of the family are alive: as last counted, and all births since
  base::Tick kill_at_ = base::Tick::never();  // once our parent is gone
};

bool Supervisor::prepare(const SupervisorStreams& streams) {
  ::setsid();  // a terminal's Ctrl-C is our parent's to answer
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::dup2(streams.input, STDIN_FILENO);
  ::dup2(streams.output, STDOUT_FILENO);
  ::dup2(streams.diagnostics, STDERR_FILENO);
  ::dup3(streams.control, control_descriptor, O_CLOEXEC);
  control_.reset(control_descriptor);
  if (plan_.landlock_rules() >= 0) {
    ::dup3(plan_.landlock_rules(), rules_descriptor, O_CLOEXEC);
    rules_.reset(rules_descriptor);
  } else {
    ::close(rules_descriptor);
  }
  if (::close_range(rules_descriptor + 1, ~0U, 0) != 0) {
    fail(StartStep::streams);
    return false;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGCHLD);
  child_signals_.reset(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  void* const pages = ::mmap(nullptr, most_seen_processes * sizeof(ProcessStat), PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!child_signals_.is_open() || pages == MAP_FAILED) {
    fail(StartStep::streams);
    return false;
  }
  room_ = {static_cast<ProcessStat*>(pages), most_seen_processes};
  return true;
}

bool Supervisor::wait_for_start() {
  char order = 0;
  ssize_t got = 0;
  do {
    got = ::read(control_.get(), &order, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1 && order == static_cast<char>(Order::start);
}

void Supervisor::launch() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    fail(StartStep::streams);
    return;
  }
  notes_.reset(ends[0]);
  UniqueFd programs_end(ends[1]);
  const pid_t supervisor = ::getpid();
  program_ = ::fork();
  if (program_ == 0) {
    start_program(plan_, supervisor, rules_.get(), programs_end.get());
  }
  if (program_ < 0) {
    fail(StartStep::fork);
    program_ = 0;
  }
  // Its streams would never end as long as we hold them too.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::close(descriptor);
  }
  rules_.reset();
}

void Supervisor::watch() {
  while (program_ != 0) {
    std::array<pollfd, 4> watched{{{control_.get(), POLLIN, 0},
                                   {notes_.get(), POLLIN, 0},
                                   {births_.get(), POLLIN, 0},
                                   {child_signals_.get(), POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), patience());
    if (watched[2].revents != 0) {
      answer_birth((watched[2].revents & POLLIN) != 0);
    }
    if (watched[3].revents != 0) {
      take_ends();
    }
    take_notes();  // after its end, so that none of them is missed
    if (watched[0].revents != 0) {
      take_order();
    }
    if (plan_.most_processes() != 0 && !births_.is_open() && !notes_.is_open()) {
      count_family();
      end_.is_over_processes = end_.is_over_processes || living() > plan_.most_processes();
    }
    if (has_ended_ || end_.is_over_processes || monotonic_now() >= kill_at_) {
      sweep();
      return;
    }
  }
}

int Supervisor::patience() const {
  const bool is_counting = plan_.most_processes() != 0 && !births_.is_open();
  const int most = kill_at_ == base::Tick::never() ? -1 : milliseconds_until(kill_at_);
  return is_counting ? (most < 0 ? census_interval_ms : std::min(most, census_interval_ms)) : most;
}

void Supervisor::take_order() {
  char order = 0;
  const ssize_t got = ::read(control_.get(), &order, 1);
  if (got < 0) {
    return;
  }
  if (got == 0) {
    control_.reset();  // our parent is gone, and nobody will say when to kill
    kill_at_ = monotonic_now() + orphan_grace;
  }
  if (order == static_cast<char>(Order::kill)) {
    kill_at_ = monotonic_now();
  } else if (!has_ended_) {
    ::kill(-program_, SIGTERM);
  }
}

void Supervisor::take_notes() {
  StartNote note;
  int listener = -1;
  NoteRead read = NoteRead::none;
  while (notes_.is_open() && (read = receive_note(notes_.get(), note, listener)) == NoteRead::note) {
    if (note.failed_step != StartStep::none) {
      end_.failed_step = note.failed_step;
      end_.error = note.error;
      continue;
    }
    births_.reset(listener);
    end_.is_counting_exactly = note.is_counting_exactly;
    end_.is_refusing_calls = note.is_refusing_calls;
    end_.landlock = note.landlock;
  }
  if (read == NoteRead::end) {
    notes_.reset();
  }
}

// A process of the family is about to have a child or a thread, and waits.
void Supervisor::answer_birth(bool is_asked) {
  seccomp_notif birth{};
  if (!is_asked || ::ioctl(births_.get(), SECCOMP_IOCTL_NOTIF_RECV, &birth) != 0) {
    if (!is_asked) {
      births_.reset();  // nobody is left who could ask
    }
    return;  // whoever asked may have been killed meanwhile
  }
  if (at_most_ >= plan_.most_processes()) {
    count_family();
    at_most_ = living();
  }
  if (at_most_ >= plan_.most_processes()) {
    end_.is_over_processes = true;  // no answer: it waits until it is killed
    return;
  }
  ++at_most_;
  seccomp_notif_resp answer{};
  answer.id = birth.id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ::ioctl(births_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

// Of the program, and of those that lost their parents.
void Supervisor::take_ends() {
  signalfd_siginfo ignored{};
  while (::read(child_signals_.get(), &ignored, sizeof ignored) > 0) {
  }
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended <= 0) {
      return;
    }
    if (ended == program_) {
      has_ended_ = true;
      end_.status = status;
    }
  }
}

void Supervisor::count_family() { family_ = descendants_of(::getpid(), list_processes(room_)); }

std::uint32_t Supervisor::living() const {
  return std::accumulate(family_.begin(), family_.end(), 0U,
                         [](std::uint32_t sum, const ProcessStat& process) { return sum + process.threads; });
}

// Kills until nobody is left: as their reaper we then have no child any more. A family that may announce its births
// cannot grow meanwhile, because a fork without a listener fails.
void Supervisor::sweep() {
  births_.reset();
  const base::Tick deadline = monotonic_now() + longest_sweep;
  for (bool is_first = true;; is_first = false) {
    take_ends();
    siginfo_t ignored{};
    if (::waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD) {
      return;
    }
    count_family();
    const auto is_alive = [this](const ProcessStat& process) { return process.threads > 0 && process.pid != program_; };
    const auto alive = static_cast<std::uint32_t>(std::ranges::count_if(family_, is_alive));
    end_.strays = is_first ? alive : end_.strays;
    if (monotonic_now() >= deadline) {
      end_.unstoppable = alive;
      return;
    }
    for (const ProcessStat& process : family_) {
      ::kill(process.pid, SIGKILL);
    }
    await_ends();
  }
}

void Supervisor::await_ends() const {
  pollfd ended{child_signals_.get(), POLLIN, 0};
  ::poll(&ended, 1, sweep_pause_ms);
}

void Supervisor::report() {
  rusage use{};
  ::getrusage(RUSAGE_CHILDREN, &use);
  const auto microseconds = [](const timeval& time) { return time.tv_sec * std::int64_t{1'000'000} + time.tv_usec; };
  end_.user_time_us = microseconds(use.ru_utime);
  end_.system_time_us = microseconds(use.ru_stime);
  end_.max_resident_kib = use.ru_maxrss;
  ::send(control_.get(), &end_, sizeof end_, MSG_NOSIGNAL);
}

}  // namespace

void supervise(const ProgramPlan& plan, const SupervisorStreams& streams) noexcept {
  Supervisor supervisor(plan);
  const bool is_ready = supervisor.prepare(streams);
  if (supervisor.wait_for_start()) {
    if (is_ready) {
      supervisor.launch();
      supervisor.watch();
    }
    supervisor.report();
  }
  ::_exit(0);
}

}  // namespace cachewitness::adapters
