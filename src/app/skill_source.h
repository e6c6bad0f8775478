// A skill as it lies on disk: SKILL.md, the workflow that it names, and the digest of its directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/ports.h"
#include "base/digest.h"
#include "base/result.h"
#include "skill/actions.h"
#include "skill/folder_digest.h"
#include "skill/frontmatter.h"
#include "skill/inputs.h"
#include "skill/workflow.h"

namespace cachewitness::app {

inline constexpr std::string_view workflow_key = "cachewitness.workflow";

struct SkillSource {
  std::string path;  // of SKILL.md, as it was given or found
  skill::SkillFolder folder;
  skill::Frontmatter frontmatter;
  base::Errors warnings;
  std::optional<skill::Workflow> workflow;  // none: a skill to be read, not run
  std::vector<skill::FolderFile> files;
  base::Digest digest;
};

// `path` is SKILL.md or its directory.
[[nodiscard]] base::Result<SkillSource, base::Errors> load_skill(const Ports& ports, const std::string& path,
                                                                 const skill::Commands& commands,
                                                                 skill::Reading reading);

// The skill's name, what it is for, and how it could be made to run.
[[nodiscard]] std::string describe_skill(const SkillSource& source);

}  // namespace cachewitness::app
