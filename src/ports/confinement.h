// Confinement: what a program of the user's may take and touch. By default there is none: it may do what we may.
// What the kernel enforces differs from machine to machine; ProcessOutcome::sandbox tells what was in force.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace cachewitness::ports {

// The part of the file system that a program sees. Absolute paths of folders or files, with everything below them;
// one that does not exist is as good as not named. Always readable: what the system's programs need (/usr, /etc, /proc
// and the like), the program itself and its working directory. Always writable: /dev/null and its kin.
struct FileAccess {
  std::vector<std::string> readable;  // and executable
  std::vector<std::string> writable;  // readable too
};

// 0 = no limit. The program's family is itself and all its descendants.
struct Confinement {
  base::Duration cpu_time{};       // of each process, in whole seconds, rounded up
  std::uint64_t memory_bytes = 0;  // address space of each process
  std::uint64_t file_bytes = 0;    // of each file that it writes
  std::uint32_t open_files = 0;    // of each process
  // Processes and threads of the family that are alive at once. One more, and the whole family is ended. A burst may
  // pass the limit by those that are being born at the moment of counting, which are fewer than it.
  std::uint32_t processes = 0;
  std::optional<FileAccess> files{};
  // Refuses system calls that administer a machine (mount, ptrace, bpf, modules, clocks, namespaces and the like).
  // With this or with `files`, root loses the capabilities for it too, and nobody gains any (no_new_privs): sudo fails.
  bool refuses_calls = false;
  // Where the kernel cannot enforce `files` or `refuses_calls`, the program is not started at all.
  bool is_required = false;
};

// What was really in force.
struct SandboxLevel {
  std::uint32_t landlock = 0;      // the ABI version of the rules; 0 = none
  bool is_refusing_calls = false;  // seccomp
  // Every new process was counted before it ran; otherwise the family is counted ten times a second.
  bool is_counting_exactly = false;

  // "landlock:7,seccomp", or "none".
  [[nodiscard]] std::string text() const {
    std::string words = landlock != 0 ? "landlock:" + std::to_string(landlock) : "";
    if (is_refusing_calls) {
      words += words.empty() ? "seccomp" : ",seccomp";
    }
    return words.empty() ? "none" : words;
  }
};

}  // namespace cachewitness::ports
