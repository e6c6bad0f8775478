#include "mcp/bounded_json.h"

#include <gtest/gtest.h>

#include <string>

namespace cachewitness::mcp {

TEST(BoundedJson, LeavesWhatIsSmallAndPutsItOnOneLine) {
  EXPECT_EQ(bounded_json("{\n  \"a\": [1, 2],\n  \"b\": \"x\\ny\"\n}\n", 100), R"({"a":[1,2],"b":"x\ny"})");
}

TEST(BoundedJson, HalvesTheLongestListsAndTellsTheirLength) {
  std::string findings;
  for (int i = 0; i < 1000; ++i) {
    findings += (i == 0 ? "" : ",") + std::string(R"({"why":"because of this and that"})");
  }
  const std::string text = bounded_json(
      R"({"exit_code":1,"report":{"outcome":"FAILURE","findings":[)" + findings + R"(],"edges":[1,2,3]}})", 2000);
  EXPECT_LE(text.size(), 2000U);
  EXPECT_NE(text.find(R"("outcome":"FAILURE")"), std::string::npos);
  EXPECT_NE(text.find(R"("edges":[1,2,3])"), std::string::npos);
  EXPECT_NE(text.find(R"("truncated":{"report.findings":1000})"), std::string::npos);
}

TEST(BoundedJson, GivesUpOnWhatHasNoListsToCut) {
  const std::string long_text = R"({"a":")" + std::string(500, 'x') + R"(","b":[1,2,3]})";
  EXPECT_EQ(bounded_json(long_text, 100), R"({"a":")" + std::string(500, 'x') + R"(","b":[1],"truncated":{"b":3}})");
}

TEST(BoundedJson, IsEmptyForWhatIsNoObject) {
  for (const char* text : {"", "[]", "1", "{", "{\"a\":}"}) {
    EXPECT_EQ(bounded_json(text, 100), "") << text;
  }
}

}  // namespace cachewitness::mcp
