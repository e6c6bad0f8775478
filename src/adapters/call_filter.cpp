#include "adapters/call_filter.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "adapters/unique_fd.h"

namespace cachewitness::adapters {

namespace {

using Context = std::unique_ptr<void, decltype(&::seccomp_release)>;

// Nothing that proves or purges a cache needs these; each changes the machine, looks into other processes or has been
// a way out of confinement. A name that a machine does not have is passed over.
constexpr const char* refused_calls[] = {
    // the file system's layout
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
    "fspick", "mount_setattr", "open_by_handle_at", "name_to_handle_at", "quotactl", "quotactl_fd", "swapon", "swapoff",
    "fanotify_init", "lookup_dcookie", "nfsservctl",
    // other processes, namespaces
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "setns", "unshare",
    // the kernel
    "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module", "create_module",
    "kexec_load", "kexec_file_load", "reboot", "acct", "syslog", "iopl", "ioperm", "modify_ldt", "vm86", "vm86old",
    "add_key", "request_key", "keyctl", "vhangup", "sethostname", "setdomainname", "ioprio_set", "_sysctl",
    // clocks: evidence lives by them
    "settimeofday", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime", "clock_adjtime64", "stime"};
constexpr std::uint64_t namespace_flags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                             CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
// Frames and kernel interfaces rather than connections.
constexpr std::uint64_t refused_families[] = {AF_PACKET, AF_ALG, AF_VSOCK, AF_KEY, AF_XDP};
// Keystrokes into someone's terminal.
constexpr std::uint64_t refused_terminal_requests[] = {TIOCSTI, TIOCLINUX};
constexpr std::uint32_t low_half = 0xFFFFFFFFU;  // of an argument that the kernel takes as 32 bits

std::uint64_t all_namespace_flags() {
  std::uint64_t all = 0;
  for (const std::uint64_t flag : namespace_flags) {
    all |= flag;
  }
  return all;
}

class FilterDraft {
 public:
  FilterDraft() : context_(::seccomp_init(SCMP_ACT_ALLOW), &::seccomp_release) {
    ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a search tree: most calls pass in few steps
  }

  void refuse_administration() {
    const std::uint32_t refusal = SCMP_ACT_ERRNO(EPERM);
    for (const char* name : refused_calls) {
      add(refusal, name);
    }
    for (const std::uint64_t flag : namespace_flags) {
      add(refusal, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag));
    }
    for (const std::uint64_t family : refused_families) {
      add(refusal, "socket", SCMP_A0_64(SCMP_CMP_MASKED_EQ, low_half, family));
    }
    for (const std::uint64_t request : refused_terminal_requests) {
      add(refusal, "ioctl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, low_half, request));
    }
    // A filter cannot see the flags of clone3, and not what is asked of io_uring; their callers know other ways.
    for (const char* name : {"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"}) {
      add(SCMP_ACT_ERRNO(ENOSYS), name);
    }
  }

  void announce_births(bool is_refusing) {
    for (const char* name : {"fork", "vfork"}) {
      add(SCMP_ACT_NOTIFY, name);
    }
    if (is_refusing) {
      add(SCMP_ACT_NOTIFY, "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, all_namespace_flags(), 0));
    } else {
      add(SCMP_ACT_NOTIFY, "clone");
      add(SCMP_ACT_NOTIFY, "clone3");
    }
  }

  [[nodiscard]] CallFilter finish() const {
    const UniqueFd file(::memfd_create("filter", MFD_CLOEXEC));
    if (!is_good_ || ::seccomp_export_bpf(context_.get(), file.get()) != 0) {
      return {};
    }
    const off_t bytes = ::lseek(file.get(), 0, SEEK_END);
    CallFilter filter(bytes > 0 ? static_cast<std::size_t>(bytes) / sizeof(sock_filter) : 0);
    const bool is_whole = ::pread(file.get(), filter.data(), static_cast<std::size_t>(bytes), 0) == bytes;
    return is_whole ? filter : CallFilter();
  }

 private:
  template <typename... Conditions>
  void add(std::uint32_t action, const char* name, Conditions... conditions) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) {
      return;
    }
    const int error = ::seccomp_rule_add(context_.get(), action, number, sizeof...(conditions), conditions...);
    // -EDOM: the call is none of this architecture's.
    is_good_ = is_good_ && (error == 0 || error == -EDOM);
  }

  Context context_;
  bool is_good_ = true;
};

int install(const CallFilter& filter, unsigned long flags) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  return result < 0 ? -errno : static_cast<int>(result);
}

}  // namespace

CallFilter make_call_filter(const FilterWishes& wishes) {
  if (!wishes.refuses_calls && !wishes.announces_births) {
    return {};
  }
  FilterDraft draft;
  if (wishes.refuses_calls) {
    draft.refuse_administration();
  }
  if (wishes.announces_births) {
    draft.announce_births(wishes.refuses_calls);
  }
  return draft.finish();
}

int apply_call_filter(const CallFilter& filter, bool announces_births) {
  if (!announces_births) {
    return install(filter, 0);
  }
  // A program that gets many signals would ask again and again; kernels since 5.19 let it wait undisturbed.
  const int listener = install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  return listener == -EINVAL ? install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER) : listener;
}

}  // namespace cachewitness::adapters
