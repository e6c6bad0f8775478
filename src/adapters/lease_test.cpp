#include "adapters/lease.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "adapters/posix_processes.h"
#include "adapters/process_stat.h"
#include "adapters/reactor.h"
#include "support/process_census.h"

namespace cachewitness::adapters {

namespace {

class LeaseFile : public ::testing::Test {
 protected:
  LeaseFile() {
    std::string path = (std::filesystem::temp_directory_path() / "lease-XXXXXX").string();
    folder_ = ::mkdtemp(path.data());
  }
  ~LeaseFile() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ / "lease"; }
  [[nodiscard]] std::string text() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const { std::ofstream(path()) << text; }

  // What a run with this owner, of this boot, wrote.
  [[nodiscard]] static std::string lease_of(pid_t owner, std::uint64_t start, const std::string& lines) {
    std::ifstream boot("/proc/sys/kernel/random/boot_id");
    std::string id;
    boot >> id;
    const std::string identity = std::to_string(owner) + ":" + std::to_string(start);
    return "cachewitness-lease 1\nmark " + id + ":" + identity + "\nowner " + std::to_string(owner) + " " +
           std::to_string(start) + "\n" + lines;
  }

  std::filesystem::path folder_;
};

// One that has ended, and was reaped.
pid_t ended_process() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::_exit(0);
  }
  ::waitpid(pid, nullptr, 0);
  return pid;
}

pid_t first_started(const std::string& text) {
  const std::size_t at = text.find("started ");
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + 8);
}

}  // namespace

TEST_F(LeaseFile, NamesWhatRunsAndWhatHasEnded) {
  ports::ProcessSpec spec;
  spec.argv = {"sh", "-c", "echo $CACHEWITNESS_LEASE; cat " + path()};
  spec.lease = path();
  const auto outcome = PosixProcesses().run(spec);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().text();
  const std::string mark = outcome->output.substr(0, outcome->output.find('\n'));
  EXPECT_NE(outcome->output.find("\nmark " + mark + "\nowner " + std::to_string(::getpid()) + " "), std::string::npos);
  EXPECT_NE(first_started(outcome->output), 0);
  EXPECT_EQ(outcome->output.find("ended"), std::string::npos);
  EXPECT_NE(text().find("ended " + std::to_string(first_started(text()))), std::string::npos);
  const auto reaped = PosixProcesses().reap(path());
  ASSERT_TRUE(reaped.has_value()) << reaped.error().text();
  EXPECT_EQ(*reaped, 0U);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

// The runner and its supervisor are killed at once, so that nobody is left to clean up.
TEST_F(LeaseFile, ReapsWhatAKilledRunLeftBehind) {
  ports::ProcessSpec spec;
  spec.argv = {"sh", "-c", "setsid sh -c 'sleep 600; true' >/dev/null 2>&1 & setsid sleep 600"};
  spec.environment = {{"PATH", "/usr/bin:/bin"}, {"LEFT_BY", path()}};
  spec.lease = path();
  const pid_t runner = ::fork();
  if (runner == 0) {
    static_cast<void>(PosixProcesses().run(spec));
    ::_exit(0);
  }
  const std::string entry = "LEFT_BY=" + path();
  const base::Tick deadline = monotonic_now() + std::chrono::seconds(30);
  while (testing::running_with(entry).size() < 4 && monotonic_now() < deadline) {
    std::this_thread::yield();
  }
  ASSERT_GE(testing::running_with(entry).size(), 4U);
  const auto in_progress = reap_lease(path());
  ASSERT_FALSE(in_progress.has_value());
  EXPECT_EQ(in_progress.error().id, base::errors::run_in_progress);

  const pid_t supervisor = first_started(text());
  ASSERT_GT(supervisor, 1);
  ::kill(supervisor, SIGSTOP);  // or it would do its work as soon as the runner is gone
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  ::kill(supervisor, SIGKILL);
  EXPECT_GE(testing::running_with(entry).size(), 3U);
  const auto reaped = reap_lease(path());
  ASSERT_TRUE(reaped.has_value()) << reaped.error().text();
  EXPECT_GE(*reaped, 3U);
  EXPECT_TRUE(testing::running_with(entry).empty());
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(LeaseFile, LeavesWhoeverGotTheNumberSince) {
  const pid_t bystander = ::fork();
  if (bystander == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto stat = read_process_stat(bystander);
  ASSERT_TRUE(stat.has_value());
  const std::string name = "started " + std::to_string(bystander) + " ";
  struct Row {
    const char* name;
    std::string text;
    std::uint32_t reaped;
  };
  const pid_t owner = ended_process();
  const Row rows[] = {
      {"another start", lease_of(owner, 1, name + std::to_string(stat->started_at - 1) + "\n"), 0},
      {"ended",
       lease_of(owner, 1,
                name + std::to_string(stat->started_at) + "\nended " + std::to_string(bystander) + " " +
                    std::to_string(stat->started_at) + "\n"),
       0},
      {"another boot",
       "cachewitness-lease 1\nmark x:" + std::to_string(owner) + ":1\nowner " + std::to_string(owner) + " 1\n" + name +
           std::to_string(stat->started_at) + "\n",
       0},
      {"a torn line", lease_of(owner, 1, name + std::to_string(stat->started_at)), 0},
      {"the very process", lease_of(owner, 1, name + std::to_string(stat->started_at) + "\n"), 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    write(row.text);
    const auto reaped = reap_lease(path());
    ASSERT_TRUE(reaped.has_value()) << reaped.error().text();
    EXPECT_EQ(*reaped, row.reaped);
    EXPECT_EQ(testing::is_running(bystander), row.reaped == 0);
  }
  ::kill(bystander, SIGKILL);
  ::waitpid(bystander, nullptr, 0);
}

TEST_F(LeaseFile, RefusesAFileThatIsNone) {
  write("root:x:0:0\n");
  for (const auto& result : {reap_lease(path()), PosixProcesses().reap(path())}) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message,
              "the lease " + path() + ": this file is no lease; name another one, or remove it");
  }
  EXPECT_EQ(text(), "root:x:0:0\n");
  EXPECT_EQ(reap_lease(folder_ / "nothing").value_or(9), 0U) << "what is not there is fine";
}

}  // namespace cachewitness::adapters
