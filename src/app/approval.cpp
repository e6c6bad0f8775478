#include "app/approval.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/time.h"
#include "skill/fault_ids.h"
#include "skill/value.h"

namespace cachewitness::app {

namespace {

constexpr std::string_view schema_name = "cachewitness.approval/v1";
constexpr std::size_t max_approval_bytes = std::size_t{64} << 10;

std::unexpected<base::Error> refused(const std::string& path, const std::string& why) {
  return base::fail(skill::faults::not_approved, fmt::format("{}: {}", path, why));
}

base::Result<std::string> read_approval(const Ports& ports, const std::string& path, const skill::RunPlan& plan) {
  const auto text = ports.files.read_all(path, max_approval_bytes);
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto record = skill::parse_json(*text);
  if (!record || record->text_at("schema") != schema_name) {
    return refused(path, fmt::format("no approval; it must be a JSON object with \"schema\": \"{}\"", schema_name));
  }
  std::string plan_digest = record->text_at("plan");
  plan_digest = plan_digest.starts_with("sha256:") ? plan_digest.substr(7) : plan_digest;
  if (plan_digest != plan.digest.hex()) {
    return refused(path, fmt::format("it approves another plan; this one is sha256:{}", plan.digest.hex()));
  }
  const std::string by = record->text_at("approved_by");
  if (by.empty()) {
    return refused(path, "it does not say who approved; add \"approved_by\"");
  }
  const auto until = base::parse_instant(record->text_at("until"));
  if (!until || *until < ports.clock.wall()) {
    return refused(path,
                   until ? fmt::format("it was good until {}; have the plan approved again", record->text_at("until"))
                         : std::string("it does not say how long it is good; add \"until\", such as "
                                       "2026-11-23T18:00:00Z"));
  }
  return base::printable(by);
}

}  // namespace

std::string approval_record(const skill::RunPlan& plan, std::string_view approved_by, base::Instant until) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", schema_name);
  json.member("skill", plan.skill.name);  // for people; the digest is what counts
  json.member("plan", fmt::format("sha256:{}", plan.digest.hex()));
  json.member("approved_by", approved_by);
  json.member("until", base::rfc3339(until, 0));
  json.end_object();
  return text + "\n";
}

base::Result<std::string> approval_of(const Ports& ports, const skill::RunPlan& plan, const RunOptions& options) {
  if (!options.approval.empty()) {
    return read_approval(ports, options.approval, plan);
  }
  if (!plan.mutates()) {
    return std::string();
  }
  if (options.is_confirmed) {
    return std::string("--yes");
  }
  std::string steps;
  for (const skill::Step& step : plan.workflow.steps) {
    steps += step.mutates ? fmt::format("{}{}", steps.empty() ? "" : ", ", step.id) : "";
  }
  return base::fail(
      skill::faults::not_approved,
      fmt::format("steps that change something outside of the run: {}; look with --dry-run, then say --yes "
                  "or give --approval FILE (cachewitness skill approve)",
                  steps));
}

}  // namespace cachewitness::app
