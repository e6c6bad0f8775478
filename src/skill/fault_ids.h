// The ids of what may be wrong with a skill, its workflow or the plan made of it. All lead to exit code 2.
#pragma once

#include "base/error.h"

namespace cachewitness::skill::faults {

using base::ErrorId;
using base::ExitCode;

// Of SKILL.md.
inline constexpr ErrorId frontmatter{"skill-frontmatter", ExitCode::usage};
inline constexpr ErrorId bad_field{"skill-bad-field", ExitCode::usage};
inline constexpr ErrorId block{"skill-bad-block", ExitCode::usage};
inline constexpr ErrorId not_runnable{"skill-not-runnable", ExitCode::usage};
inline constexpr ErrorId not_allowed{"skill-tool-not-allowed", ExitCode::usage};
inline constexpr ErrorId bad_content{"skill-bad-content", ExitCode::usage};
inline constexpr ErrorId untrusted{"skill-untrusted", ExitCode::usage};
inline constexpr ErrorId changed{"skill-changed", ExitCode::usage};
// Of the workflow.
inline constexpr ErrorId text{"workflow-text", ExitCode::usage};
inline constexpr ErrorId unknown_key{"workflow-unknown-key", ExitCode::usage};
inline constexpr ErrorId missing_key{"workflow-missing-key", ExitCode::usage};
inline constexpr ErrorId wrong_type{"workflow-wrong-type", ExitCode::usage};
inline constexpr ErrorId bad_value{"workflow-bad-value", ExitCode::usage};
inline constexpr ErrorId duplicate{"workflow-duplicate", ExitCode::usage};
inline constexpr ErrorId unknown_step{"workflow-unknown-step", ExitCode::usage};
inline constexpr ErrorId cycle{"workflow-cycle", ExitCode::usage};
inline constexpr ErrorId reference{"workflow-bad-reference", ExitCode::usage};
inline constexpr ErrorId expression{"workflow-bad-condition", ExitCode::usage};
inline constexpr ErrorId unknown_option{"workflow-unknown-option", ExitCode::usage};
inline constexpr ErrorId too_many{"workflow-too-many-faults", ExitCode::usage};
// Of one run of it.
inline constexpr ErrorId input{"run-bad-input", ExitCode::usage};
inline constexpr ErrorId no_program{"run-no-program", ExitCode::usage};
inline constexpr ErrorId not_approved{"run-not-approved", ExitCode::usage};
inline constexpr ErrorId not_resumable{"run-not-resumable", ExitCode::usage};
inline constexpr ErrorId bad_log{"log-unreadable", ExitCode::usage};

}  // namespace cachewitness::skill::faults
