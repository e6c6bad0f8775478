#include "http/h2/literal_memo.h"

#include <gtest/gtest.h>

#include <string>

#include "http/h2/hpack_decoder.h"

namespace cachewitness::http::h2 {
namespace {

TableEntry entry_of(const std::string& line, std::uint32_t name_size) {
  TableEntry entry;
  entry.line = line.data();
  entry.name_size = name_size;
  entry.value_size = static_cast<std::uint32_t>(line.size() - name_size - 4);
  entry.value_defect = FieldDefect::bad_value;
  return entry;
}

TEST(LiteralMemo, KeepsWhatComesTwice) {
  LiteralMemo memo;
  const std::string line = "server: edge\r\n";
  const std::string literal = "12345678 any bytes";
  EXPECT_EQ(memo.find(literal), nullptr);
  memo.keep(literal, entry_of(line, 6));
  EXPECT_EQ(memo.find(literal), nullptr);
  memo.keep(literal, entry_of(line, 6));
  const TableEntry* known = memo.find(literal);
  ASSERT_NE(known, nullptr);
  EXPECT_NE(known->line, line.data());
  EXPECT_EQ(std::string_view(known->line, known->line_size()), line);
  EXPECT_EQ(known->value_defect, FieldDefect::bad_value);
  // Another one with the same hash: it differs where the hash does not look.
  std::string other(64, 'x');
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(memo.find(other), nullptr);
    memo.keep(other, entry_of(line, 6));
  }
  EXPECT_NE(memo.find(other), nullptr);
  other[12] = 'y';
  EXPECT_EQ(memo.find(other), nullptr);
}

TEST(LiteralMemo, IsNotEmptiedByWhatComesOnce) {
  LiteralMemo memo;
  const std::string line = "server: edge\r\n";
  for (int twice = 0; twice < 2; ++twice) {
    if (memo.find("literal of the server") == nullptr) {
      memo.keep("literal of the server", entry_of(line, 6));
    }
  }
  for (int i = 0; i < 10'000; ++i) {
    const std::string unique = "unique " + std::to_string(i);
    if (memo.find(unique) == nullptr) {
      memo.keep(unique, entry_of(line, 6));
    }
  }
  EXPECT_NE(memo.find("literal of the server"), nullptr);
}

// The name of a dynamic number is whatever stands there now: such a literal must be read each time.
TEST(LiteralMemo, IsNotAskedForNamesOfTheDynamicTable) {
  HpackDecoder decoder({});
  const std::string value =
      "\x0a"
      "same-value";
  for (const std::string name : {"first", "other", "third"}) {
    ASSERT_TRUE(decoder.decode("\x40" + std::string(1, '\x05') + name + "\x01v"));
    ASSERT_TRUE(decoder.decode("\x0f\x2f" + value));  // 15 + 47 = 62, the newest entry
    EXPECT_EQ(decoder.text(), name + ": same-value\r\n");
  }
}

}  // namespace
}  // namespace cachewitness::http::h2
