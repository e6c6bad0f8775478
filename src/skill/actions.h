// Actions: what a step can do. `exec` and `check` run a program of the user's; every other action is a command of
// cachewitness, with the options that the command line itself has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skill/value.h"

namespace cachewitness::skill {

inline constexpr std::string_view exec_action = "exec";
inline constexpr std::string_view check_action = "check";

// An option of a command, as the command line knows it: its long name without "--".
struct CommandOption {
  enum class Form : std::uint8_t { value, flag, list };

  std::string name;
  Form form = Form::value;
};

struct Command {
  std::string name;
  std::vector<CommandOption> options;
};
using Commands = std::vector<Command>;

struct ActionOutput {
  std::string_view name;
  Type type = Type::text;
  std::string_view from;  // path in the JSON answer
};

// What is known of a command beyond its options.
struct Action {
  std::string_view name;
  bool mutates = false;
  bool answers_json = false;  // takes --format json
  bool has_log = false;       // takes --log, whose steps stand for the step's own in the run's log
  std::vector<ActionOutput> outputs{};
};

// Null for exec, check and what is no action.
[[nodiscard]] const Action* find_action(std::string_view name);
// All that a step may say, for messages.
[[nodiscard]] std::vector<std::string_view> action_names();
// Of `check`.
[[nodiscard]] const std::vector<ActionOutput>& check_outputs();
// Options that name a file. Each that a step gives is an output of that name, as an absolute path.
[[nodiscard]] bool is_file_option(std::string_view name);

}  // namespace cachewitness::skill
