#include "http/h2/hpack_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"

namespace cachewitness::http::h2 {
namespace {

// Hexadecimal as RFC 7541 prints it, in groups.
std::string bytes(std::string_view dump) {
  std::string digits;
  for (const char c : dump) {
    digits += c == ' ' ? "" : std::string(1, c);
  }
  return base::parse_hex(digits).value();
}

struct Step {
  std::string_view block;
  std::string_view text;
  std::size_t table_bytes;
};

struct Vector {
  std::string_view name;
  std::size_t table_bytes;
  std::vector<Step> steps;
};

constexpr std::string_view request_1 = ":method: GET\r\n:scheme: http\r\n:path: /\r\n:authority: www.example.com\r\n";
constexpr std::string_view request_2 =
    ":method: GET\r\n:scheme: http\r\n:path: /\r\n:authority: www.example.com\r\ncache-control: no-cache\r\n";
constexpr std::string_view request_3 =
    ":method: GET\r\n:scheme: https\r\n:path: /index.html\r\n:authority: www.example.com\r\n"
    "custom-key: custom-value\r\n";
constexpr std::string_view response_1 =
    ":status: 302\r\ncache-control: private\r\ndate: Mon, 21 Oct 2013 20:13:21 GMT\r\n"
    "location: https://www.example.com\r\n";
constexpr std::string_view response_2 =
    ":status: 307\r\ncache-control: private\r\ndate: Mon, 21 Oct 2013 20:13:21 GMT\r\n"
    "location: https://www.example.com\r\n";
constexpr std::string_view response_3 =
    ":status: 200\r\ncache-control: private\r\ndate: Mon, 21 Oct 2013 20:13:22 GMT\r\n"
    "location: https://www.example.com\r\ncontent-encoding: gzip\r\n"
    "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\r\n";

TEST(HpackDecoder, ReadsTheExamplesOfRfc7541AppendixC) {
  const std::vector<Vector> vectors{
      {"C.2.1",
       4096,
       {{"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "custom-key: custom-header\r\n", 55}}},
      {"C.2.2", 4096, {{"040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path\r\n", 0}}},
      {"C.2.3", 4096, {{"1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret\r\n", 0}}},
      {"C.2.4", 4096, {{"82", ":method: GET\r\n", 0}}},
      {"C.3",
       4096,
       {{"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", request_1, 57},
        {"8286 84be 5808 6e6f 2d63 6163 6865", request_2, 110},
        {"8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", request_3, 164}}},
      {"C.4",
       4096,
       {{"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", request_1, 57},
        {"8286 84be 5886 a8eb 1064 9cbf", request_2, 110},
        {"8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", request_3, 164}}},
      {"C.5",
       256,
       {{"4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 "
         "474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
         response_1, 222},
        {"4803 3330 37c1 c0bf", response_2, 222},
        {"88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 "
         "666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 "
         "3630 303b 2076 6572 7369 6f6e 3d31",
         response_3, 215}}},
      {"C.6",
       256,
       {{"4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 "
         "63c7 8f0b 97c8 e9ae 82ae 43d3",
         response_1, 222},
        {"4883 640e ffc1 c0bf", response_2, 222},
        {"88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 "
         "b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
         response_3, 215}}}};
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.name);
    HpackDecoder decoder({}, vector.table_bytes);
    for (const Step& step : vector.steps) {
      ASSERT_TRUE(decoder.decode(bytes(step.block)));
      EXPECT_EQ(decoder.text(), step.text);
      EXPECT_EQ(decoder.table_bytes(), step.table_bytes);
      EXPECT_FALSE(decoder.is_too_large());
    }
  }
}

TEST(HpackDecoder, NamesWhatItCannotRead) {
  const struct {
    std::string_view name;
    std::string_view block;
    HpackDefect defect;
  } rows[] = {{"index 0", "80", HpackDefect::bad_index},
              {"an index of the empty table", "be", HpackDefect::bad_index},
              {"a name of the empty table", "7e 0161", HpackDefect::bad_index},
              {"an index that does not end", "ff", HpackDefect::truncated},
              {"an endless integer", "ff 8080 8080 8001", HpackDefect::bad_integer},
              {"an integer of more than 32 bits", "ff ffff ffff 7f", HpackDefect::bad_integer},
              {"a literal without a value", "40 0161", HpackDefect::truncated},
              {"a literal without a name", "40", HpackDefect::truncated},
              {"a string longer than its block", "40 0161 0561", HpackDefect::truncated},
              {"padding of a whole byte", "40 0161 82 1fff", HpackDefect::bad_huffman_code},
              {"padding of zeros", "40 0161 81 18", HpackDefect::bad_huffman_code},
              {"the end-of-string symbol", "40 0161 84 ffffffff", HpackDefect::bad_huffman_code},
              {"the end-of-string symbol in a long string", "40 0161 8c ffffffff 0000000000000000",
               HpackDefect::bad_huffman_code},
              {"a table above the limit", "3f e2 1f", HpackDefect::bad_table_size},
              {"a table size after a field", "82 20", HpackDefect::bad_table_size}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    HpackDecoder decoder({});
    const auto decoded = decoder.decode(bytes(row.block));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error(), row.defect) << name(decoded.error());
  }
}

TEST(HpackDecoder, EvictsTheOldestAndKeepsItsOrderThroughManyTurnsOfTheRing) {
  HpackDecoder decoder({}, 128);  // three entries of 38 to 40 bytes
  for (int i = 0; i < 1000; ++i) {
    const std::string value = "v" + std::to_string(i);
    ASSERT_TRUE(decoder.decode(bytes("40 0178") + std::string(1, static_cast<char>(value.size())) + value));
    if (i < 2) {
      continue;
    }
    ASSERT_TRUE(decoder.decode(bytes("be bf c0")));
    EXPECT_EQ(decoder.text(), "x: v" + std::to_string(i) + "\r\nx: v" + std::to_string(i - 1) + "\r\nx: v" +
                                  std::to_string(i - 2) + "\r\n");
    EXPECT_LE(decoder.table_bytes(), 128U);
  }
  EXPECT_FALSE(decoder.decode(bytes("c1")));
}

TEST(HpackDecoder, TakesTheNameOfAnEntryThatItsOwnInsertionEvicts) {
  HpackDecoder decoder({}, 48);
  ASSERT_TRUE(decoder.decode(bytes("40 0161 0162")));  // a: b
  ASSERT_TRUE(decoder.decode(bytes("7e 0163")));       // the name of that, and another value
  EXPECT_EQ(decoder.text(), "a: c\r\n");
  ASSERT_TRUE(decoder.decode(bytes("be")));
  EXPECT_EQ(decoder.text(), "a: c\r\n");
}

TEST(HpackDecoder, EmptiesItsTableForWhatDoesNotFitAndWhenToldTo) {
  HpackDecoder decoder({}, 64);
  ASSERT_TRUE(decoder.decode(bytes("40 0161 0162")));
  ASSERT_TRUE(decoder.decode(bytes("40 0161 28") + std::string(40, 'c')));
  EXPECT_EQ(decoder.table_bytes(), 0U);
  ASSERT_TRUE(decoder.decode(bytes("40 0161 0162")));
  ASSERT_TRUE(decoder.decode(bytes("20 3f 21 82")));  // to nothing, and to 64 again
  EXPECT_EQ(decoder.table_bytes(), 0U);
  decoder.start();
  ASSERT_TRUE(decoder.decode(bytes("40 0161 0162")));
  EXPECT_EQ(decoder.table_bytes(), 34U);
}

TEST(HpackDecoder, DropsWhatIsOverALimitAndKeepsItsTableInStep) {
  const struct {
    std::string_view name;
    HeadLimits limits;
    std::string block;
  } rows[] = {{"bytes",
               {.head_bytes = 100},
               bytes("0001 61 40") + std::string(64, 'x') + bytes("0001 61 40") + std::string(64, 'x')},
              {"fields", {.fields = 2}, bytes("888888")},
              {"bytes of a value", {.value_bytes = 10}, bytes("0001 61 0b") + std::string(11, 'x')}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    HpackDecoder decoder(row.limits);
    ASSERT_TRUE(decoder.decode(row.block + bytes("40 0161 0162")));
    EXPECT_TRUE(decoder.is_too_large());
    EXPECT_TRUE(decoder.lines().empty());
    ASSERT_TRUE(decoder.decode(bytes("be")));
    EXPECT_FALSE(decoder.is_too_large());
    EXPECT_EQ(decoder.text(), "a: b\r\n");
  }
}

TEST(HpackDecoder, ABombCostsNoMoreThanItsBytes) {
  HpackDecoder decoder({});
  ASSERT_TRUE(decoder.decode(bytes("40 0161 7f a11e") + std::string(4000, 'x')));
  ASSERT_TRUE(decoder.decode(std::string(60'000, '\xbe')));
  EXPECT_TRUE(decoder.is_too_large());
  EXPECT_TRUE(decoder.text().empty());
}

TEST(HpackDecoder, RemembersWhatIsWrongWithAField) {
  const struct {
    std::string_view name;
    std::string block;
    FieldDefect defect;
  } rows[] = {
      {"upper case", bytes("40 0141 0162"), FieldDefect::bad_name},
      {"an empty name", bytes("40 00 0162"), FieldDefect::bad_name},
      {"a space in a name", bytes("40 03612061 0162"), FieldDefect::bad_name},
      {"a colon in a name", bytes("40 03613a61 0162"), FieldDefect::bad_name},
      {"a line feed in a value", bytes("40 0161 03620a62"), FieldDefect::bad_value},
      {"NUL far into a value", bytes("40 0161 14") + std::string(19, 'v') + bytes("00"), FieldDefect::bad_value},
      {"a space before a value", bytes("40 0161 022062"), FieldDefect::bad_value},
      {"a tab behind a value", bytes("40 0161 026209"), FieldDefect::bad_value},
      {"a tab within a value", bytes("40 0161 0b 62 09 626262626262626262"), FieldDefect::none},
      {"text beyond ASCII", bytes("40 0161 09 c3a4c3a4c3a4c3a462"), FieldDefect::none},
      {"no value", bytes("40 0161 00"), FieldDefect::none}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    HpackDecoder decoder({});
    for (const std::string& block : {row.block, bytes("be")}) {  // as it came, and out of the table
      ASSERT_TRUE(decoder.decode(block));
      ASSERT_EQ(decoder.lines().size(), 1U);
      EXPECT_EQ(decoder.lines()[0].defect, row.defect);
    }
  }
}

}  // namespace
}  // namespace cachewitness::http::h2
