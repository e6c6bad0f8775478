#include "app/plan_skill.h"

#include <utility>

#include <fmt/format.h>

#include "app/plan_sources.h"
#include "app/skill_source.h"
#include "app/skill_trust.h"
#include "base/text.h"
#include "skill/fault_ids.h"

namespace cachewitness::app {

namespace {

namespace faults = skill::faults;

std::unexpected<base::Errors> failed(base::Error error) { return std::unexpected(base::Errors{std::move(error)}); }

base::Result<void> check_trust(const Ports& ports, const SkillSource& source, bool needs_trust) {
  const auto state = trust_of(ports, source);
  if (!state) {
    return std::unexpected(state.error());
  }
  const std::string shown = base::printable(source.folder.directory, 500);
  if (state->trust == Trust::changed) {
    return base::fail(faults::changed,
                      fmt::format("{} is not what was pinned: {}; read the change, then cachewitness skill trust {}",
                                  shown, state->difference, shown));
  }
  if (state->trust == Trust::unpinned && needs_trust) {
    return base::fail(faults::untrusted,
                      fmt::format("{} is not pinned; read it, then cachewitness skill trust {}", shown, shown));
  }
  return {};
}

base::Result<SkillSource, base::Errors> load_runnable(const Ports& ports, const RunPorts& run_ports,
                                                      const std::string& path, bool needs_trust) {
  auto source = load_skill(ports, path, run_ports.commands, skill::Reading::lenient);
  if (!source) {
    return source;
  }
  for (const base::Error& warning : source->warnings) {
    ports.console.err(fmt::format("cachewitness: warning: {}\n", base::printable(warning.text(), 2000)));
  }
  if (!source->workflow) {
    ports.console.out(describe_skill(*source));
    return failed({faults::not_runnable, "this skill has no steps to run", base::SourceSpan{source->path, 1, 1}});
  }
  if (auto trusted = check_trust(ports, *source, needs_trust); !trusted) {
    return failed(std::move(trusted).error());
  }
  return source;
}

}  // namespace

base::Result<skill::RunPlan, base::Errors> plan_skill(const Ports& ports, const RunPorts& run_ports,
                                                      const std::string& path, const skill::GivenInputs& given,
                                                      bool needs_trust) {
  auto source = load_runnable(ports, run_ports, path, needs_trust);
  if (!source) {
    return std::unexpected(std::move(source).error());
  }
  auto inputs = skill::bind_inputs(*source->workflow, given, source->folder, ports.environment.working_directory());
  if (!inputs) {
    return std::unexpected(std::move(inputs).error());
  }
  return skill::make_run_plan(*source->workflow, source->frontmatter, source->folder, source->digest,
                              *std::move(inputs), plan_sources(ports, source->folder));
}

}  // namespace cachewitness::app
