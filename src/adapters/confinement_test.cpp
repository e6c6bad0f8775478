// What the kernel keeps a program from, with real programs.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "adapters/landlock.h"
#include "adapters/posix_processes.h"

namespace cachewitness::adapters {

namespace {

using End = ports::ProcessOutcome::End;

class ConfinedProgram : public ::testing::Test {
 protected:
  ConfinedProgram() {
    std::string path = (std::filesystem::temp_directory_path() / "confined-XXXXXX").string();
    root_ = ::mkdtemp(path.data());
    for (const char* name : {"work", "data", "secret"}) {
      std::filesystem::create_directory(root_ / name);
      std::ofstream(root_ / name / "file") << name << '\n';
    }
  }
  ~ConfinedProgram() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] ports::ProcessSpec shell(std::string script) const {
    ports::ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", std::move(script)};
    spec.environment = {{"PATH", "/usr/bin:/bin"}};
    spec.working_directory = root_ / "work";
    return spec;
  }
  [[nodiscard]] ports::ProcessSpec in_folders(std::string script) const {
    ports::ProcessSpec spec = shell(std::move(script));
    spec.confinement.files = ports::FileAccess{{root_ / "data"}, {root_ / "work"}};
    return spec;
  }
  static ports::ProcessOutcome ran(const ports::ProcessSpec& spec) {
    auto outcome = PosixProcesses().run(spec);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().text();
    return outcome.value_or(ports::ProcessOutcome{});
  }

  std::filesystem::path root_;
};

// Makes the kernel look as one without this system call.
void forget_call(unsigned number) {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(steps), steps};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

}  // namespace

TEST_F(ConfinedProgram, ReadsAndWritesWhereItMay) {
  if (landlock_abi() == 0) {
    GTEST_SKIP() << "this kernel has no Landlock: what it keeps programs from stays untested here";
  }
  struct Row {
    const char* script;
    bool works;
  };
  const Row rows[] = {
      {"echo new > file && mkdir folder && mv file folder/file && rm -r folder", true},
      {"cat ../data/file", true},
      {"echo x > ../data/file", false},
      {"echo x > ../outside", false},
      {"echo x > /tmp/confined-outside", false},
      {"mkdir ../folder", false},
      {"rm ../data/file", false},
      {"truncate -s 0 ../data/file", false},
      {"mv ../data/file .", false},
      {"ln -s ../secret/file link && cat link", false},
      {"cat ../secret/file", false},
      {"ls ../secret", false},
      {"ls /root", false},
      {"cat /proc/$PPID/environ", false},
      {"kill -0 $PPID", landlock_abi() < 6},
      {"ulimit -H -c 5", false},
      {"echo x > /dev/null && head -c 1 /dev/urandom > /dev/null", true},
      {"sh -c 'setsid sh -c \"echo x > ../outside\"'", false},
      {"/usr/bin/python3 -c 'import json, ssl, subprocess'", true},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.script);
    const auto outcome = ran(in_folders(row.script));
    EXPECT_EQ(outcome.end, End::exited);
    EXPECT_EQ(outcome.code == 0, row.works) << outcome.diagnostics;
    EXPECT_EQ(outcome.sandbox.landlock, landlock_abi());
  }
  EXPECT_FALSE(std::filesystem::exists(root_ / "outside"));
  EXPECT_EQ(std::filesystem::file_size(root_ / "data" / "file"), 5U);
}

TEST_F(ConfinedProgram, MayBeAProgramThatLiesInNoSystemFolder) {
  std::filesystem::copy_file("/bin/echo", root_ / "secret" / "own-echo");
  ports::ProcessSpec spec = in_folders("");
  spec.argv = {root_ / "secret" / "own-echo", "hello"};
  EXPECT_EQ(ran(spec).output, "hello\n");
  spec.argv = {"../secret/own-echo", "found"};
  EXPECT_EQ(ran(spec).output, "found\n");
}

TEST_F(ConfinedProgram, IsRefusedCallsThatAdministerAMachine) {
  const char* const scripts[] = {
      "unshare --user true",
      "unshare --mount true",
      "mount -t tmpfs none /mnt",
      "chroot / true",
      "date -s @0",
      "hostname other",
      "/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
      "/usr/bin/python3 -c 'import ctypes, os; os._exit(0 if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 else 1)'",
  };
  for (const char* script : scripts) {
    SCOPED_TRACE(script);
    ports::ProcessSpec spec = shell(script);
    spec.confinement.refuses_calls = true;
    const auto outcome = ran(spec);
    EXPECT_EQ(outcome.end, End::exited);
    EXPECT_NE(outcome.code, 0);
    EXPECT_EQ(outcome.sandbox.text(), "seccomp");
  }
}

