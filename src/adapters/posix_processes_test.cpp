#include "adapters/posix_processes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>

#include "adapters/unique_fd.h"
#include "support/process_census.h"

namespace cachewitness::adapters {

namespace {

using End = ports::ProcessOutcome::End;

ports::ProcessSpec shell(std::string script) {
  ports::ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", std::move(script)};
  return spec;
}

ports::ProcessOutcome ran(const ports::ProcessSpec& spec) {
  auto outcome = PosixProcesses().run(spec);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().text();
  return outcome.value_or(ports::ProcessOutcome{});
}

class Gatherer final : public ports::ByteSink {
 public:
  explicit Gatherer(std::size_t limit) : limit_(limit) {}
  base::Result<void> take(std::string_view bytes) override {
    taken += bytes.size();
    if (taken > limit_) {
      return base::fail(base::errors::usage, "the sink has had enough");
    }
    return {};
  }
  std::size_t taken = 0;

 private:
  std::size_t limit_;
};

}  // namespace

TEST(PosixProcesses, ReportsHowAProgramEnded) {
  struct Row {
    const char* name;
    const char* script;
    End end;
    int code;
    const char* output;
    const char* diagnostics;
  };
  const Row rows[] = {
      {"success", "echo out; echo err >&2", End::exited, 0, "out\n", "err\n"},
      {"failure", "echo half; exit 7", End::exited, 7, "half\n", ""},
      {"killed", "kill -KILL $$", End::signalled, SIGKILL, "", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto outcome = ran(shell(row.script));
    EXPECT_EQ(outcome.end, row.end);
    EXPECT_EQ(outcome.code, row.code);
    EXPECT_EQ(outcome.output, row.output);
    EXPECT_EQ(outcome.diagnostics, row.diagnostics);
    EXPECT_FALSE(outcome.output_truncated);
    EXPECT_GT(outcome.duration, base::Duration::zero());
  }
}

TEST(PosixProcesses, FeedsMoreInputThanAPipeHoldsWhileOutputFlowsBack) {
  ports::ProcessSpec spec;
  spec.argv = {"cat"};  // found by PATH
  spec.input = std::string(3'000'000, 'x');
  EXPECT_EQ(ran(spec).output, spec.input);
}

TEST(PosixProcesses, AProgramMayIgnoreItsInput) {
  ports::ProcessSpec spec = shell("exit 0");
  spec.input = std::string(3'000'000, 'x');
  EXPECT_EQ(ran(spec).code, 0);
}

TEST(PosixProcesses, GivesExactlyTheEnvironmentThatIsNamed) {
  ::setenv("CACHEWITNESS_SECRET_OF_OURS", "leaked", 1);
  ports::ProcessSpec spec;
  spec.argv = {"env"};
  spec.environment = {{"A", "1"}, {"B", "two words"}};
  EXPECT_EQ(ran(spec).output, "A=1\nB=two words\n");
  ::unsetenv("CACHEWITNESS_SECRET_OF_OURS");
}

TEST(PosixProcesses, PassesArgumentsAsTheyAre) {
  ports::ProcessSpec spec;
  spec.argv = {"printf", "%s|", "$HOME", "a b", "; rm x", "*"};
  EXPECT_EQ(ran(spec).output, "$HOME|a b|; rm x|*|");
}

TEST(PosixProcesses, StartsInTheGivenDirectory) {
  ports::ProcessSpec spec = shell("pwd");
  spec.working_directory = "/usr";
  EXPECT_EQ(ran(spec).output, "/usr\n");
}

TEST(PosixProcesses, InheritsNoDescriptorAndNoBlockedOrIgnoredSignal) {
  const UniqueFd leaky(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC, as a careless library would
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  auto* const old = ::signal(SIGPIPE, SIG_IGN);
  const auto outcome =
      ran(shell(R"(ls /proc/self/fd | wc -l; sed -n 's/^Sig\(Blk\|Ign\):.*\(.......\)$/\1 \2/p' /proc/self/status)"));
  ::signal(SIGPIPE, old);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  // Three streams and the one that ls itself opens on the directory. Of the masks the signals 1 to 28: glibc
  // keeps two of its own, 32 and 33, ignored in what it spawns.
  EXPECT_EQ(outcome.output, "4\nBlk 0000000\nIgn 0000000\n");
}

TEST(PosixProcesses, NamesTheProgramThatCannotBeStarted) {
  const std::string script = (std::filesystem::temp_directory_path() / "cachewitness-no-interpreter").string();
  std::ofstream(script) << "echo no first line\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  struct Row {
    const char* name;
    std::vector<std::string> argv;
    const char* directory;
    std::string message;
  };
  const Row rows[] = {
      {"not found",
       {"cachewitness-no-such-program"},
       "",
       "cannot start \"cachewitness-no-such-program\": No such file or directory; check that it is installed and on "
       "PATH, and that the interpreter in its first line exists"},
      {"not executable",
       {"/etc/passwd"},
       "",
       "cannot start \"/etc/passwd\": Permission denied; check that it is installed and may be executed"},
      {"no interpreter line",
       {script},
       "",
       "cannot start \"" + script +
           "\": Exec format error; a script needs a first line such as #!/usr/bin/env python3"},
      {"no directory",
       {"true"},
       "/nonexistent",
       "cannot start \"true\": its working directory \"/nonexistent\" does not exist; create it"},
      {"no name", {}, "", "cannot start a program without a name; give an argv list"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    ports::ProcessSpec spec;
    spec.argv = row.argv;
    spec.working_directory = row.directory;
    const auto outcome = PosixProcesses().run(spec);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().id, base::errors::program_failed);
    EXPECT_EQ(outcome.error().message, row.message);
  }
  std::filesystem::remove(script);
}

TEST(PosixProcesses, KeepsTheFirstBytesOfEachStreamAndDropsTheRest) {
  ports::ProcessSpec spec = shell("head -c 1000000 /dev/zero | tr '\\0' o; head -c 500 /dev/zero | tr '\\0' e >&2");
  spec.max_output_bytes = 1000;
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_EQ(outcome.output, std::string(1000, 'o'));
  EXPECT_TRUE(outcome.output_truncated);
  EXPECT_EQ(outcome.diagnostics, std::string(500, 'e'));
  EXPECT_FALSE(outcome.diagnostics_truncated);
}

TEST(PosixProcesses, AsksAProgramThatTakesTooLongToStop) {
  ports::ProcessSpec spec = shell("trap 'echo saved; exit 3' TERM; echo begun; while :; do sleep 0.01; done");
  spec.timeout = std::chrono::milliseconds(300);
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.output, "begun\nsaved\n");
}

TEST(PosixProcesses, CancelsAProgramWhenItIsAskedTo) {
  std::stop_source cancel;
  ports::ProcessSpec spec = shell("trap 'exit 3' TERM; echo begun; while :; do sleep 0.05; done");
  spec.stop = cancel.get_token();
  spec.timeout = std::chrono::minutes(2);
  class Canceller final : public ports::ByteSink {
   public:
    explicit Canceller(std::stop_source& cancel) : cancel_(cancel) {}
    base::Result<void> take(std::string_view) override {
      cancel_.request_stop();
      return {};
    }

   private:
    std::stop_source& cancel_;
  } canceller(cancel);
  // An interrupt is its owner's affair then.
  const auto outcome = PosixProcesses([] { return true; }).stream(spec, canceller);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->end, End::cancelled);
  EXPECT_FALSE(outcome->is_signalled);
  EXPECT_EQ(outcome->code, 3);
}

