// What no key alone can tell of a workflow: ids, needs and cycles, what references mean, options of commands.
#pragma once

#include "base/error.h"
#include "manifest/fault_list.h"
#include "skill/actions.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// Also completes the steps: an action that always mutates is marked so.
void check_workflow(Workflow& workflow, const Commands& commands, manifest::FaultList& faults);

// Faults of the binder and of YAML, under the ids that they have in a workflow.
[[nodiscard]] base::Errors as_workflow_faults(base::Errors errors);

}  // namespace cachewitness::skill
