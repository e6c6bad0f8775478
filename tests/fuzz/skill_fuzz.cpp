// Any bytes as a SKILL.md, and its frontmatter's rest as a workflow: read or told, never a crash, a hang or a fault
// without a text. What is read is also planned and, with steps that end at once, carried through.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "skill/course.h"
#include "skill/document.h"
#include "skill/frontmatter.h"
#include "skill/parse_workflow.h"
#include "support/skill_commands.h"

using namespace cachewitness;  // NOLINT(google-build-using-namespace): a program of one function

namespace {

void check_told(const base::Errors& errors) {
  CW_ASSERT(!errors.empty());
  for (const base::Error& error : errors) {
    CW_ASSERT(!error.text().empty() && error.message.find('\n') == std::string::npos);
  }
}

skill::PlanSources sources() {
  skill::PlanSources made;
  made.program = [](const std::string& name) { return base::Result<skill::Program>(skill::Program{"/" + name, {}}); };
  made.names = [](const std::string&, const std::string&) {
    return base::Result<std::vector<std::string>>(std::vector<std::string>{"one", "two"});
  };
  made.file = [](const std::string&) { return std::optional<base::Digest>(); };
  made.sha256 = [](std::string_view text) {
    base::Digest digest;
    digest.bytes[0] = static_cast<std::uint8_t>(text.size() | 1U);
    return digest;
  };
  return made;
}

// Every step ends at once, every third badly: the course comes to its end whatever the workflow says.
void carry_through(const skill::RunPlan& plan) {
  skill::RunState state{plan, "run", "/run", {}};
  skill::Course course(state);
  base::Tick now{0};
  std::size_t turns = 0;
  for (std::size_t ended = 0; !course.is_over(); ++turns) {
    CW_ASSERT(turns < 100'000);
    const auto starts = course.next(now, 4);
    for (const skill::Start& start : starts) {
      skill::AttemptEnd end;
      end.status = ++ended % 3 == 0 ? report::StepStatus::failed : report::StepStatus::complete;
      course.finish(start, std::move(end), now);
    }
    (void)course.take_decisions();
    const auto next = course.next_attempt_at();
    CW_ASSERT(!starts.empty() || next || course.is_over());
    now = next ? std::max(now, *next) : now;
  }
}

void try_workflow(skill::Workflow workflow) {
  const auto inputs = skill::bind_inputs(workflow, {}, {"/skills/a", "a"}, "/here");
  if (!inputs) {
    check_told(inputs.error());
    return;
  }
  const auto plan = skill::make_run_plan(std::move(workflow), {}, {"/skills/a", "a"}, {}, *inputs, sources());
  if (!plan) {
    check_told(plan.error());
    return;
  }
  CW_ASSERT(!skill::describe(*plan).empty());
  carry_through(*plan);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const skill::Commands commands = testing_support::skill_commands();
  if (auto workflow = skill::parse_workflow(text, "w.yaml", commands)) {
    try_workflow(*std::move(workflow));
  } else {
    check_told(workflow.error());
  }
  const auto document = skill::split_document(text, "SKILL.md");
  if (!document) {
    return 0;
  }
  for (const auto reading : {skill::Reading::strict, skill::Reading::lenient}) {
    if (const auto read = skill::read_frontmatter(*document, "SKILL.md", "a", reading); !read) {
      check_told(read.error());
    }
  }
  auto of_blocks = skill::workflow_of_blocks(*document, "SKILL.md", commands);
  if (!of_blocks) {
    check_told(of_blocks.error());
  } else if (*of_blocks) {
    try_workflow(**std::move(of_blocks));
  }
  return 0;
}
