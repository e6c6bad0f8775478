#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "report/finding_group.h"
#include "report/report.h"

namespace cachewitness::report {

namespace {

// GitHub shows ten annotations of a kind a step and drops the rest without a word.
constexpr std::size_t max_annotations = 10;

// What the runner would read as the end of a command, a property or a line is percent-encoded; so is '%'.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : base::printable(text, 2000)) {
    if (special.find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string data(std::string_view text) { return escaped(text, "%\r\n"); }
std::string property(std::string_view text) { return escaped(text, "%\r\n:,"); }

std::string annotation(std::string_view level, std::string_view title, std::string_view message) {
  return fmt::format("::{} title={}::{}\n", level, property(title), data(message));
}

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
  std::string out = annotation(run.judgement.gate.passed ? "notice" : "error", "cachewitness", outcome(run));
  std::size_t left = max_annotations - 1;
  const auto add = [&](std::string_view level, std::string_view title, std::string_view message) {
    if (left > 0) {
      out += annotation(level, title, message);
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
  for (const FindingGroup& group : group_findings(run)) {
    const std::string slug(verdict::entry(group.cause).slug);
    add(level_of(group), group.header.empty() ? slug : slug + " " + group.header, describe(group));
  }
  return out;
}

}  // namespace cachewitness::report
