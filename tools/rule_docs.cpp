// Writes docs/rules/ from the table of rules, an index and a page for each, so that what users read is what decides.
// rule_docs DIRECTORY; the directory exists.
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "verdict/rules.h"
#include "verdict/state.h"
#include "verdict/version.h"

namespace {

using namespace cachewitness;

constexpr std::string_view head =
    "# How a cell gets its verdict\n\n"
    "Generated from `src/verdict/rules/` by `tools/rule_docs.cpp`: edit the rules, then run\n"
    "`cmake --build build/dev --target rule_docs_update`.\n\n"
    "Rules are asked in this order, and the first that fires decides. A cell for which none fires is **fresh**:\n"
    "`proven` where the same edge was seen with another version before, `consistent` otherwise.\n"
    "`cachewitness explain` shows every rule's ruling for one cell.\n\n"
    "| # | rule | state | cause | facts | reads |\n"
    "| --- | --- | --- | --- | --- | --- |\n";

std::string confidence() {
  std::string out =
      "\n## Confidence\n\n"
      "A number from 0 to 1 that says how far the evidence goes, not how bad the finding is. What two versions are "
      "told\n"
      "apart by bounds it, and a fresh cell has that of the weakest of its answers:\n\n"
      "| told apart by | confidence |\n| --- | --- |\n";
  using verdict::Witness;
  for (const Witness witness : {Witness::digest, Witness::etag, Witness::weak_etag, Witness::last_modified}) {
    out += fmt::format("| {} | {} |\n", verdict::describe(witness), verdict::confidence_of(witness));
  }
  return out +
         "\nA rule that reads more than the version (a cache's own words, an Age, a baseline) gives a lower one:\n"
         "0.95 to 0.97 where the edge itself or two sightings say so, 0.85 to 0.9 where one step is inferred, 0.7 to "
         "0.8\n"
         "where another explanation is left. Inconclusive verdicts have 1 and say so of the verdict: it is certain "
         "that the\n"
         "evidence does not decide.\n";
}

std::string index() {
  std::string out(head);
  std::size_t number = 0;
  for (const verdict::Rule* rule : verdict::rules()) {
    out += fmt::format("| {} | [{}]({}.md) | {} | `{}` | {} | {} |\n", ++number, rule->id, rule->id,
                       verdict::name(rule->state), verdict::entry(rule->cause).slug, rule->failure_mode, rule->anchor);
  }
  return out + confidence();
}

std::string_view occasion(verdict::Occasion occasion) {
  switch (occasion) {
    case verdict::Occasion::any:
      return "of every cell";
    case verdict::Occasion::failure:
      return "where a request got no answer";
    case verdict::Occasion::other_answer:
      return "where an answer is not known to be current";
    case verdict::Occasion::leak_sighting:
      return "where a leak check was made, or an answer names another tenant";
  }
  return "";
}

// What was asked before it and did not fire, so that its verdict rules those out.
std::string place(std::size_t at) {
  const auto rules = verdict::rules();
  const auto link = [](const verdict::Rule* rule) { return fmt::format("[{}]({}.md)", rule->id, rule->id); };
  std::string out = fmt::format("Number {} of {} in the order of decision", at + 1, rules.size());
  if (at > 0) {
    out += fmt::format(", after {}", link(rules[at - 1]));
  }
  if (at + 1 < rules.size()) {
    out += fmt::format(", before {}", link(rules[at + 1]));
  }
  return out + fmt::format("; asked {}.", occasion(rules[at]->occasion));
}

std::string page(std::size_t at) {
  const verdict::Rule& rule = *verdict::rules()[at];
  const std::string fact = rule.failure_mode.empty() ? "" : fmt::format(" ({})", rule.failure_mode);
  return fmt::format(
      "# {}\n\n{}\n\n{}\n\n## What to do\n\n{}\n\n## Facts\n\n"
      "- State: {}. Cause: `{}`{}.\n- Reads: {}.\n- {}\n\nAll rules: [README.md](README.md).\n",
      rule.id, rule.summary, rule.explanation, rule.remedy, verdict::name(rule.state), verdict::entry(rule.cause).slug,
      fact, rule.anchor, place(at));
}

bool write(const std::string& directory, std::string_view name, const std::string& text) {
  const std::string path = fmt::format("{}/{}.md", directory, name);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    fmt::print(stderr, "rule_docs: cannot write {}\n", path);
  }
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: rule_docs DIRECTORY\n", stderr);
    return 2;
  }
  const std::string directory = argv[1];
  bool is_written = write(directory, "README", index());
  for (std::size_t at = 0; at < verdict::rules().size(); ++at) {
    is_written = write(directory, verdict::rules()[at]->id, page(at)) && is_written;
  }
  return is_written ? 0 : 1;
}
