// Programs that mean harm, or are broken in the ways that programs are. Whatever they do, the run ends within its
// limit, says what went wrong, and leaves nothing running.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "adapters/orphans.h"
#include "adapters/posix_processes.h"
#include "adapters/reactor.h"
#include "support/process_census.h"

namespace cachewitness::adapters {

namespace {

using End = ports::ProcessOutcome::End;

// Long enough for a busy machine, far from the minutes that these programs would like to run.
constexpr base::Duration soon = std::chrono::seconds(30);

class HostileProgram : public ::testing::Test {
 protected:
  ports::ProcessSpec program(std::vector<std::string> argv) {
    ports::ProcessSpec spec;
    spec.argv = std::move(argv);
    spec.environment = {{"PATH", "/usr/bin:/bin"}, {"HOSTILE", mark_}};
    spec.timeout = std::chrono::minutes(2);
    return spec;
  }
  ports::ProcessSpec shell(std::string script) { return program({"/bin/sh", "-c", std::move(script)}); }
  ports::ProcessSpec python(std::string script) { return program({"/usr/bin/python3", "-c", std::move(script)}); }

  ports::ProcessOutcome ran(const ports::ProcessSpec& spec) {
    auto outcome = PosixProcesses().run(spec);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().text();
    EXPECT_EQ(testing::running_with(entry()), std::vector<pid_t>()) << "left running";
    return outcome.value_or(ports::ProcessOutcome{});
  }
  [[nodiscard]] std::string entry() const { return "HOSTILE=" + mark_; }

  void expect_nothing_left_soon() const {
    const base::Tick deadline = monotonic_now() + soon;
    while (!testing::running_with(entry()).empty() && monotonic_now() < deadline) {
      std::this_thread::yield();  // the kernel takes its time to carry out a kill
    }
    EXPECT_EQ(testing::running_with(entry()), std::vector<pid_t>());
  }

 private:
  std::string mark_ =
      std::to_string(::getpid()) + "-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

}  // namespace

TEST_F(HostileProgram, ForkBombsEndAtTheLimitOfProcesses) {
  const ports::ProcessSpec bombs[] = {
      shell("bomb() { bomb | bomb & }; bomb; sleep 600"),
      python("import os\nwhile True: os.fork()"),
      python("import os\nwhile True:\n  if os.fork() == 0: os.setsid()"),
      python("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(600,)).start()"),
  };
  for (ports::ProcessSpec bomb : bombs) {
    SCOPED_TRACE(bomb.argv.back());
    bomb.confinement.processes = 40;
    const auto outcome = ran(bomb);
    EXPECT_EQ(outcome.end, End::over_limit);
    EXPECT_EQ(outcome.limit, ports::Limit::processes);
    EXPECT_LT(outcome.duration, soon);
    EXPECT_LT(outcome.strays, 80U);
    EXPECT_TRUE(outcome.sandbox.is_counting_exactly);
  }
}

TEST_F(HostileProgram, ManyProcessesOneAfterTheOtherAreNoBomb) {
  ports::ProcessSpec spec = shell("i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done; echo done");
  spec.confinement.processes = 4;
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.output, "done\n");
}

TEST_F(HostileProgram, AProcessThatIsForEverSomebodyElseIsCaught) {
  ports::ProcessSpec spec = python("import os\nos.setsid\nwhile True:\n  if os.fork(): os._exit(0)");
  spec.confinement.processes = 40;
  EXPECT_LT(ran(spec).duration, soon);
}

TEST_F(HostileProgram, DaemonsDoNotOutliveTheirProgram) {
  const auto outcome =
      ran(python("import os, time\n"
                 "for _ in range(3):\n"
                 "  if os.fork() == 0:\n"
                 "    os.setsid()\n"
                 "    if os.fork(): os._exit(0)\n"
                 "    os.closerange(0, 3)\n"
                 "    time.sleep(600)\n"
                 "for _ in range(3): os.wait()\n"
                 "print('served')"));
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.output, "served\n");
  EXPECT_EQ(outcome.strays, 3U);
  EXPECT_EQ(outcome.unstoppable, 0U);
}

TEST_F(HostileProgram, ProgramsSideBySideLoseOnlyTheirOwn) {
  const ports::ProcessSpec daemon = shell("setsid sleep 600 >/dev/null 2>&1 & echo $!");
  const ports::ProcessSpec patient = shell("setsid sh -c 'sleep 1; echo still here' & wait");
  ports::ProcessOutcome kept;
  {
    const std::jthread other([&] { kept = PosixProcesses().run(patient).value_or(ports::ProcessOutcome{}); });
    for (int round = 0; round < 5; ++round) {
      EXPECT_EQ(PosixProcesses().run(daemon)->strays, 1U);
    }
  }
  EXPECT_EQ(kept.output, "still here\n");
  expect_nothing_left_soon();
}

TEST_F(HostileProgram, TenGigabytesOfOutputEndAtTheLimit) {
  ports::ProcessSpec spec = program({"head", "-c", "10000000000", "/dev/zero"});
  spec.max_output_bytes = 1000;
  spec.overflow = ports::ProcessSpec::Overflow::stop;
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::over_limit);
  EXPECT_EQ(outcome.limit, ports::Limit::output);
  EXPECT_EQ(outcome.output.size(), 1000U);
  EXPECT_TRUE(outcome.output_truncated);
  EXPECT_LT(outcome.duration, soon);
}

