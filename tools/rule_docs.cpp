// Prints docs/rules.md from the table of rules, so that what users read is what decides.
#include <cstdio>

#include <fmt/format.h>

#include "verdict/rules.h"
#include "verdict/state.h"

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

}  // namespace

int main() {
  print_head();
  std::size_t number = 0;
  for (const verdict::Rule* rule : verdict::rules()) {
    fmt::print("| {} | [{}](#{}) | {} | `{}` | {} | {} |\n", ++number, rule->id, rule->id, verdict::name(rule->state),
               verdict::entry(rule->cause).slug, rule->failure_mode, rule->anchor);
  }
  for (const verdict::Rule* rule : verdict::rules()) {
    fmt::print("\n## {}\n\n{}\n\n{}\n\n*What to do:* {}\n\n*Reads:* {}. *State:* {}.\n", rule->id, rule->summary,
               rule->explanation, rule->remedy, rule->anchor, verdict::name(rule->state));
  }
  return 0;
}
