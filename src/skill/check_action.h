// What one step's action asks of its keys: a command knows its options, a program must be named.
#pragma once

#include "manifest/fault_list.h"
#include "skill/actions.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// Completes the step: its kind, and `mutates` where the action always does.
void check_step_action(Step& step, const Commands& commands, manifest::FaultList& faults);

// Keys of a `check`'s `with`.
[[nodiscard]] const std::vector<std::string_view>& check_options();

}  // namespace cachewitness::skill
