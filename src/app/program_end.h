// How a program of the user's ended, for a person.
#pragma once

#include <string>
#include <string_view>

#include "evidence/check_answer.h"
#include "ports/processes.h"

namespace cachewitness::app {

[[nodiscard]] inline bool has_succeeded(const ports::ProcessOutcome& outcome) {
  return outcome.end == ports::ProcessOutcome::End::exited && outcome.code == 0;
}

// What follows the program's name: "exited with code 3", "did not end within 30s", "wrote more than 4 MiB to standard
// output". `spec` is what it was started with.
[[nodiscard]] std::string how_it_ended(const ports::ProcessSpec& spec, const ports::ProcessOutcome& outcome);

// "; it said: no such tenant", of the end of its standard error; empty where it said nothing there.
[[nodiscard]] std::string last_words(const ports::ProcessOutcome& outcome);

// As those see it who read its answer. `reason` is what how_it_ended() told, and is borrowed.
[[nodiscard]] evidence::CheckExit exit_of(const ports::ProcessOutcome& outcome, std::string_view reason);

}  // namespace cachewitness::app
