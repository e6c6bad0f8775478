#include "app/skill_command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>

#include "adapters/own_program.h"
#include "app/command_words.h"
#include "app/help_texts.h"
#include "app/real_ports.h"
#include "app/run_command.h"
#include "app/skill_approve.h"
#include "app/skill_command.h"
#include "base/time.h"

namespace cachewitness::app {

namespace {

using Choose = std::function<void(RunCommand)>;

// How a command talks to a person or ends early is the run's affair, not a step's.
bool is_for_steps(std::string_view option) {
  constexpr std::string_view others[] = {"help", "format", "progress", "no-color", "quiet", "verbose", "dry-run"};
  return std::ranges::find(others, option) == std::end(others);
}

skill::CommandOption::Form form_of(const CLI::Option& option) {
  using Form = skill::CommandOption::Form;
  if (option.get_items_expected_max() == 0) {
    return Form::flag;
  }
  return option.get_expected_max() > 1 ? Form::list : Form::value;
}

void add_run(CLI::App& app, RunOptions& options, const Choose& choose) {
  CLI::App& command = *app.add_subcommand("run", "Execute a SKILL.md protocol");
  command.footer(std::string(run_examples) + std::string(run_exit_codes));
  command.add_option("skill", options.skill, "The skill: its SKILL.md or its directory")->type_name("SKILL");
  command.add_option("input", options.inputs, "Inputs of the skill, as name=value")->type_name("NAME=VALUE");
  command.add_flag("--dry-run", options.is_dry_run, "Show what would run, with digests, and run nothing");
  command.add_flag("--yes", options.is_confirmed, "Let steps run that change something outside of the run");
  command.add_option("--approval", options.approval, "The same, by a file in which somebody approved this plan")
      ->type_name("FILE");
  command.add_option("--resume", options.resume, "Go on with a run: its id, its directory, or last")->type_name("RUN");
  command
      .add_option("--repeat", options.repeat, "With --resume: start this step again though it may have done its work")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("STEP");
  command.add_flag("--require-trust", options.needs_trust, "Refuse a skill that `skill trust` has not pinned");
  command.add_flag("--require-sandbox", options.needs_sandbox, "Refuse to start what the kernel cannot confine");
  command.add_option("--run-directory", options.directory, "Where the run leaves everything (default: a new one)")
      ->type_name("DIR");
  command.add_option("--log", options.log, "A further copy of the execution log")->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--timeout", [&options](const std::string& text) { options.timeout = base::parse_duration(text); },
          "The whole run's deadline, such as 10m (default: the workflow's)")
      ->check(CLI::Validator(duration_fault, ""))
      ->type_name("DURATION");
  add_text_or_json(command, options.format);
  command.add_flag("-q,--quiet", options.is_quiet, "Only the outcome line");
  command.add_flag("-v,--verbose", options.is_verbose, "All that the log has of each step");
  command.callback([&options, choose] {
    choose([&options](const Ports& ports, const RunPorts& run_ports) { return run_skill(ports, run_ports, options); });
  });
}

using SkillFunction = int (*)(const Ports&, const RunPorts&, const SkillOptions&);

void on_choice(CLI::App& command, SkillOptions& options, const Choose& choose, SkillFunction run) {
  command.callback([&options, choose, run] {
    choose([&options, run](const Ports& ports, const RunPorts& run_ports) { return run(ports, run_ports, options); });
  });
}

void add_approve(CLI::App& group, ApproveOptions& options, const Choose& choose) {
  CLI::App& command = *group.add_subcommand("approve", "Let exactly this plan run, by a record for --approval");
  command.add_option("skill", options.skill, "The skill: its SKILL.md or its directory")
      ->required()
      ->type_name("SKILL");
  command.add_option("input", options.inputs, "Inputs of the skill, as name=value")->type_name("NAME=VALUE");
  command.add_option("--approval", options.file, "Where the record is written, for run --approval; - is stdout")
      ->required()
      ->type_name("FILE");
  command.add_option("--by", options.by, "Who approves (default: $USER)")->type_name("NAME");
  CLI::Option* const until =
      command.add_option("--until", options.until, "When it ends, such as 2026-11-23T18:00:00Z")->type_name("TIME");
  command
      .add_option_function<std::string>(
          "--for", [&options](const std::string& text) { options.lasts = *base::parse_duration(text); },
          "How long it is good, such as 30m (default: 1h)")
      ->check(CLI::Validator(duration_fault, ""))
      ->excludes(until)
      ->type_name("DURATION");
  command.add_option("--plan", options.plan, "The digest that was looked at; refuse where the plan has another")
      ->type_name("SHA256");
  command.add_flag("--require-trust", options.needs_trust, "Refuse a skill that `skill trust` has not pinned");
  command.callback([&options, choose] {
    choose([&options](const Ports& ports, const RunPorts& run_ports) {
      return run_skill_approve(ports, run_ports, options);
    });
  });
}

void add_skill(CLI::App& app, SkillCommandLine& line, const Choose& choose) {
  SkillOptions& options = line.skill;
  CLI::App& group = *app.add_subcommand("skill", "Check, list, pin and approve skills; look at their runs");
  group.require_subcommand(1);
  group.footer(std::string(skill_examples));
  CLI::App& check = *group.add_subcommand("check", "Name every fault of a skill and of its workflow");
  check.add_option("skill", options.paths, "SKILL.md or its directory")->required()->type_name("SKILL");
  on_choice(check, options, choose, run_skill_check);
  CLI::App& schema = *group.add_subcommand("schema", "Print the JSON Schema of workflow files, for editors");
  on_choice(schema, options, choose, run_skill_schema);
  CLI::App& list = *group.add_subcommand("list", "Skills here and in your home directory");
  list.add_option("directory", options.paths, "Look here instead")->type_name("DIR");
  add_text_or_json(list, options.format);
  on_choice(list, options, choose, run_skill_list);
  CLI::App& trust = *group.add_subcommand("trust", "Pin what a skill's directory holds; a changed one does not run");
  trust.add_option("skill", options.paths, "SKILL.md or its directory")->required()->type_name("SKILL");
  trust.add_flag("--remove", options.is_removing, "Take the pin away");
  on_choice(trust, options, choose, run_skill_trust);
  add_approve(group, line.approve, choose);
  CLI::App& log = *group.add_subcommand("log", "Runs so far, or the execution log of one");
  log.add_option("run", options.run, "A run's id, its directory, or last")->type_name("RUN");
  log.add_flag("-v,--verbose", options.is_verbose, "All that the log has of each step");
  on_choice(log, options, choose, run_skill_log);
}

void add_log(CLI::App& app, SkillOptions& options, const Choose& choose) {
  CLI::App& group = *app.add_subcommand("log", "Read execution logs");
  group.require_subcommand(1);
  group.footer(std::string(log_examples));
  CLI::App& show = *group.add_subcommand("show", "Render an execution log for a person");
  show.add_option("file", options.paths, "What --log wrote, or the directory of a run")->required()->type_name("FILE");
  show.add_flag("-v,--verbose", options.is_verbose, "All that the log has of each step");
  on_choice(show, options, choose, run_log_show);
}

}  // namespace

skill::Commands commands_of(const CLI::App& app) {
  skill::Commands commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (skill::find_action(command->get_name()) == nullptr) {
      continue;
    }
    skill::Command& known = commands.emplace_back(skill::Command{command->get_name(), {}});
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (is_for_steps(name)) {
          known.options.push_back({name, form_of(*option)});
        }
      }
    }
  }
  return commands;
}

void add_skill_commands(CLI::App& app, SkillCommandLine& line, const std::function<void(RunCommand)>& choose) {
  add_run(app, line.run, choose);
  add_skill(app, line, choose);
  add_log(app, line.skill, choose);
}

RunPorts real_run_ports(const CLI::App& app) {
  RunPorts made;
  made.journal = open_synced_file;
  made.pool = [](ports::Processes& processes) -> std::unique_ptr<StepPool> {
    return std::make_unique<ThreadedStepPool>(processes);
  };
  made.program = adapters::own_program();
  made.commands = commands_of(app);
  return made;
}

}  // namespace cachewitness::app
