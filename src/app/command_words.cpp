#include "app/command_words.h"

#include <CLI/CLI.hpp>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace cachewitness::app {

namespace {

std::vector<std::string> known_words(const CLI::App& command, bool is_option) {
  std::vector<std::string> known;
  if (is_option) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        known.push_back("--" + name);
      }
    }
  } else {
    for (const CLI::App* subcommand : command.get_subcommands([](const CLI::App*) { return true; })) {
      known.push_back(subcommand->get_name());
    }
  }
  return known;
}

}  // namespace

const CLI::App* deepest(const CLI::App* app) {
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
  }
  return app;
}

std::string refusal(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = *deepest(&app);
  const std::vector<std::string> left = app.remaining(true);
  if (left.empty()) {
    return base::printable(error.what(), 1000);
  }
  const std::string word = left.front().substr(0, left.front().find('='));
  const bool is_option = word.starts_with('-');
  const std::vector<std::string> known = known_words(command, is_option);
  const auto near = base::nearest(word, {known.begin(), known.end()});
  return fmt::format("unknown {} '{}'{}",
                     is_option       ? "option"
                     : known.empty() ? "argument"
                                     : "command",
                     base::printable(word), near ? fmt::format("; did you mean '{}'?", *near) : "");
}

std::string duration_fault(const std::string& text) {
  const auto duration = base::parse_duration(text);
  if (!duration) {
    return fmt::format("'{}' is not a duration; write 30s, 1m30s or 250ms", text);
  }
  return *duration > base::Duration::zero() ? "" : fmt::format("'{}' leaves no time at all; write 30s or 1m30s", text);
}

}  // namespace cachewitness::app
