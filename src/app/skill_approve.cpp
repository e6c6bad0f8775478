#include "app/skill_approve.h"

#include <string>

#include <fmt/format.h>

#include "app/approval.h"
#include "app/diagnostics.h"
#include "app/plan_skill.h"
#include "app/publish.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/time.h"
#include "skill/fault_ids.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t longest_name = 200;

// Who approves: what was said, or whoever is logged in.
base::Result<std::string> approver(const Ports& ports, const ApproveOptions& options) {
  std::string name(base::trim(options.by));
  for (const char* variable : {"USER", "LOGNAME"}) {
    if (name.empty() && options.by.empty()) {
      name = ports.environment.variable(variable).value_or("");
    }
  }
  if (name.empty() || name.size() > longest_name || base::printable(name, longest_name) != name) {
    return base::fail(base::errors::usage,
                      fmt::format("who approves? say --by NAME, with 1 to {} printable characters", longest_name));
  }
  return name;
}

base::Result<base::Instant> end_of_approval(const Ports& ports, const ApproveOptions& options) {
  const base::Instant now = ports.clock.wall();
  if (options.until.empty()) {
    return now + options.lasts;
  }
  const auto until = base::parse_instant(options.until);
  if (!until || *until <= now) {
    return base::fail(base::errors::usage, fmt::format("--until {}: {}", base::printable(options.until, 60),
                                                       until ? "is over already; name a moment to come"
                                                             : "is no time; write one such as 2026-11-23T18:00:00Z"));
  }
  return *until;
}

// What was looked at is what is approved, whatever happened in between.
base::Result<void> check_digest(const skill::RunPlan& plan, std::string_view expected) {
  const std::string_view hex = expected.starts_with("sha256:") ? expected.substr(7) : expected;
  if (!hex.empty() && hex != plan.digest.hex()) {
    return base::fail(skill::faults::not_approved,
                      fmt::format("the plan is sha256:{} and not {}; look at it again with cachewitness run --dry-run",
                                  plan.digest.hex(), base::printable(expected, 80)));
  }
  return {};
}

std::string command_to_run(const ApproveOptions& options) {
  std::string command = "cachewitness run " + base::shell_word(options.skill);
  for (const std::string& input : options.inputs) {
    command += " " + base::shell_word(input);
  }
  return command + " --approval " + base::shell_word(options.file);
}

}  // namespace

int run_skill_approve(const Ports& ports, const RunPorts& run_ports, const ApproveOptions& options) {
  const auto by = approver(ports, options);
  const auto until = end_of_approval(ports, options);
  const auto given = skill::parse_given(options.inputs);
  for (const base::Error* error :
       {by ? nullptr : &by.error(), until ? nullptr : &until.error(), given ? nullptr : &given.error()}) {
    if (error != nullptr) {
      return report_error(ports, *error);
    }
  }
  const auto plan = plan_skill(ports, run_ports, options.skill, *given, options.needs_trust);
  if (!plan) {
    return report_errors(ports, plan.error());
  }
  if (auto expected = check_digest(*plan, options.plan); !expected) {
    return report_error(ports, expected.error());
  }
  if (auto written = write_file(ports, options.file, approval_record(*plan, *by, *until)); !written) {
    return report_error(ports, written.error());
  }
  if (options.file != "-") {
    ports.console.out(fmt::format("{}approved by {} until {}\n  {}\n", skill::describe(*plan), *by,
                                  base::rfc3339(*until, 0), command_to_run(options)));
  }
  return static_cast<int>(base::ExitCode::passed);
}

}  // namespace cachewitness::app
