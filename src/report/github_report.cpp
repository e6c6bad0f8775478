#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/loop_story.h"
#include "report/report.h"
#include "report/workflow_command.h"

namespace cachewitness::report {

namespace {

std::string_view level_of(const FindingGroup& group) {
  if (group.is_waived) {
    return "notice";
  }
  const bool is_unsure = group.state == verdict::State::error || group.state == verdict::State::inconclusive;
  return is_unsure ? "warning" : "error";
}

std::string describe(const FindingGroup& group) {
  const verdict::Verdict& example = *group.example;
  return fmt::format("{} on {}. Edges: {}. Tenants: {}. {} {}", counted(group.cells, "cell"),
                     counted(group.edges.size(), "edge"), listed(group.edges, 5), listed(group.tenants, 5), example.why,
                     example.remedy);
}

}  // namespace

std::string render_github(const Run& run) {
  std::string out = workflow_command(run.judgement.gate.passed ? "notice" : "error", "cachewitness", outcome(run));
  std::size_t left = max_annotations - 1;
  const auto add = [&](std::string_view level, std::string_view title, std::string_view message) {
    if (left > 0) {
      out += workflow_command(level, title, message);
      --left;
    }
  };
  for (const verdict::OriginTrouble& trouble : run.judgement.origins) {
    add("error", "origin " + trouble.replica, trouble.what);
  }
  for (const evidence::CheckOutcome& check : run.footer.checks) {
    if (check.status != evidence::CheckOutcome::Status::pass) {
      add(check.status == evidence::CheckOutcome::Status::fail ? "error" : "warning", "check " + check.name,
          check.detail);
    }
  }
  if (run.judgement.loop && !run.judgement.loop->rounds.empty()) {
    const LoopStory story = tell_loop(run);
    std::string text = fmt::format("{}. {}.", fmt::join(story.rounds, ". "), story.left);
    for (std::size_t i = 0; i < std::min<std::size_t>(story.manual.size(), 5); ++i) {
      text += fmt::format(" {}: {}", story.manual[i].tenant, story.manual[i].command);
    }
    add(story.is_healed ? "notice" : "error", "purged again", text);
  }
  for (const FindingGroup& group : group_findings(run)) {
    const std::string slug(verdict::entry(group.cause).slug);
    add(level_of(group), group.header.empty() ? slug : slug + " " + group.header, describe(group));
  }
  return out;
}

}  // namespace cachewitness::report
