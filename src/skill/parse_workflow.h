// Text to Workflow: from a file of YAML, or from the fenced blocks of SKILL.md. Every fault is told, each with its
// place in the file that a person wrote.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "skill/actions.h"
#include "skill/document.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// `file` is for messages.
[[nodiscard]] std::expected<Workflow, base::Errors> parse_workflow(std::string_view text, const std::string& file,
                                                                   const Commands& commands);

// Nothing where no block carries `step=ID`.
[[nodiscard]] std::expected<std::optional<Workflow>, base::Errors> workflow_of_blocks(const Document& document,
                                                                                      const std::string& file,
                                                                                      const Commands& commands);

}  // namespace cachewitness::skill
