#include "verdict/generation.h"

#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/books.h"

namespace cachewitness::verdict {
namespace {

using testing_support::at_second;
using testing_support::EvidenceBuilder;
using testing_support::Reply;

// What the first probe's object is dated to, with all probes known.
Dating date_first(const std::vector<Reply>& replies) {
  EvidenceBuilder world;
  Books books(world.header, world.roster);
  for (const Reply& reply : replies) {
    world.probe(reply);
    books.add(world.evidence.back());
  }
  const Dossier dossier = books.dossier(EvidenceBuilder::cell());
  return dossier.view(EvidenceBuilder::cell()).looks.front().dating;
}

TEST(Generation, IsBracketedByTheProbersOwnClock) {
  const Dating dating = date_first({{.at = 60, .took = 0.5, .fields = "Age: 58\r\n"}});
  ASSERT_TRUE(dating.generation);
  EXPECT_EQ(dating.generation->after, at_second(60 - 58 - 1));
  EXPECT_EQ(dating.generation->until, at_second(60.5 - 58));
}

TEST(Generation, TrustsAnAgeOnlyWhereNothingSpeaksAgainstIt) {
  const std::string hit = "X-Cache-Status: HIT\r\n";
  struct Row {
    const char* name;
    std::vector<Reply> replies;
    AgeTrust expected;
  };
  // The purge was at 2025-11-23T03:00:00Z.
  const Row rows[] = {
      {"no Age", {{}}, AgeTrust::absent},
      {"an invalid Age", {{.fields = "Age: soon\r\n"}}, AgeTrust::absent},
      {"Date rewritten", {{.fields = "Age: 40\r\nDate: Sun, 23 Nov 2025 03:01:00 GMT\r\n"}}, AgeTrust::trusted},
      {"Date kept", {{.fields = "Age: 40\r\nDate: Sun, 23 Nov 2025 03:00:20 GMT\r\n"}}, AgeTrust::trusted},
      {"Date neither", {{.fields = "Age: 40\r\nDate: Sun, 23 Nov 2025 02:23:00 GMT\r\n"}}, AgeTrust::skewed},
      {"a Date before all clocks",
       {{.fields = "Age: 40\r\nDate: Fri, 01 Jan 1700 00:00:00 GMT\r\n"}},
       AgeTrust::skewed},
      {"the longest Age and the last Date",
       {{.fields = "Age: 2147483648\r\nDate: Sat, 01 Jan 2250 00:00:00 GMT\r\n"}},
       AgeTrust::skewed},
      {"a Date that is none", {{.fields = "Age: 40\r\nDate: yesterday\r\n"}}, AgeTrust::trusted},
      {"Age that grows",
       {{.fields = "Age: 5\r\n" + hit}, {.at = 65, .fields = "Age: 10\r\n" + hit}},
       AgeTrust::trusted},
      {"Age that stands still",
       {{.fields = "Age: 5\r\n" + hit}, {.at = 65, .fields = "Age: 5\r\n" + hit}},
       AgeTrust::frozen},
      {"the same Age at once",
       {{.fields = "Age: 5\r\n" + hit}, {.at = 60.5, .fields = "Age: 5\r\n" + hit}},
       AgeTrust::trusted},
      {"a shield's Age, fetched for the first and stored for the second",
       {{.fields = "Age: 31\r\nX-Cache-Status: MISS\r\nX-Varnish: 5 3\r\n"},
        {.at = 65, .fields = "Age: 31\r\nX-Cache-Status: HIT\r\nX-Varnish: 5 3\r\n"}},
       AgeTrust::trusted},
      {"a shield's Age and the shield's word, both stored",
       {{.fields = "Age: 31\r\nX-Cache: MISS\r\nX-Varnish: 5\r\n"},
        {.at = 65, .fields = "Age: 31\r\nX-Cache: MISS\r\nX-Varnish: 5\r\n"}},
       AgeTrust::frozen},
      {"an exchange's own header twice",
       {{.fields = "Age: 0\r\nX-Varnish: 5 3\r\n"}, {.at = 60.5, .fields = "Age: 0\r\nX-Varnish: 5 3\r\n"}},
       AgeTrust::frozen},
  };
  for (const Row& row : rows) {
    const Dating dating = date_first(row.replies);
    EXPECT_EQ(dating.trust, row.expected) << row.name;
    EXPECT_EQ(dating.generation.has_value(), row.expected == AgeTrust::trusted) << row.name;
  }
}

}  // namespace
}  // namespace cachewitness::verdict
