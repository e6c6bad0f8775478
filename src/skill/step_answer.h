// What a step's program said, from its exit and its output to a status and outputs. Forgiving of nothing: an answer
// that is not what the step declares is a failure.
#pragma once

#include <string_view>

#include "evidence/check_answer.h"
#include "skill/course.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// `files` are outputs that are known without the answer.
[[nodiscard]] AttemptEnd read_answer(const Step& step, const evidence::CheckExit& exit, std::string_view output,
                                     bool is_truncated, Value::Members files);

}  // namespace cachewitness::skill
