// Which headers are compared, and that the document shows the table as it is.
#include "parity/natural.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace cachewitness::parity {
namespace {

TEST(NaturalFields, AreTheseAndNoOthers) {
  struct Row {
    std::string_view name;
    bool is_natural;
  };
  for (const Row& row :
       {Row{"date", true}, Row{"age", true}, Row{"x-b3-traceid", true}, Row{"x-ratelimit-limit", true},
        Row{"retry-after", true}, Row{"content-length", true}, Row{"content-encoding", false}, Row{"vary", false},
        Row{"server", false}, Row{"x-date", false}, Row{"alt-svc", false}, Row{"strict-transport-security", false}}) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(is_natural(row.name), row.is_natural);
  }
}

TEST(NaturalFields, StandInTheDocumentEachOnce) {
  std::ifstream file(std::string(CACHEWITNESS_SOURCE_DIR) + "/docs/parity.md");
  const std::string document(std::istreambuf_iterator<char>(file), {});
  std::set<std::string_view> seen;
  for (const NaturalField& field : natural_fields()) {
    EXPECT_TRUE(seen.insert(field.name).second) << field.name;
    EXPECT_FALSE(field.why.empty()) << field.name;
    std::istringstream names{std::string(field.name)};
    for (std::string name; std::getline(names, name, ',');) {
      EXPECT_TRUE(document.contains("`" + name + "`")) << name;
    }
  }
}

}  // namespace
}  // namespace cachewitness::parity