TEST(PosixProcesses, KillsAProgramThatDoesNotListen) {
  ports::ProcessSpec spec = shell("trap '' TERM; while :; do sleep 0.01; done");
  spec.timeout = std::chrono::milliseconds(100);
  const auto outcome = ran(spec);
  EXPECT_EQ(outcome.end, End::timed_out);
  EXPECT_EQ(outcome.code, SIGKILL);
  EXPECT_GE(outcome.duration, std::chrono::milliseconds(600)) << "half a second of grace";
}

TEST(PosixProcesses, AGrandchildThatKeepsThePipesOpenDoesNotHoldUpTheEnd) {
  const auto outcome = ran(shell("sleep 60 & echo $!"));
  EXPECT_EQ(outcome.end, End::exited);
  EXPECT_LT(outcome.duration, std::chrono::seconds(10));
  const pid_t stray = std::stoi(outcome.output);
  EXPECT_FALSE(testing::is_running(stray)) << "it must be killed with its program";
}

TEST(PosixProcesses, StreamsWithoutALimit) {
  ports::ProcessSpec spec = shell("head -c 5000000 /dev/zero; echo done >&2");
  spec.max_output_bytes = 10;
  Gatherer sink(10'000'000);
  const auto outcome = PosixProcesses().stream(spec, sink);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(sink.taken, 5'000'000U);
  EXPECT_EQ(outcome->output, "");
  EXPECT_EQ(outcome->diagnostics, "done\n");
}

TEST(PosixProcesses, AnErrorOfTheSinkStopsTheProgram) {
  ports::ProcessSpec spec;
  spec.argv = {"yes"};
  Gatherer sink(100'000);
  const auto outcome = PosixProcesses().stream(spec, sink);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().message, "the sink has had enough");
}

}  // namespace cachewitness::adapters
