// RunPlan: one run of a workflow before anything is done: the inputs bound, every matrix spread out, programs found and
// digested. Shown by --dry-run, approved by its digest, and what a resumed run is held against.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "skill/folder_digest.h"
#include "skill/frontmatter.h"
#include "skill/graph.h"
#include "skill/inputs.h"
#include "skill/value.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

struct Program {
  std::string path;  // absolute; empty = cachewitness itself
  base::Digest digest;
};

// A step for one value of its matrix; most steps have but one instance.
struct Instance {
  std::size_t step = 0;
  std::vector<std::pair<std::string, std::string>> matrix;
  std::string id;                 // "verify", "verify[us-west]"
  Program program;                // of exec and check
  std::vector<std::string> argv;  // as far as it is known; references to steps as they were written
  Program rollback;               // where the step has one
};

struct InputFile {
  std::string name;  // of the input
  base::Digest digest;
};

struct RunPlan {
  Workflow workflow;
  SkillFolder skill;
  base::Digest skill_digest;
  Value::Members inputs;
  std::vector<InputFile> files;  // inputs that name a file which is there
  std::vector<Instance> instances;
  Graph graph;          // of the instances
  Needs needs;          // of the instances
  base::Digest digest;  // of all the above

  [[nodiscard]] const Step& step_of(std::size_t instance) const { return workflow.steps[instances[instance].step]; }
  [[nodiscard]] bool mutates() const;
};

// What only the outside knows.
struct PlanSources {
  // Finds a program by its name or path, as a step of this skill would.
  std::function<base::Result<Program>(const std::string& name)> program;
  // "region" or "environment" of the manifest at a path.
  std::function<base::Result<std::vector<std::string>>(const std::string& axis, const std::string& manifest)> names;
  // Of a file that an input names; nothing where there is none.
  std::function<std::optional<base::Digest>(const std::string& path)> file;
  Sha256 sha256;
};

[[nodiscard]] base::Result<RunPlan, base::Errors> make_run_plan(Workflow workflow, const Frontmatter& frontmatter,
                                                                SkillFolder folder, const base::Digest& skill_digest,
                                                                Value::Members inputs, const PlanSources& sources);

// For a person, and as JSON (`cachewitness.run-plan/v1`). The digest is of the JSON without itself.
[[nodiscard]] std::string describe(const RunPlan& plan);
[[nodiscard]] std::string describe_json(const RunPlan& plan);
// As a person would type it, quoted where a shell would want it; for reading, never for running.
[[nodiscard]] std::string shown_command(const std::vector<std::string>& argv);

}  // namespace cachewitness::skill
