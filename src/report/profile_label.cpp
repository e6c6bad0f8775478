#include "report/profile_label.h"

#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "base/percent.h"
#include "base/text.h"
#include "base/time.h"
#include "report/finding_group.h"

namespace cachewitness::report {

namespace {

std::string_view date_label(verdict::DateMode mode) {
  switch (mode) {
    case verdict::DateMode::unknown:
      return {};
    case verdict::DateMode::absent:
      return "no Date";
    case verdict::DateMode::current:
      return "Date always now";
    case verdict::DateMode::rewritten:
      return "Date rewritten";
    case verdict::DateMode::preserved:
      return "Date preserved";
    case verdict::DateMode::skewed:
      return "Date by another clock";
    case verdict::DateMode::mixed:
      return "Date now this way, now that";
  }
  return {};
}

std::string_view age_label(verdict::AgeMode mode) {
  switch (mode) {
    case verdict::AgeMode::unknown:
      return {};
    case verdict::AgeMode::never:
      return "no Age";
    case verdict::AgeMode::always:
      return "Age always";
    case verdict::AgeMode::on_hits:
      return "Age on hits";
    case verdict::AgeMode::sometimes:
      return "Age sometimes";
  }
  return {};
}

std::string node_label(const verdict::EdgeProfile& profile) {
  const std::string nodes = profile.nodes_seen == 0 ? "" : counted(profile.nodes_seen, "node");
  if (profile.pops.empty()) {
    return nodes;
  }
  return nodes + (nodes.empty() ? "at " : " at ") + listed(profile.pops, profile.pops.size());
}

// Less than the second that Date counts in is nothing that a person has to know.
std::string clock_label(const verdict::EdgeProfile& profile) {
  constexpr base::Duration worth_telling = std::chrono::seconds(2);
  if (profile.skew && profile.skew->least > worth_telling) {
    return fmt::format("clock {} ahead", base::human(profile.skew->least));
  }
  if (profile.skew && profile.skew->greatest < -worth_telling) {
    return fmt::format("clock {} behind", base::human(-profile.skew->greatest));
  }
  return {};
}

}  // namespace

std::string profile_label(const verdict::EdgeProfile& profile) {
  std::string label;
  const auto add = [&label](std::string_view part) {
    if (!part.empty()) {
      label.append(label.empty() ? "" : ", ").append(part);
    }
  };
  add(profile.provider == http::Provider::unknown ? std::string_view{} : slug(profile.provider));
  add(date_label(profile.date_mode));
  add(age_label(profile.age_mode));
  add(node_label(profile));
  add(clock_label(profile));
  return label;
}

std::string power_label(const verdict::EdgeSummary& edge, const evidence::EdgeEntry& entry) {
  if (entry.servers <= 1 || !edge.detection_power) {
    return {};
  }
  return fmt::format("had one of {} servers been stale, it would have been seen with probability {}", entry.servers,
                     base::percent(*edge.detection_power));
}

}  // namespace cachewitness::report
