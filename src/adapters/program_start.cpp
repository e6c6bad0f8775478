#include "adapters/program_start.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "adapters/landlock.h"

namespace cachewitness::adapters {

namespace {

constexpr int exit_code_of_failure = 127;  // never seen: the note says more
// SIGXCPU at the limit, SIGKILL this much later.
constexpr rlim_t cpu_grace_s = 1;

// What root may still do in a sandbox: with files as their owner might, and listen on any port. Without the rest its
// limits and rules hold as for any user; it could raise the ones and read around the others (/proc/PID/environ).
constexpr unsigned kept_capabilities[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,
                                          CAP_KILL,  CAP_SETGID,       CAP_SETUID, CAP_NET_BIND_SERVICE};

union DescriptorMessage {
  cmsghdr header;
  char room[CMSG_SPACE(sizeof(int))];
};

void send_note(int channel, StartNote note, int descriptor = -1) {
  iovec content{&note, sizeof note};
  DescriptorMessage control{};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
  }
  while (::sendmsg(channel, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void give_up(int channel, StartStep step, int error) {
  StartNote note;
  note.failed_step = step;
  note.error = error;
  send_note(channel, note);
  ::_exit(exit_code_of_failure);
}

void restore_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, &standard, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool set_limits(const ProgramPlan& plan) {
  return std::ranges::all_of(plan.limits(), [](const auto& wanted) {
    const auto [resource, most] = wanted;
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    const rlim_t hard = resource == RLIMIT_CPU ? most + cpu_grace_s : most;
    limit.rlim_max = std::min(limit.rlim_max, hard);
    limit.rlim_cur = std::min(limit.rlim_max, most);
    return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0;
  });
}

// Returns the listener's descriptor, or -1.
int filter_calls(const ProgramPlan& plan, int channel, StartNote& level) {
  int result = -EINVAL;
  if (!plan.counting_filter().empty()) {
    result = apply_call_filter(plan.counting_filter(), true);
    level.is_counting_exactly = result >= 0;
  }
  const int listener = level.is_counting_exactly ? result : -1;
  if (!level.is_counting_exactly && !plan.plain_filter().empty()) {
    result = apply_call_filter(plan.plain_filter(), false);
  }
  level.is_refusing_calls = plan.refuses_calls() && result >= 0;
  if (plan.refuses_calls() && plan.is_required() && result < 0) {
    give_up(channel, StartStep::seccomp, -result);
  }
  return listener;
}

void drop_capabilities() {
  std::uint32_t kept = 0;
  for (const unsigned capability : kept_capabilities) {
    kept |= 1U << capability;
  }
  for (unsigned capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (capability >= 32 || (kept >> capability & 1U) == 0) {
      ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, sets) == 0) {
    sets[0] = {sets[0].effective & kept, sets[0].permitted & kept, 0};
    sets[1] = {};
    ::syscall(SYS_capset, &header, sets);  // a subset of what it had is always granted
  }
}

void confine(const ProgramPlan& plan, int landlock_rules, int channel) {
  StartNote level;
  if (landlock_rules >= 0 || plan.refuses_calls() || plan.most_processes() != 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  }
  if (landlock_rules >= 0) {
    const int error = apply_landlock(landlock_rules);
    level.landlock = error == 0 ? plan.landlock_abi() : 0;
    if (error != 0 && plan.is_required()) {
      give_up(channel, StartStep::landlock, error);
    }
  }
  const int listener = filter_calls(plan, channel, level);
  send_note(channel, level, listener);
  if (listener >= 0) {
    ::close(listener);
  }
  if (landlock_rules >= 0 || plan.refuses_calls()) {
    drop_capabilities();
  }
}

// As execvp(3) goes through PATH: a folder that does not have it, or may not be looked into, is passed over.
int execute(const ProgramPlan& plan) {
  int error = ENOENT;
  for (const std::string& path : plan.candidates()) {
    ::execve(path.c_str(), plan.arguments(), plan.variables());
    if (errno == EACCES) {
      error = EACCES;
    } else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG && errno != ELOOP) {
      return errno;
    }
  }
  return error;
}

}  // namespace

void start_program(const ProgramPlan& plan, pid_t supervisor, int landlock_rules, int channel) noexcept {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != supervisor) {
    ::_exit(exit_code_of_failure);  // it died before we asked to die with it
  }
  restore_signals();
  if (plan.directory() != nullptr && ::chdir(plan.directory()) != 0) {
    give_up(channel, StartStep::directory, errno);
  }
  if (!set_limits(plan)) {
    give_up(channel, StartStep::limits, errno);
  }
  confine(plan, landlock_rules, channel);
  give_up(channel, StartStep::exec, execute(plan));
}

NoteRead receive_note(int channel, StartNote& note, int& listener) noexcept {
  iovec content{&note, sizeof note};
  DescriptorMessage control{};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control.room;
  message.msg_controllen = sizeof control.room;
  listener = -1;
  ssize_t length = 0;
  do {
    length = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (length < 0 && errno == EINTR);
  if (length != sizeof note) {
    return length < 0 && errno == EAGAIN ? NoteRead::none : NoteRead::end;
  }
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&listener, CMSG_DATA(header), sizeof listener);
  }
  return NoteRead::note;
}

}  // namespace cachewitness::adapters
