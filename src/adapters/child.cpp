#include "adapters/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "adapters/system_error.h"
#include "base/assert.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

constexpr short spawn_flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;

// Where one of our own standard streams is closed, a new descriptor may get its number, and giving the
// child its streams one after the other would overwrite it.
UniqueFd above_standard_streams(UniqueFd fd) {
  return fd.get() > STDERR_FILENO || !fd.is_open() ? std::move(fd)
                                                   : UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Pipe open_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return {};
  }
  Pipe pipe{above_standard_streams(UniqueFd(ends[0])), above_standard_streams(UniqueFd(ends[1]))};
  ::fcntl(pipe.reader.get(), F_SETFL, O_NONBLOCK);  // our end only: the program's own end waits as it expects
  return pipe;
}

// Standard input as a file in memory: the child reads when it likes, or never, and nobody waits for anybody.
UniqueFd hold_input(std::string_view input) {
  UniqueFd fd = above_standard_streams(UniqueFd(::memfd_create("input", MFD_CLOEXEC)));
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

// posix_spawn wants arrays of char*, and does not write through them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, spawn_flags);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void give_streams(int input, int output, int diagnostics) {
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, diagnostics, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  }

  // Returns 0 or errno, of the exec too.
  int spawn(const ports::ProcessSpec& spec, pid_t& pid) {
    if (!spec.working_directory.empty()) {
      ::posix_spawn_file_actions_addchdir_np(&actions_, spec.working_directory.c_str());
    }
    std::vector<std::string> arguments = spec.argv;
    std::vector<std::string> variables;
    variables.reserve(spec.environment.size());
    for (const auto& [name, value] : spec.environment) {
      variables.push_back(fmt::format("{}={}", name, value));
    }
    return ::posix_spawnp(&pid, arguments.front().c_str(), &actions_, &attributes_, pointers_to(arguments).data(),
                          pointers_to(variables).data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::unexpected<base::Error> not_started(const ports::ProcessSpec& spec, int error) {
  std::string_view advice = "check that it is installed and may be executed";
  if (error == ENOENT) {
    advice = "check that it is installed and on PATH, and that the interpreter in its first line exists";
  } else if (error == ENOEXEC) {
    advice = "a script needs a first line such as #!/usr/bin/env python3";
  } else if (error == E2BIG) {
    advice = "pass less in its arguments and environment";
  }
  return base::fail(base::errors::program_failed,
                    fmt::format("cannot start \"{}\": {}; {}", base::printable(spec.argv.front(), 1000),
                                system_error_text(error), advice));
}

// The wrapper in glibc 2.36's <sys/pidfd.h> lacks extern "C" and cannot be linked from C++.
int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

bool is_directory(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

base::Result<Child> Child::start(const ports::ProcessSpec& spec) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return base::fail(base::errors::program_failed, "cannot start a program without a name; give an argv list");
  }
  if (!spec.working_directory.empty() && !is_directory(spec.working_directory)) {
    return base::fail(
        base::errors::program_failed,
        fmt::format("cannot start \"{}\": its working directory \"{}\" does not exist; create it",
                    base::printable(spec.argv.front(), 1000), base::printable(spec.working_directory, 1000)));
  }
  const UniqueFd input = hold_input(spec.input);
  Pipe output = open_pipe();
  Pipe diagnostics = open_pipe();
  if (!input.is_open() || !output.writer.is_open() || !diagnostics.writer.is_open()) {
    return not_started(spec, errno);
  }
  SpawnPlan plan;
  plan.give_streams(input.get(), output.writer.get(), diagnostics.writer.get());
  pid_t pid = 0;
  if (const int error = plan.spawn(spec, pid); error != 0) {
    return not_started(spec, error);
  }
  Child child(pid, UniqueFd(open_pidfd(pid)));
  if (!child.pidfd_.is_open()) {
    return not_started(spec, errno);  // ~Child ends the program that nobody could watch
  }
  child.output_ = std::move(output.reader);
  child.diagnostics_ = std::move(diagnostics.reader);
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      diagnostics_(std::move(other.diagnostics_)) {}

Child::~Child() {
  if (pid_ != 0) {
    take_status();
  }
}

void Child::signal_group(int signal) const { ::kill(-pid_, signal); }

Child::Status Child::take_status() {
  CW_ASSERT(pid_ != 0);
  signal_group(SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFSIGNALED(status) ? Status{true, WTERMSIG(status)} : Status{false, WEXITSTATUS(status)};
}

}  // namespace cachewitness::adapters
