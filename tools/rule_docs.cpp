// Prints docs/rules.md from the table of rules, so that what users read is what decides.
#include <cstdio>

#include <fmt/format.h>

#include "verdict/rules.h"
#include "verdict/state.h"
#include "verdict/version.h"

namespace {

using namespace cachewitness;

void print_head() {
  std::puts(
      "# How a cell gets its verdict\n\n"
      "Generated from `src/verdict/rules/` by `tools/rule_docs.cpp`: edit the rules, then run\n"
      "`cmake --build build/dev --target rule_docs_update`.\n\n"
      "Rules are asked in this order, and the first that fires decides. A cell for which none fires is **fresh**:\n"
      "`proven` where the same edge was seen with another version before, `consistent` otherwise.\n"
      "`cachewitness explain` shows every rule's ruling for one cell.\n\n"
      "| # | rule | state | cause | facts | reads |\n"
      "| --- | --- | --- | --- | --- | --- |");
}

void print_confidence() {
  std::puts(
      "\n## Confidence\n\n"
      "A number from 0 to 1 that says how far the evidence goes, not how bad the finding is. What two versions are "
      "told\n"
      "apart by bounds it, and a fresh cell has that of the weakest of its answers:\n\n"
      "| told apart by | confidence |\n| --- | --- |");
  using verdict::Witness;
  for (const Witness witness : {Witness::digest, Witness::etag, Witness::weak_etag, Witness::last_modified}) {
    fmt::print("| {} | {} |\n", verdict::describe(witness), verdict::confidence_of(witness));
  }
  std::puts(
      "\nA rule that reads more than the version (a cache's own words, an Age, a baseline) gives a lower one:\n"
      "0.95 to 0.97 where the edge itself or two sightings say so, 0.85 to 0.9 where one step is inferred, 0.7 to 0.8\n"
      "where another explanation is left. Inconclusive verdicts have 1 and say so of the verdict: it is certain that "
      "the\n"
      "evidence does not decide.");
}

}  // namespace

int main() {
  print_head();
  std::size_t number = 0;
  for (const verdict::Rule* rule : verdict::rules()) {
    fmt::print("| {} | [{}](#{}) | {} | `{}` | {} | {} |\n", ++number, rule->id, rule->id, verdict::name(rule->state),
               verdict::entry(rule->cause).slug, rule->failure_mode, rule->anchor);
  }
  print_confidence();
  for (const verdict::Rule* rule : verdict::rules()) {
    fmt::print("\n## {}\n\n{}\n\n{}\n\n*What to do:* {}\n\n*Reads:* {}. *State:* {}.\n", rule->id, rule->summary,
               rule->explanation, rule->remedy, rule->anchor, verdict::name(rule->state));
  }
  return 0;
}
