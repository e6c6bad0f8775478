#include "probe/mark_scanner.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cachewitness::probe {
namespace {

using evidence::BodyMark;
using Kind = BodyMark::Kind;

std::string found(const std::vector<SoughtMark>& sought, std::string_view body, std::size_t pieces) {
  MarkScanner scanner(sought);
  scanner.start();
  for (; !body.empty(); body.remove_prefix(std::min(pieces, body.size()))) {
    scanner.take(body.substr(0, pieces));
  }
  scanner.end();
  std::string out;
  for (const BodyMark& mark : scanner.found()) {
    out += std::to_string(static_cast<int>(mark.kind)) + ":" + mark.text + ";";
  }
  return out;
}

TEST(MarkScanner, FindsMarksHoweverTheBodyIsCut) {
  const std::vector<SoughtMark> sought{{Kind::tenant, {"data-tenant=\"", "\""}},
                                       {Kind::canary, {"cw12x", ""}},
                                       {Kind::private_text, {"jane@example.com", ""}}};
  struct Row {
    const char* name;
    std::string body;
    std::string expected;
  };
  const Row rows[] = {
      {"nothing", "<p>nothing at all</p>", ""},
      {"a tenant", "<body data-tenant=\"shop-7\">", "0:shop-7;"},
      {"the same twice", "data-tenant=\"a\" data-tenant=\"a\"", "0:a;"},
      {"two tenants", "data-tenant=\"a\" data-tenant=\"b\"", "0:a;0:b;"},
      {"an open quote", "<body data-tenant=\"shop", ""},
      {"a text that is too long", "data-tenant=\"" + std::string(201, 'x') + "\"", ""},
      {"as long as it may be", "data-tenant=\"" + std::string(200, 'x') + "\"", "0:" + std::string(200, 'x') + ";"},
      {"a word up to its end", "https://cw12x0001.invalid/path", "1:cw12x0001.invalid;"},
      {"a word that ends the body", "see cw12x0001", "1:cw12x0001;"},
      {"private text", "Hello jane@example.com!", "2:;"},
      {"the start of one, then one", "data-tenadata-tenant=\"a\"", "0:a;"},
      {"an empty body", "", ""},
  };
  for (const Row& row : rows) {
    for (const std::size_t pieces : {std::size_t{1}, std::size_t{7}, row.body.size() + 1}) {
      EXPECT_EQ(found(sought, row.body, pieces), row.expected) << row.name << ", in pieces of " << pieces;
    }
  }
}

TEST(MarkScanner, KeepsAFewOfManyAndForgetsTheBodyBefore) {
  const std::vector<SoughtMark> sought{{Kind::tenant, {"t=", ";"}}};
  std::string body;
  for (int i = 0; i < 50; ++i) {
    body += "t=" + std::to_string(i) + ";";
  }
  MarkScanner scanner(sought);
  scanner.start();
  scanner.take(body);
  scanner.end();
  EXPECT_EQ(scanner.found().size(), evidence::most_body_marks);
  scanner.start();
  scanner.take("nothing");
  scanner.end();
  EXPECT_TRUE(scanner.found().empty());
}

}  // namespace
}  // namespace cachewitness::probe
