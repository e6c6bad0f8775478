#include "probe/body_mask.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cachewitness::probe {
namespace {

using Masks = std::vector<manifest::BodyMask>;

TEST(BodyMask, TakesOutWhatDiffersByDesign) {
  struct Row {
    const char* name;
    Masks masks;
    std::string body;
    std::string left;
  };
  const Row rows[] = {
      {"no match", {{"nonce=\"[^\"]*\"", "", ""}}, "<p>plain</p>", "<p>plain</p>"},
      {"every match", {{"nonce=\"[^\"]*\"", "", ""}}, "<a nonce=\"1\"><b nonce=\"22\">", "<a ><b >"},
      {"at both ends", {{"[0-9]+", "", ""}}, "12ab34", "ab"},
      {"a match that may be empty is no endless loop", {{"x*y?", "", ""}}, "axxb", "ab"},
      {"between texts", {{"", "<!--t", "-->"}}, "a<!--t 1-->b<!--t 2-->c", "abc"},
      {"a start without an end", {{"", "<!--t", "-->"}}, "a<!--t 1-->b<!--t 2", "ab<!--t 2"},
      {"texts that overlap", {{"", "--", "--"}}, "a--x--y--", "ay--"},
      {"one after the other", {{"b", "", ""}, {"ac", "", ""}}, "abcd", "d"},
      {"bytes that are no UTF-8", {{"\\xff+", "", ""}}, std::string("a\xff\xff") + "b", "ab"},
      {"an anchored pattern counts once", {{"^a", "", ""}}, "aab", "ab"},
      {"an empty body", {{"a", "", ""}, {"", "b", "c"}}, "", ""},
  };
  for (const Row& row : rows) {
    std::string body = row.body;
    EXPECT_EQ(BodyMask(row.masks).apply(body), row.body.size() - row.left.size()) << row.name;
    EXPECT_EQ(body, row.left) << row.name;
  }
}

// What makes a backtracking engine take for ever.
TEST(BodyMask, TakesLinearTimeWhateverThePeerSends) {
  std::string body(200'000, 'a');
  EXPECT_EQ(BodyMask({{"(a*)*b", "", ""}}).apply(body), 0U);
}

}  // namespace
}  // namespace cachewitness::probe