TEST_F(HostileProgram, WhatIsDroppedIsCounted) {
  ports::ProcessSpec spec = shell("head -c 100000000 /dev/zero; head -c 20000 /dev/zero >&2");
  spec.max_output_bytes = 1000;
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.output_bytes, 100'000'000U);
  EXPECT_EQ(outcome.diagnostics_bytes, 20'000U);
  EXPECT_EQ(outcome.diagnostics.size(), 1000U);
}

TEST_F(HostileProgram, ClosingThePipesDoesNotHideAProgram) {
  ports::ProcessSpec spec = shell("exec <&- >&- 2>&-; trap '' TERM HUP; while :; do sleep 600; done");
  spec.timeout = std::chrono::milliseconds(200);
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_EQ(outcome.code, SIGKILL);
}

TEST_F(HostileProgram, LeavingTheSessionDoesNotHideFromTheTimeout) {
  ports::ProcessSpec spec = shell("trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 600' & wait");
  spec.timeout = std::chrono::milliseconds(200);
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_LT(outcome.duration, soon);
}

TEST_F(HostileProgram, StoppedProgramsAreEnded) {
  ports::ProcessSpec spec = shell("kill -STOP $$");
  spec.timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(ran(spec).end, End::timed_out);
}

TEST_F(HostileProgram, KillingTheSupervisorGainsNothing) {
  // Unconfined, it may: Landlock's scope of signals is what forbids it. It gains its own death.
  const auto outcome = PosixProcesses().run(shell("kill -KILL $PPID; exec sleep 600"));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->end, End::unwatched);
  EXPECT_LT(outcome->duration, soon);
  expect_nothing_left_soon();
}

// A program of the command line's, which is the reaper of what loses its supervisor.
class OrphanedProgram : public HostileProgram {
 protected:
  void SetUp() override { adopt_orphans(); }
  void TearDown() override { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }

  // Kills its supervisor and lives on, with a daemon of its own.
  ports::ProcessSpec murderer() {
    return python(
        "import ctypes, os, signal, time\n"
        "ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"  // PR_SET_PDEATHSIG: no signal
        "supervisor = os.getppid()\n"
        "if os.fork() == 0:\n"
        "  os.setsid()\n"
        "  if os.fork(): os._exit(0)\n"
        "  signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "  time.sleep(600)\n"
        "os.wait()\n"
        "os.kill(supervisor, signal.SIGKILL)\n"
        "time.sleep(600)");
  }
};

TEST_F(OrphanedProgram, IsEndedWithAllThatItStarted) {
  const auto outcome = ran(murderer());
  EXPECT_EQ(outcome.end, End::unwatched);
  EXPECT_EQ(outcome.strays, 2U);
  EXPECT_LT(outcome.duration, soon);
}

TEST_F(OrphanedProgram, TakesNoOtherWithIt) {
  // A program beside it, and a child of ours that is none of its family.
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ports::ProcessSpec waiting = shell("echo begun; while [ -e \"$GATE\" ]; do sleep 0.05; done; echo still here");
  const std::string path = std::filesystem::temp_directory_path() / ("gate-" + entry());
  std::ofstream(path).put('x');
  waiting.environment.emplace_back("GATE", path);
  ports::ProcessOutcome kept;
  {
    const std::jthread other([&] { kept = PosixProcesses().run(waiting).value_or(ports::ProcessOutcome{}); });
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(PosixProcesses().run(murderer())->end, End::unwatched);
    }
    std::filesystem::remove(path);
  }
  EXPECT_EQ(kept.output, "begun\nstill here\n");
  EXPECT_TRUE(testing::is_running(child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  expect_nothing_left_soon();
}

TEST_F(OrphanedProgram, StoppingTheSupervisorDoesNotStopTheTimeout) {
  ports::ProcessSpec spec = shell("kill -STOP $PPID; exec sleep 600");
  spec.timeout = std::chrono::milliseconds(200);
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_LT(outcome.duration, soon);
}

TEST_F(HostileProgram, EscapesOfATerminalAreHandedOnAsTheyAre) {
  EXPECT_EQ(ran(shell("printf '\\033]0;owned\\007\\033[2J'")).output, "\x1b]0;owned\x07\x1b[2J");
}

TEST_F(HostileProgram, DiesWithTheProcessThatStartedIt) {
  const ports::ProcessSpec spec = shell("setsid sh -c 'trap \"\" TERM; sleep 600' & trap '' TERM; echo; sleep 600");
  const pid_t runner = ::fork();
  if (runner == 0) {
    static_cast<void>(PosixProcesses().run(spec));
    ::_exit(0);
  }
  const base::Tick deadline = monotonic_now() + soon;
  while (testing::running_with(entry()).size() < 3 && monotonic_now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GE(testing::running_with(entry()).size(), 3U);
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  expect_nothing_left_soon();
}

}  // namespace cachewitness::adapters
