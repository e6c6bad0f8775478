// What exactly is started for a step: its arguments and what it gets on standard input.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "skill/run_state.h"
#include "skill/template.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

inline constexpr std::string_view step_schema_name = "cachewitness.step/v1";
inline constexpr std::string_view program_name = "cachewitness";

// The step's arguments without the program: what `run` says, or a command's options as --name=value.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> arguments_of(const Step& step,
                                                                                const Template::Lookup& lookup);

struct Attempt {
  std::string run_id;
  std::string step;  // the instance's id
  std::uint32_t number = 1;
  std::string work;   // directory that the step runs in
  std::string skill;  // directory
};

// On standard input of `exec`: `cachewitness.step/v1`; of `check`: `cachewitness.check/v1`.
[[nodiscard]] std::expected<std::string, std::string> input_of(const Step& step, const Attempt& attempt,
                                                               const Template::Lookup& lookup);

// Outputs that are known before the step runs: the files that a command was told to write.
[[nodiscard]] Value::Members file_outputs(const Step& step, const std::string& work, const Template::Lookup& lookup);

}  // namespace cachewitness::skill
