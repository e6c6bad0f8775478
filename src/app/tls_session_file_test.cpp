#include "app/tls_session_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/memory_network.h"
#include "support/memory_ports.h"

namespace cachewitness::testing {

namespace {

class SessionNetwork final : public MemoryNetwork {
 public:
  std::string exported;
  std::string imported;

  [[nodiscard]] std::string export_sessions() const override { return exported; }
  bool import_sessions(std::string_view state) override {
    imported = state;
    return state == "sessions";
  }
};

class TlsSessionFileTest : public ::testing::Test {
 protected:
  static constexpr const char* path = "/home/w/.cache/cachewitness/tls-sessions.zst";

  TlsSessionFileTest() { environment_.variables["HOME"] = "/home/w"; }

  SessionNetwork network_;
  NetworkClock clock_{network_, base::Instant{0}};
  CountingEntropy entropy_;
  MemoryEnvironment environment_;
  MemoryFiles files_;
  ScriptedProcesses processes_;
  MemoryResolver resolver_;
  MemoryConsole console_;
  ScriptedInterrupts interrupts_{network_};
  app::Ports ports_{clock_, entropy_, environment_, files_, processes_, resolver_, network_, console_, interrupts_};
};

}  // namespace

TEST_F(TlsSessionFileTest, StandsWhereTheEnvironmentKeepsCaches) {
  struct Row {
    const char* cache;
    const char* home;
    const char* path;
  };
  const Row rows[] = {
      {nullptr, "/home/w", path},    {"/c", "/home/w", "/c/cachewitness/tls-sessions.zst"},
      {"relative", "/home/w", path}, {"", "/home/w", path},
      {nullptr, nullptr, ""},        {nullptr, "", ""},
  };
  for (const Row& row : rows) {
    MemoryEnvironment environment;
    if (row.cache != nullptr) {
      environment.variables["XDG_CACHE_HOME"] = row.cache;
    }
    if (row.home != nullptr) {
      environment.variables["HOME"] = row.home;
    }
    EXPECT_EQ(app::tls_session_path(environment), row.path);
  }
}

TEST_F(TlsSessionFileTest, GoesFromOneRunToTheNext) {
  app::load_tls_sessions(ports_, {&network_}, true);
  EXPECT_EQ(network_.imported, "") << "nothing there yet is nothing to talk about";
  network_.exported = "sessions";
  app::save_tls_sessions(ports_, {&network_}, true);
  EXPECT_EQ(files_.contents[path], "sessions");
  app::load_tls_sessions(ports_, {&network_}, true);
  EXPECT_EQ(network_.imported, "sessions");
  EXPECT_EQ(console_.err_text, "");
}

TEST_F(TlsSessionFileTest, StaysAsItIsWhereThereIsNothingToKeep) {
  files_.contents[path] = "sessions";
  app::save_tls_sessions(ports_, {&network_}, true);
  EXPECT_EQ(files_.contents[path], "sessions");
}

TEST_F(TlsSessionFileTest, IsIgnoredWhereItIsBrokenAndAVerboseRunSaysSo) {
  files_.contents[path] = "nonsense";
  app::load_tls_sessions(ports_, {&network_}, false);
  EXPECT_EQ(console_.err_text, "");
  app::load_tls_sessions(ports_, {&network_}, true);
  EXPECT_EQ(console_.err_text, std::string("cachewitness: note: no TLS sessions of earlier runs: \"") + path +
                                   "\" is broken, or another version's\n");
}

TEST_F(TlsSessionFileTest, IsDoneWithoutWhereItCannotBeWritten) {
  network_.exported = "sessions";
  files_.unwritable.emplace_back(path);
  app::save_tls_sessions(ports_, {&network_}, false);
  EXPECT_EQ(console_.err_text, "");
  app::save_tls_sessions(ports_, {&network_}, true);
  EXPECT_THAT(console_.err_text,
              ::testing::StartsWith("cachewitness: note: TLS sessions are not kept for later runs: cannot write"));
  files_.unwritable.clear();
  files_.full.emplace_back(path);
  app::save_tls_sessions(ports_, {&network_}, true);
  EXPECT_FALSE(files_.contents.contains(path));
}

}  // namespace cachewitness::testing
