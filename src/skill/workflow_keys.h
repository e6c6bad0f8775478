// Every key of a workflow, once. The binder reads workflows by these tables (manifest/key_table.h).
#pragma once

#include <string>

#include "manifest/key_table.h"

namespace cachewitness::skill {

// The owner of each is a Workflow, a Step.
[[nodiscard]] const manifest::Table& workflow_table();
[[nodiscard]] const manifest::Table& step_table();
// The inputs alone, name: {type: ...}; for a fenced block. Its owner is a Workflow.
[[nodiscard]] const manifest::Shape& inputs_shape();

// For editors (draft-07). What no single key can tell, such as a reference to a step that is not there, is `skill
// check`'s to say.
[[nodiscard]] std::string workflow_json_schema();

}  // namespace cachewitness::skill
