#include "report/loop_story.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"

namespace cachewitness::report {

namespace {

std::string round_line(const Run& run, const evidence::Round& round) {
  std::string line = fmt::format("round {} (by {}): {} of {} purged again, {} healed", round.number,
                                 base::printable(round.kind), counted(round.cells, "cell"),
                                 counted(round.tenants, "tenant"), base::grouped(healed_cells(run, round.number)));
  if (round.not_taken > 0) {
    line += fmt::format("; {} of {} not taken by the provider", base::grouped(round.not_taken),
                        counted(round.items, "item"));
  }
  return line;
}

}  // namespace

std::uint64_t healed_cells(const Run& run, std::uint16_t round) {
  return static_cast<std::uint64_t>(std::ranges::count(run.judgement.loop->healed, round, &verdict::HealedCell::round));
}

std::vector<std::string> healed_tenants(const Run& run, std::uint16_t round) {
  std::map<std::string, std::uint16_t> last_round;
  for (const verdict::HealedCell& healed : run.judgement.loop->healed) {
    std::uint16_t& last = last_round[std::string(run.roster.tenant(healed.cell.tenant))];
    last = std::max(last, healed.round);
  }
  std::vector<std::string> tenants;
  for (const auto& [tenant, last] : last_round) {
    const bool is_left = std::ranges::binary_search(run.judgement.affected_tenants, tenant) ||
                         std::ranges::binary_search(run.judgement.unsure_tenants, tenant);
    if (last == round && !is_left) {
      tenants.push_back(tenant);
    }
  }
  return tenants;
}

LoopStory tell_loop(const Run& run) {
  const verdict::LoopResult& loop = *run.judgement.loop;
  LoopStory story;
  for (const evidence::Round& round : loop.rounds) {
    story.rounds.push_back(round_line(run, round));
  }
  story.manual = run.footer.manual;
  story.is_healed = story.manual.empty() && run.footer.why_loop_ended.empty();
  const std::string why = base::printable(run.footer.why_loop_ended, 2000);
  if (!story.manual.empty()) {
    story.left = fmt::format("{} require{} manual invalidation{}", counted(story.manual.size(), "tenant"),
                             story.manual.size() == 1 ? "s" : "", why.empty() ? "" : fmt::format(" ({})", why));
  } else if (!why.empty()) {
    story.left = why;
  } else {
    story.left = loop.rounds.empty() ? "nothing was flagged that a purge heals" : "nothing is left to purge again";
  }
  return story;
}

}  // namespace cachewitness::report
