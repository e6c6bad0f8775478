#include "base/json_writer.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"

namespace cachewitness::base {
namespace {

// One document with every kind of value in it.
std::string sample(JsonWriter::Layout layout) {
  std::string out;
  JsonWriter json(out, layout);
  json.begin_object();
  json.member("text", "a\"b\n\xFF");
  json.member("least", std::numeric_limits<std::int64_t>::min());
  json.member("most", std::numeric_limits<std::uint64_t>::max());
  json.member("share", 0.986);
  json.member("is_it", true);
  json.member("none", std::optional<int>());
  json.strings("names", std::vector<std::string>{"x", "y"});
  json.begin_array("list");
  json.value(1);
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.value(nullptr);
  json.end_array();
  json.end_array();
  json.end_object();
  return out;
}

TEST(JsonWriter, WritesOneLineWhereCompact) {
  EXPECT_EQ(sample(JsonWriter::Layout::compact),
            R"({"text":"a\"b\n\\xFF","least":-9223372036854775808,"most":18446744073709551615,"share":0.986,)"
            R"("is_it":true,"none":null,"names":["x","y"],"list":[1,{},[null]]})");
}

TEST(JsonWriter, LeavesNothingInAStringThatATerminalWouldObey) {
  struct Row {
    std::string_view name;
    std::string_view text;
    std::string_view expected;
  };
  const Row rows[] = {
      {"plain", "caf\u00E9", "\"caf\u00E9\""},
      {"escape", "\x1b[2J", R"("\u001b[2J")"},
      {"delete", "\x7f", R"("\u007f")"},
      {"C1 control sequence introducer", "\u009B2J", R"("\u009b2J")"},
      {"bidirectional override", "\u202Ecod", R"("\u202ecod")"},
      {"line separator", "\u2028", R"("\u2028")"},
      {"byte order mark", "\uFEFF", R"("\ufeff")"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    std::string json;
    append_json_string(json, row.text);
    EXPECT_EQ(json, row.expected);
  }
}

TEST(JsonWriter, IndentsByTwoAndKeepsShortListsOnOneLine) {
  EXPECT_EQ(sample(JsonWriter::Layout::indented), R"({
  "text": "a\"b\n\\xFF",
  "least": -9223372036854775808,
  "most": 18446744073709551615,
  "share": 0.986,
  "is_it": true,
  "none": null,
  "names": ["x", "y"],
  "list": [
    1,
    {},
    [
      null
    ]
  ]
})");
}

}  // namespace
}  // namespace cachewitness::base
