// Every key of a workflow, once. The binder reads workflows by these tables (manifest/key_table.h).
#pragma once

#include "manifest/key_table.h"

namespace cachewitness::skill {

// The owner of each is a Workflow, a Step.
[[nodiscard]] const manifest::Table& workflow_table();
[[nodiscard]] const manifest::Table& step_table();
// The inputs alone, name: {type: ...}; for a fenced block. Its owner is a Workflow.
[[nodiscard]] const manifest::Shape& inputs_shape();

}  // namespace cachewitness::skill
