#include "base/shell_word.h"

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

TEST(ShellWord, StandsAsItIsWhereAShellTakesItSo) {
  EXPECT_EQ(shell_word("https://one.example.com/a,b=c%20d+e@f:1"), "https://one.example.com/a,b=c%20d+e@f:1");
}

TEST(ShellWord, IsQuotedWhereAShellWouldReadMore) {
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word("[ab]*"), "'[ab]*'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
}

TEST(ShellWord, ShowsWhatATerminalMustNotSee) { EXPECT_EQ(shell_word("\x1b[2J"), "'\\x1b[2J'"); }

}  // namespace
}  // namespace cachewitness::base
