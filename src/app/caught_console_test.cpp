#include "app/caught_console.h"

#include <gmock/gmock.h>

namespace cachewitness::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CaughtConsole, TellsDiagnosticsWithoutTheProgramsNameAndWithoutEmptyLines) {
  CaughtConsole console;
  console.err("cachewitness: note: one\n\ncachewitness: ");
  console.err("two\n  cachewitness: as it stands");
  EXPECT_THAT(console.diagnostics(), ElementsAre("note: one", "two", "  cachewitness: as it stands"));
}

TEST(CaughtConsole, KeepsTheResultApartFromDiagnostics) {
  CaughtConsole console;
  EXPECT_TRUE(console.out("{\"a\":"));
  EXPECT_TRUE(console.out("1}\n"));
  EXPECT_EQ(console.result(), "{\"a\":1}\n");
  EXPECT_THAT(console.diagnostics(), IsEmpty());
}

}  // namespace
}  // namespace cachewitness::app
