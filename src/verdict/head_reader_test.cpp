#include "verdict/head_reader.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cachewitness::verdict {
namespace {

constexpr std::size_t limit = std::size_t{1} << 30;
const std::vector<std::string> read_names{"etag", "age", "vary", "x-cache"};

FieldNames make_names() {
  FieldNames names;
  for (std::size_t i = 0; i < read_names.size(); ++i) {
    names.add(read_names[i], FieldNames::Uses{1} << i);
  }
  return names;
}

// What a reader without a memory finds.
std::optional<std::string> reference(const std::string& head, const std::string& name) {
  http::ResponseHead parsed;
  static_cast<void>(
      http::parse_recorded_head(head, {.head_bytes = limit, .fields = limit, .value_bytes = limit}, parsed));
  std::string joined;
  return parsed.join(name, joined) == 0 ? std::nullopt : std::optional(joined);
}

struct Head {
  std::string start = "HTTP/1.1 200 OK\r\n";
  std::vector<std::string> lines;
  std::string end = "\r\n";

  [[nodiscard]] std::string text() const {
    std::string text = start;
    for (const std::string& line : lines) {
      text += line;
    }
    return text + end;
  }
};

std::string random_line(std::mt19937& random) {
  static const std::vector<std::string> names{"ETag",   "etag", "Age", "Vary", "X-Cache",
                                              "Server", "Date", "ETa", "Age ", ""};
  static const std::vector<std::string> values{" a",    " b",    "",      " HIT, MISS", "\tx \t",
                                               " \xE9", " \x01", " \x7f", " a\rb",      ":"};
  static const std::vector<std::string> ends{"\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", ""};
  const auto one_of = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const bool is_odd = random() % 25 == 0;
  const std::string name = is_odd ? one_of(names) : names[random() % 7];
  const std::string value = is_odd ? one_of(values) : values[random() % 6];
  return (random() % 60 == 0 ? " " : "") + name + ":" + value + (is_odd ? one_of(ends) : "\r\n");
}

void change(Head& head, std::mt19937& random) {
  const std::size_t at = head.lines.empty() ? 0 : random() % head.lines.size();
  switch (random() % 12) {
    case 0:
      head.lines.insert(head.lines.begin() + static_cast<std::ptrdiff_t>(at), random_line(random));
      break;
    case 1:
      if (!head.lines.empty()) {
        head.lines.erase(head.lines.begin() + static_cast<std::ptrdiff_t>(at));
      }
      break;
    case 2:
      head.end = random() % 6 == 0 ? "" : "\r\nbody\r\n";
      break;
    case 3:
      head.start = std::vector<std::string>{"HTTP/1.1 200 OK\r\n", "HTTP/2 200 \r\n", "HTTP/1.1 404\r\n", "junk\r\n",
                                            "HTTP/1.1 200 OK\n"}[random() % 5];
      break;
    default:
      if (!head.lines.empty()) {
        head.lines[at] = random_line(random);
      }
  }
  if (head.lines.size() > 8 || random() % 40 == 0) {
    head = {};
  }
}

TEST(HeadReader, FindsWhatAReaderWithoutAMemoryFinds) {
  const FieldNames names = make_names();
  std::mt19937 random(1);
  HeadReader reader(names);
  Head head;
  std::vector<std::optional<std::string>> before(read_names.size());
  int followed = 0;
  for (int round = 0; round < 30'000; ++round) {
    const std::string text = head.text();
    const FieldNames::Uses changed = reader.read(text);
    followed += changed == FieldNames::all_uses ? 0 : 1;
    for (std::size_t i = 0; i < read_names.size(); ++i) {
      const auto expected = reference(text, read_names[i]);
      const auto found = reader.value(i);
      EXPECT_EQ(found, expected) << text;
      EXPECT_TRUE((changed & names.uses(i)) != 0 || expected == before[i]) << text;
      before[i] = expected;
    }
    change(head, random);
  }
  EXPECT_GT(followed, 5'000);
}

TEST(HeadReader, TellsWhatChanged) {
  const FieldNames names = make_names();
  HeadReader reader(names);
  EXPECT_EQ(reader.read("HTTP/2 200 \r\nserver: a\r\nage: 1\r\netag: x\r\n\r\n"), FieldNames::all_uses);
  EXPECT_EQ(reader.read("HTTP/2 200 \r\nserver: b\r\nage: 1\r\netag: x\r\n\r\n"), 0U);
  EXPECT_EQ(reader.read("HTTP/2 200 \r\nserver: b\r\nage: 10\r\netag: x\r\n\r\n"), 2U);
  EXPECT_EQ(reader.value(1), "10");
  EXPECT_EQ(reader.value(2), std::nullopt);
  EXPECT_EQ(reader.read("HTTP/2 404 \r\nserver: b\r\nage: 10\r\netag: x\r\n\r\n"), FieldNames::all_uses);
}

TEST(HeadReader, KeepsNoHugeHead) {
  const FieldNames names = make_names();
  HeadReader reader(names);
  const std::string huge = "HTTP/1.1 200 OK\r\nAge: 5\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(reader.read(huge), FieldNames::all_uses);
    EXPECT_EQ(reader.value(1), "5");
  }
}

}  // namespace
}  // namespace cachewitness::verdict