TEST_F(ConfinedProgram, WorksAsUsualUnderEverythingAtOnce) {
  ports::ProcessSpec spec = in_folders(
      "/usr/bin/python3 -c 'import subprocess, threading\n"
      "threading.Thread(target=print, args=(\"thread\",)).start()\n"
      "print(subprocess.check_output([\"echo\", \"child\"], text=True), end=\"\")'");
  spec.confinement.refuses_calls = true;
  spec.confinement.processes = 20;
  spec.confinement.memory_bytes = std::uint64_t{2} << 30;
  spec.confinement.cpu_time = std::chrono::minutes(1);
  spec.confinement.file_bytes = std::uint64_t{1} << 20;
  spec.confinement.open_files = 64;
  spec.confinement.is_required = landlock_abi() != 0;
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::exited) << outcome.diagnostics;
  EXPECT_EQ(outcome.output, "thread\nchild\n") << outcome.diagnostics;
  EXPECT_TRUE(outcome.sandbox.is_counting_exactly);
  EXPECT_GT(outcome.use.max_resident_bytes, std::uint64_t{1} << 20);
  EXPECT_GT(outcome.use.user_time + outcome.use.system_time, base::Duration::zero());
}

TEST_F(ConfinedProgram, EndsAtItsLimits) {
  ports::ProcessSpec spinning = shell("while :; do :; done");
  spinning.confinement.cpu_time = std::chrono::milliseconds(600);  // rounded up
  auto outcome = ran(spinning);
  EXPECT_EQ(outcome.end, End::over_limit);
  EXPECT_EQ(outcome.limit, ports::Limit::cpu_time);

  ports::ProcessSpec writing = shell("");
  writing.argv = {"dd", "if=/dev/zero", "of=big", "bs=1000", "count=1000"};
  writing.confinement.file_bytes = 5000;
  outcome = ran(writing);
  EXPECT_EQ(outcome.end, End::over_limit);
  EXPECT_EQ(outcome.limit, ports::Limit::file_bytes);
  EXPECT_EQ(std::filesystem::file_size(root_ / "work" / "big"), 5000U);

  ports::ProcessSpec hungry = shell("/usr/bin/python3 -c 'x = bytes(1 << 30)'");
  hungry.confinement.memory_bytes = std::uint64_t{256} << 20;
  outcome = ran(hungry);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.diagnostics.find("MemoryError"), std::string::npos) << outcome.diagnostics;

  ports::ProcessSpec opening = shell("ulimit -n; ulimit -c");
  opening.confinement.open_files = 20;
  EXPECT_EQ(ran(opening).output, "20\n0\n");
}

TEST_F(ConfinedProgram, SaysWhatWasNotInForce) {
  EXPECT_EXIT(
      {
        forget_call(SYS_landlock_create_ruleset);
        ports::ProcessSpec spec = in_folders("echo ran");
        spec.confinement.refuses_calls = true;
        const auto outcome = PosixProcesses().run(spec);
        std::_Exit(outcome && outcome->output == "ran\n" && outcome->sandbox.text() == "seccomp" ? 42 : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

TEST_F(ConfinedProgram, DoesNotStartWithoutASandboxThatIsRequired) {
  struct Row {
    unsigned missing;
    const char* message;
  };
  const Row rows[] = {
      {SYS_landlock_create_ruleset,
       "\"/bin/sh\" was not started: this kernel offers no Landlock (Linux 5.13 or later, with landlock among the "
       "modules that lsm= names); run it where that works, or do not require the sandbox"},
      {SYS_landlock_restrict_self,
       "\"/bin/sh\" was not started: the kernel refused its Landlock rules (Function not implemented); run it where "
       "that works, or do not require the sandbox"},
      {SYS_seccomp,
       "\"/bin/sh\" was not started: the kernel refused its seccomp filter (Function not implemented); run it where "
       "that works, or do not require the sandbox"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.message);
    EXPECT_EXIT(
        {
          forget_call(row.missing);
          ports::ProcessSpec spec = in_folders("echo ran > proof");
          spec.confinement.refuses_calls = true;
          spec.confinement.is_required = true;
          const auto outcome = PosixProcesses().run(spec);
          const bool is_right = !outcome && outcome.error().id == base::errors::sandbox_unavailable &&
                                outcome.error().message == row.message;
          std::fputs(outcome ? "it ran" : outcome.error().text().c_str(), stderr);
          std::_Exit(is_right ? 42 : 1);
        },
        ::testing::ExitedWithCode(42), "");
    EXPECT_FALSE(std::filesystem::exists(root_ / "work" / "proof"));
  }
}

TEST_F(ConfinedProgram, IsCountedByLookingWhereNothingAnnouncesBirths) {
  EXPECT_EXIT(
      {
        forget_call(SYS_seccomp);
        ports::ProcessSpec spec = shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 600 & done; wait");
        spec.confinement.processes = 5;
        const auto outcome = PosixProcesses().run(spec);
        std::_Exit(outcome && outcome->limit == ports::Limit::processes && !outcome->sandbox.is_counting_exactly ? 42
                                                                                                                 : 1);
      },
      ::testing::ExitedWithCode(42), "");
}

}  // namespace cachewitness::adapters
