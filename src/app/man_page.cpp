#include "app/man_page.h"

#include <CLI/CLI.hpp>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "app/help_texts.h"

namespace cachewitness::app {

namespace {

constexpr std::string_view description = R"(.SH DESCRIPTION
A purge API answers 200 and means \fIaccepted\fR, never \fIevicted\fR.
\fBcachewitness\fR asks every edge of every region for every tenant, asset and variant, holds each answer against
the origin and against the moment of the purge, names the cause where something is stale, and ends with an exit
status that gates a deployment.
It probes nothing but the addresses that the manifest names.
.PP
Standard output carries the result; progress and diagnostics go to standard error.
)";

constexpr std::string_view surroundings = R"(.SH ENVIRONMENT
.TP
\fBCACHEWITNESS_MANIFEST\fR
The manifest, where no \fB\-m\fR names one.
.TP
\fBNO_COLOR\fR
Where it is set and not empty, nothing is coloured.
.TP
\fBXDG_STATE_HOME\fR, \fBXDG_CACHE_HOME\fR
Where runs and pins of skills, and TLS sessions of earlier runs, are kept (default: ~/.local/state and ~/.cache).
.SH FILES
.TP
\fIcachewitness.yaml\fR
The manifest, where neither \fB\-m\fR nor \fBCACHEWITNESS_MANIFEST\fR names one.
.TP
\fIpurge.jsonl\fR
The journal that \fBpurge\fR writes unless told otherwise.
)";

// What roff would read as its own: escapes, and requests at the start of a line.
std::string escaped(std::string_view text) {
  std::string out;
  bool is_line_start = true;
  for (const char c : text) {
    if (is_line_start && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '^':
        out += "\\(ha";
        break;
      default:
        out += c;
    }
    is_line_start = c == '\n';
  }
  return out;
}

std::string verbatim(std::string_view text) {
  while (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  return fmt::format(".PP\n.nf\n{}\n.fi\n", escaped(text));
}

std::vector<const CLI::App*> commands_below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

bool is_help(const CLI::Option& option) { return option.check_name("--help"); }

// The word that stands for its value: what the option says, or its name.
std::string placeholder(const CLI::Option& option) {
  return fmt::format("\\fI{}\\fR", escaped(option.get_type_name()));
}

std::string names_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) {
    names += fmt::format("{}\\fB\\-{}\\fR", names.empty() ? "" : ", ", escaped(name));
  }
  for (const std::string& name : option.get_lnames()) {
    names += fmt::format("{}\\fB\\-\\-{}\\fR", names.empty() ? "" : ", ", escaped(name));
  }
  const bool has_value = option.get_type_size() != 0;
  return has_value ? fmt::format("{}{}{}", names, names.empty() ? "" : " ", placeholder(option)) : names;
}

std::string synopsis_of(const CLI::App& command, const std::string& name) {
  std::string line = fmt::format("\\fBcachewitness {}\\fR", escaped(name));
  bool has_options = false;
  std::string positionals;
  for (const CLI::Option* option : command.get_options()) {
    has_options = has_options || (option->nonpositional() && !is_help(*option));
    if (option->get_positional()) {
      const std::string_view more = option->get_expected_max() > 1 ? "..." : "";
      positionals += option->get_required() ? fmt::format(" {}{}", placeholder(*option), more)
                                            : fmt::format(" [{}]{}", placeholder(*option), more);
    }
  }
  return fmt::format("{}{}{}\n", line, has_options ? " [\\fIOPTION\\fR]..." : "", positionals);
}

std::string option_entry(const CLI::Option& option) {
  const std::string& fallback = option.get_default_str();
  return fmt::format(".TP\n{}\n{}{}\n", names_of(option), escaped(option.get_description()),
                     fallback.empty() ? "" : fmt::format(" (default: {})", escaped(fallback)));
}

// Exit codes that are everybody's have a section of their own.
std::string_view own_footer(const CLI::App& command, const std::string& footer) {
  std::string_view text = footer;
  if (text.ends_with(exit_codes)) {
    text.remove_suffix(exit_codes.size());
  }
  const bool is_inherited = command.get_parent() != nullptr && command.get_parent()->get_footer() == footer;
  return is_inherited ? std::string_view() : text;
}

std::string section_of(const CLI::App& command, const std::string& name) {
  std::string text = fmt::format(".SS {}\n{}.PP\n{}.\n", escaped(name), synopsis_of(command, name),
                                 escaped(command.get_description()));
  for (const CLI::Option* option : command.get_options()) {
    if (!is_help(*option)) {
      text += option_entry(*option);
    }
  }
  const std::string footer = command.get_footer();
  const std::string_view examples_and_codes = own_footer(command, footer);
  return examples_and_codes.empty() ? text : text + verbatim(examples_and_codes);
}

std::string sections_below(const CLI::App& app, const std::string& path) {
  std::string text;
  for (const CLI::App* command : commands_below(app)) {
    const std::string name = path + command->get_name();
    if (commands_below(*command).empty()) {
      text += section_of(*command, name);
    } else {
      text += sections_below(*command, name + " ");
      text += verbatim(command->get_footer());
    }
  }
  return text;
}

}  // namespace

std::string man_page(const CLI::App& app) {
  std::string text = fmt::format(
      ".\\\" Written from the command line by tools/man_page.cpp; edit src/app, then build man_page_update.\n"
      ".TH CACHEWITNESS 1\n.nh\n.ad l\n"
      ".SH NAME\ncachewitness \\- proves, edge by edge, whether a CDN cache invalidation really happened\n"
      ".SH SYNOPSIS\n\\fBcachewitness\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n.br\n"
      "\\fBcachewitness\\fR [\\fICOMMAND\\fR] \\fB\\-\\-help\\fR\n.br\n"
      "\\fBcachewitness\\fR \\fB\\-\\-version\\fR\n"
      "{}.SH COMMANDS\n{}.SH EXIT STATUS\n{}{}",
      description, sections_below(app, ""), verbatim(exit_codes), surroundings);
  return text + ".SH EXAMPLES\n" + verbatim(examples);
}

}  // namespace cachewitness::app
