#include "skill/workflow.h"

#include <algorithm>

namespace cachewitness::skill {

const Input* Workflow::find_input(std::string_view name) const {
  const auto found = std::ranges::find(inputs, name, &Input::name);
  return found == inputs.end() ? nullptr : &*found;
}

const Step* Workflow::find_step(std::string_view id) const {
  const auto found = std::ranges::find(steps, id, &Step::id);
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace cachewitness::skill
