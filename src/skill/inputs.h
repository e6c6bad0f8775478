// The inputs of one run: what was given on the command line, held against what the workflow declares.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "skill/value.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// Where the skill lies: absolute.
struct SkillFolder {
  std::string directory{};
  std::string name{};
};

using GivenInputs = std::vector<std::pair<std::string, std::string>>;

// "manifest=shop.yaml".
[[nodiscard]] base::Result<GivenInputs> parse_given(const std::vector<std::string>& words);

// Every declared input with its value, in the order of the workflow; paths are absolute, from `working_directory`.
[[nodiscard]] base::Result<Value::Members, base::Errors> bind_inputs(const Workflow& workflow, const GivenInputs& given,
                                                                     const SkillFolder& folder,
                                                                     const std::string& working_directory);

}  // namespace cachewitness::skill
