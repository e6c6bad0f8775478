#include "parity/comparison.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::parity {

namespace {

std::string said(const Side& side) {
  std::string text;
  for (const std::string& value : side.values) {
    text += (text.empty() ? "" : " | ") + (value.empty() ? std::string("empty") : base::printable(value, 80));
  }
  if (side.is_absent_too) {
    text += text.empty() ? "absent" : " | absent";
  }
  return text;
}

}  // namespace

std::string title(const Finding& finding) {
  std::vector<std::pair<std::string, std::string>> parts;  // what is said, by whom
  for (const bool wants_deviating : {true, false}) {
    for (const Side& side : finding.sides) {
      const bool deviates = std::ranges::find(finding.deviating, side.environment) != finding.deviating.end();
      if (side.is_unseen || deviates != wants_deviating) {
        continue;
      }
      const std::string text = said(side);
      const auto same = std::ranges::find(parts, text, &std::pair<std::string, std::string>::first);
      if (same == parts.end()) {
        parts.emplace_back(text, base::printable(side.environment));
      } else {
        same->second += ", " + base::printable(side.environment);
      }
    }
  }
  std::string line = base::printable(finding.what);
  std::string_view separator = ": ";
  for (const auto& [text, who] : parts) {
    line += fmt::format("{}{} {}", separator, who, text);
    separator = "; ";
  }
  return line;
}

Drift drift(const Comparison& now, const EarlierReport& before) {
  Drift result;
  result.against = before.run_id;
  const auto was_there = [&](const std::string& id) {
    return std::ranges::find(before.findings, id, &Drift::Gone::id) != before.findings.end();
  };
  for (const Finding& finding : now.findings) {
    if (!finding.is_waived) {
      (was_there(finding.id) ? result.unchanged : result.appeared).push_back(finding.id);
    }
  }
  for (const Drift::Gone& finding : before.findings) {
    const auto same = std::ranges::find_if(
        now.findings, [&](const Finding& each) { return !each.is_waived && each.id == finding.id; });
    if (same == now.findings.end()) {
      result.gone.push_back(finding);
    }
  }
  return result;
}

}  // namespace cachewitness::parity
