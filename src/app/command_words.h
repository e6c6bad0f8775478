// What several parts of the command line say in the same words.
#pragma once

#include <string>

#include "app/options.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace cachewitness::app {

// The subcommand that the parser had come to.
[[nodiscard]] const CLI::App* deepest(const CLI::App* app);
// One line for what CLI11 refused, with the nearest known word where one was misspelt.
[[nodiscard]] std::string refusal(const CLI::App& app, const CLI::ParseError& error);
// What is wrong with a duration; empty = nothing.
[[nodiscard]] std::string duration_fault(const std::string& text);
// --format of commands that print for people or as JSON.
void add_text_or_json(CLI::App& command, Format& format);

}  // namespace cachewitness::app
