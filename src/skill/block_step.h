// A step that stands in a fenced block of SKILL.md. Its info string says which step it is and how it is run; other
// readers of the Markdown see a code block and no more.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifest/bind.h"
#include "skill/actions.h"
#include "skill/document.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// "sh step=probe needs=a,b": the language and what follows it.
struct BlockInfo {
  std::string language;
  bool is_inputs = false;  // "yaml inputs"
  std::vector<std::pair<std::string, std::string>> attributes;

  [[nodiscard]] const std::string* find(std::string_view name) const;
};

// An error only where it carries `step=` and is not well formed; any other info string is somebody else's.
[[nodiscard]] std::expected<BlockInfo, std::string> parse_block_info(std::string_view info);

// Faults go to the binder. Requires: `info` has "step".
[[nodiscard]] Step read_block_step(const CodeBlock& block, const BlockInfo& info, const Commands& commands,
                                   manifest::Binder& binder);
void read_block_inputs(const CodeBlock& block, manifest::Binder& binder, Workflow& workflow);

}  // namespace cachewitness::skill
