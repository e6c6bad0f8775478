#include "skill/frontmatter.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "skill/document.h"

namespace cachewitness::skill {
namespace {

using testing::HasSubstr;

base::Result<ReadFrontmatter, base::Errors> read(const std::string& text, Reading reading) {
  const auto document = split_document(text, "SKILL.md");
  if (!document) {
    return std::unexpected(base::Errors{document.error()});
  }
  return read_frontmatter(*document, "SKILL.md", "demo", reading);
}

std::string skill(const std::string& more) {
  return "---\nname: demo\ndescription: Shows a thing. Use when it must be shown.\n" + more + "---\n# Demo\n";
}

struct Row {
  std::string what;
  std::string text;
  std::string fault;    // of the strict reading; empty = none
  bool is_read = true;  // by the lenient one
};

// What the reference validator makes of each is the first column; the lenient reading lets a skill run all the same.
const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"the smallest skill", skill(""), ""},
      {"every key",
       skill("license: MIT\ncompatibility: Needs a CDN\nmetadata:\n  a.b: c\nallowed-tools: Bash(x:*) Read\n"), ""},
      {"a further key", skill("model: fast\n"), "SKILL.md:4:1: unknown key \"model\""},
      {"a misspelt key", skill("licence: MIT\n"), "did you mean \"license\"?"},
      {"tools in brackets", skill("allowed-tools: [a, b]\n"), "SKILL.md:4:16: \"allowed-tools\" in brackets"},
      {"tools as a block list", skill("allowed-tools:\n  - Bash(a:*)\n  - Read\n"), ""},
      {"a key twice", skill("name: demo\n"), "SKILL.md:4:1: the key \"name\" is here twice", false},
      {"an anchor", skill("license: &a MIT\n"), "anchors", false},
      {"a colon in plain text", "---\nname: demo\ndescription: Use when: asked\n---\n", "SKILL.md:3:"},
      {"nested metadata", skill("metadata:\n  a:\n    b: c\n"), ""},
      {"carriage returns", "---\r\nname: demo\r\ndescription: d\r\n---\r\nbody\r\n", ""},
      {"a byte order mark", "\xEF\xBB\xBF" + skill(""), "byte order mark"},
      {"lower case beyond ASCII", "---\nname: \xC3\xA9t\xC3\xA9\ndescription: d\n---\n", "not that of its directory"},
      {"an upper-case name", "---\nname: Demo\ndescription: d\n---\n", "lower-case letters"},
      {"a hyphen at the end", "---\nname: demo-\ndescription: d\n---\n", "starts or ends with a hyphen"},
      {"two hyphens", "---\nname: de--mo\ndescription: d\n---\n", "two hyphens in a row"},
      {"a name too long", "---\nname: " + std::string(65, 'a') + "\ndescription: d\n---\n", "64"},
      {"another directory", "---\nname: other\ndescription: d\n---\n", "rename either"},
      {"a description too long", "---\nname: demo\ndescription: " + std::string(1025, 'a') + "\n---\n",
       "1025 characters; 1024 at most"},
      {"a compatibility too long", skill("compatibility: " + std::string(501, 'a') + "\n"), "501 characters"},
      {"no description", "---\nname: demo\n---\n", "\"description\" is missing", false},
      {"an empty description", "---\nname: demo\ndescription: ''\n---\n", "\"description\" is empty", false},
      {"no frontmatter", "# Demo\n", "SKILL.md:1:1: no frontmatter", false},
      {"no end", "---\nname: demo\ndescription: d\n", "has no end", false},
      {"a rule inside a value", "---\nname: demo\ndescription: |\n  a\n---\n  b\n---\n", ""},
  };
  return table;
}

TEST(Frontmatter, IsHeldAgainstTheFormat) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.what);
    const auto strict = read(row.text, Reading::strict);
    EXPECT_EQ(strict.has_value(), row.fault.empty());
    if (!strict) {
      EXPECT_THAT(strict.error().front().text(), HasSubstr(row.fault));
    }
    const auto lenient = read(row.text, Reading::lenient);
    EXPECT_EQ(lenient.has_value(), row.is_read);
    if (lenient && !row.fault.empty()) {
      EXPECT_FALSE(lenient->warnings.empty());
    }
  }
}

TEST(Frontmatter, GivesWhatItHolds) {
  const auto made =
      read(skill("metadata:\n  cachewitness.workflow: assets/w.yaml\nallowed-tools: Bash(git log:*) Read\n"),
           Reading::strict);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->frontmatter.name, "demo");
  EXPECT_EQ(made->frontmatter.metadata_value("cachewitness.workflow"), "assets/w.yaml");
  EXPECT_THAT(made->frontmatter.allowed_tools, testing::ElementsAre("Bash(git log:*)", "Read"));
  EXPECT_TRUE(made->frontmatter.limits_tools);
}

TEST(Frontmatter, QuotesWhatPeopleWritePlainly) {
  const auto made = read("---\nname: demo\ndescription: Use when: it's asked\n---\n", Reading::lenient);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->frontmatter.description, "Use when: it's asked");
}

TEST(Document, FindsFencedBlocksWithTheirPlaces) {
  const auto document =
      split_document("---\nname: a\n---\n\n# T\n\n```sh step=one\nls\n```\n\n    indented\n\n~~~\nplain\n~~~\n", "f");
  ASSERT_TRUE(document);
  const auto blocks = document->blocks();
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].info, "sh step=one");
  EXPECT_EQ(blocks[0].text, "ls\n");
  EXPECT_EQ(blocks[0].line, 7U);
}

}  // namespace
}  // namespace cachewitness::skill
