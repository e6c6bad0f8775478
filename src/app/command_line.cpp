#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/posix_processes.h"
#include "adapters/standard_input.h"
#include "app/arm_command.h"
#include "app/command_words.h"
#include "app/demo_command.h"
#include "app/diagnostics.h"
#include "app/explain_command.h"
#include "app/help_texts.h"
#include "app/judge_command.h"
#include "app/lab_certificate.h"
#include "app/lab_command.h"
#include "app/man_page.h"
#include "app/manifest_command.h"
#include "app/mcp_command.h"
#include "app/options.h"
#include "app/parity_command.h"
#include "app/purge_command.h"
#include "app/real_ports.h"
#include "app/skill_command_line.h"
#include "app/verify_command.h"
#include "app/version.h"
#include "base/error.h"
#include "base/text.h"
#include "lab/fault.h"

namespace cachewitness::app {

namespace {

// Everything that the command line can say. Commands bind into it; the one that was named then runs.
struct CommandLine {
  CLI::App app{"Proves, edge by edge, whether a CDN cache invalidation really happened.", "cachewitness"};
  ArmOptions arm;
  PurgeOptions purge;
  VerifyOptions verify;
  ParityOptions parity;
  std::string journal;  // of verify
  JudgeOptions judge;
  ExplainOptions explain;
  ManifestOptions manifest;
  McpOptions mcp;
  LabOptions lab;
  DemoOptions demo;
  SkillCommandLine skill;
  std::function<int(const Ports&)> command;
};

// A word for each value, said by the option's own text; CLI11's would print the numbers of the enumerators.
template <typename Value>
CLI::Validator one_of(std::vector<std::pair<std::string, Value>> words) {
  return CLI::Validator(
      [words = std::move(words)](std::string& text) {
        std::string known;
        for (const auto& [word, value] : words) {
          if (text == word) {
            text = std::to_string(static_cast<int>(value));
            return std::string();
          }
          known += (known.empty() ? "" : ", ") + word;
        }
        return fmt::format("'{}' is none of {}", base::printable(text), known);
      },
      "");
}

CLI::Validator between(int least, int most) { return CLI::Range(least, most).description(""); }

// Alternatives may stand in one option or in several: --tenants 'a,b*' is --tenants a --tenants 'b*'.
void add_glob(CLI::App& command, const std::string& name, std::string& glob, const std::string& text) {
  const auto join = [&glob](const std::vector<std::string>& globs) { glob = fmt::format("{}", fmt::join(globs, ",")); };
  command.add_option_function<std::vector<std::string>>(name, join, text)->allow_extra_args(false)->type_name("GLOB");
}

void add_narrowing(CLI::App& command, plan::Narrowing& narrowing) {
  command.add_option("-e,--environment", narrowing.environments, "Environments, as NAME[,NAME] (default: all)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME");
  add_glob(command, "--tenants", narrowing.tenants, "Only tenants whose id matches");
  add_glob(command, "--regions", narrowing.regions, "Only these regions");
  add_glob(command, "--edges", narrowing.edges, "Only these edges");
  add_glob(command, "--assets", narrowing.assets, "Only these assets");
}

void add_console(CLI::App& command, CommonOptions& common) {
  command.add_option("--format", common.format, "What standard output carries: text, json or github (default: text)")
      ->transform(one_of<Format>({{"text", Format::text}, {"json", Format::json}, {"github", Format::github}}))
      ->type_name("FORMAT");
  command.add_flag("-q,--quiet", common.is_quiet, "Only the outcome line");
  command.add_flag("-v,--verbose", common.is_verbose, "More: the table of edges, every finding");
  command.add_flag_callback(
      "--no-color", [&common] { common.has_color = false; }, "No colours (NO_COLOR is honoured too)");
}

void add_manifest_option(CLI::App& command, std::string& manifest, const std::string& what) {
  command.add_option("-m,--manifest", manifest, what + " (default: $CACHEWITNESS_MANIFEST, then cachewitness.yaml)")
      ->type_name("FILE");
}

void add_run(CLI::App& command, CommonOptions& common) {
  add_manifest_option(command, common.manifest, "The manifest");
  add_narrowing(command, common.narrowing);
  command
      .add_option_function<std::string>(
          "--timeout", [&common](const std::string& text) { common.timeout = base::parse_duration(text); },
          "The whole run's deadline, such as 60s (default: limits.total)")
      ->check(CLI::Validator(duration_fault, ""))
      ->type_name("DURATION");
  command.add_option("--progress", common.progress, "A line on standard error: auto, always or never (default: auto)")
      ->transform(one_of<Show>({{"auto", Show::automatic}, {"always", Show::always}, {"never", Show::never}}))
      ->type_name("WHEN");
  add_console(command, common);
}

void add_outputs(CLI::App& command, OutputOptions& outputs) {
  command.add_option("--report", outputs.report, "Write the JSON report")->type_name("FILE");
  command.add_option("--html", outputs.html, "Write the report as one HTML page")->type_name("FILE");
  command.add_option("--junit", outputs.junit, "Write the report as JUnit XML")->type_name("FILE");
}

void add_arm(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("arm", "Record what every edge holds before the deploy");
  command.footer(std::string(arm_examples) + std::string(exit_codes));
  add_run(command, line.arm.common);
  command.add_option("--evidence", line.arm.evidence, "Where to record it; .zst is compressed")
      ->capture_default_str()
      ->type_name("FILE");
  command.add_flag("--dry-run", line.arm.is_dry_run, "Show what would be sent, and send nothing");
  command.callback([&line] { line.command = [&line](const Ports& ports) { return run_arm(ports, line.arm); }; });
}

void add_origin_gate(CLI::App& command, OriginGateOptions& gate) {
  command.add_flag("--no-origin-gate", gate.is_off, "Purge before every origin replica serves one version");
  command
      .add_option_function<std::string>(
          "--origin-deadline", [&gate](const std::string& text) { gate.deadline = *base::parse_duration(text); },
          "How long to wait for the origin's replicas (default: 60s)")
      ->check(CLI::Validator(duration_fault, ""))
      ->type_name("DURATION");
}

void add_rounds(CLI::App& command, std::uint16_t& rounds, const std::string& text) {
  command.add_option("--repurge", rounds, text)->capture_default_str()->check(between(0, 10))->type_name("N");
}

void add_purge(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("purge", "Ask the CDN to invalidate, and write the purge journal");
  command.footer(std::string(purge_examples) + std::string(purge_exit_codes));
  PurgeOptions& options = line.purge;
  add_run(command, options.common);
  const std::tuple<std::string_view, std::vector<std::string>&, std::string_view, std::string_view> kinds[] = {
      {"--url", options.urls, "This URL; may be repeated (default: every planned one)", "URL"},
      {"--prefix", options.prefixes, "Everything below this URL", "URL"},
      {"--host", options.hosts, "Everything of this host", "HOST"},
      {"--tag", options.tags, "Everything that carries this tag", "TAG"}};
  for (const auto& [name, list, text, type] : kinds) {
    command.add_option(std::string(name), list, std::string(text))
        ->allow_extra_args(false)
        ->type_name(std::string(type));
  }
  command.add_flag("--everything", options.is_everything, "The whole cache; needs --yes");
  command.add_flag("--yes", options.is_confirmed, "Yes, everything");
  command.add_flag("--soft", options.is_soft, "Mark as stale instead of removing, where the provider can");
  command.add_option("--journal", options.journal, "Where to write down what is asked and answered")
      ->capture_default_str()
      ->type_name("FILE");
  command.add_flag("--resume", options.is_resuming, "Finish the purge of that journal");
  command.add_flag("--dry-run", options.is_dry_run, "Show the requests and their cost, and send nothing");
  add_origin_gate(command, options.origin_gate);
  command.add_flag("--verify", options.is_verifying, "Then verify it, and purge again what is flagged");
  add_rounds(command, options.most_rounds, "With --verify: rounds that purge again, 0 to 10");
  command.add_option("--baseline", options.baseline, "What `arm` recorded: tells old from new at origin and edges")
      ->type_name("FILE");
  add_outputs(command, options.outputs);
  command.add_option("--evidence", options.outputs.evidence, "With --verify: keep the evidence")->type_name("FILE");
  command.add_option("--log", options.outputs.log, "With --verify: write the execution log")->type_name("FILE");
  command.callback([&line] {
    line.command = [&line](const Ports& ports) { return run_purge(ports, real_purge_ports(), line.purge); };
  });
}

void add_verify(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("verify", "Probe, judge, report, gate: the main job");
  VerifyOptions& options = line.verify;
  add_run(command, options.common);
  command
      .add_option("--purged-at", options.purged_at, "When the purge was requested: RFC 3339, Unix seconds or journal")
      ->type_name("TIME");
  command.add_option("--journal", line.journal, "What `purge` wrote, and --repurge writes to (default: purge.jsonl)")
      ->type_name("FILE");
  command.add_option("--baseline", options.baseline, "What `arm` recorded: turns `consistent` into `proven`")
      ->type_name("FILE");
  add_rounds(command, options.most_rounds, "Purge again what is flagged, and verify it: rounds at most");
  add_origin_gate(command, options.origin_gate);
  add_outputs(command, options.outputs);
  command.add_option("--evidence", options.outputs.evidence, "Keep the evidence, one JSON line a probe")
      ->type_name("FILE");
  command.add_option("--log", options.outputs.log, "Write the execution log")->type_name("FILE");
  command.footer(std::string(verify_examples) + std::string(exit_codes));
  command.add_flag("--fail-fast", options.is_fail_fast, "Stop at the first cell that is proven stale");
  command.add_flag("--dry-run", options.is_dry_run, "Show what would be sent, and send nothing");
  command.callback([&line] {
    line.command = [&line](const Ports& ports) {
      return run_verify(ports, line.verify, line.journal, real_purge_ports());
    };
  });
}

void add_parity(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("parity", "Compare environments cell by cell");
  command.footer(std::string(parity_examples) + std::string(exit_codes));
  ParityOptions& options = line.parity;
  add_run(command, options.common);
  add_outputs(command, options.outputs);
  command.add_option("--evidence", options.outputs.evidence, "Keep the evidence, one JSON line a probe")
      ->type_name("FILE");
  command.add_option("--from", options.from, "Compare saved evidence again; no network")->type_name("FILE");
  command.add_option("--against", options.against, "An earlier report of `parity`: tell what is new and what is gone")
      ->type_name("FILE");
  command.add_flag("--dry-run", options.is_dry_run, "Show what would be sent, and send nothing");
  command.callback([&line] { line.command = [&line](const Ports& ports) { return run_parity(ports, line.parity); }; });
}

void add_judge(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("judge", "Judge saved evidence again; no network");
  command.footer(std::string(judge_examples) + std::string(exit_codes));
  command.add_option("evidence,--evidence", line.judge.evidence, "What `verify --evidence` kept")
      ->required()
      ->type_name("FILE");
  add_console(command, line.judge.common);
  add_outputs(command, line.judge.outputs);
  command.callback([&line] { line.command = [&line](const Ports& ports) { return run_judge(ports, line.judge); }; });
}

void add_explain(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("explain", "Tell why a cell got its verdict, with the evidence");
  command.footer(std::string(explain_examples));
  ExplainOptions& options = line.explain;
  command.add_option("evidence,--evidence", options.evidence, "What `verify --evidence` kept")
      ->required()
      ->type_name("FILE");
  add_narrowing(command, options.common.narrowing);
  command.add_option("--variants", options.variants, "Only these variants")->type_name("GLOB");
  add_manifest_option(command, options.common.manifest, "Whose purge");
  command.add_option("--most", options.most, "Explain at most so many cells")->capture_default_str()->type_name("N");
  command.callback(
      [&line] { line.command = [&line](const Ports& ports) { return run_explain(ports, line.explain); }; });
}

void add_manifest(CommandLine& line) {
  CLI::App& group = *line.app.add_subcommand("manifest", "Validate the manifest, print its schema or its plan");
  group.require_subcommand(1);
  group.footer(std::string(manifest_examples));  // before its own commands, which inherit it
  CLI::App& check = *group.add_subcommand("check", "Name every fault at once");
  CLI::App& schema = *group.add_subcommand("schema", "Print the JSON Schema, for completion in editors");
  CLI::App& plan = *group.add_subcommand("plan", "Show what would be probed");
  check.add_option("-m,--manifest,file", line.manifest.common.manifest, "The manifest")->type_name("FILE");
  plan.add_option("-m,--manifest,file", line.manifest.common.manifest, "The manifest")->type_name("FILE");
  add_narrowing(plan, line.manifest.common.narrowing);
  add_console(plan, line.manifest.common);
  const auto set = [&line](CLI::App& command, int (*run)(const Ports&, const ManifestOptions&)) {
    command.callback(
        [&line, run] { line.command = [&line, run](const Ports& ports) { return run(ports, line.manifest); }; });
  };
  set(check, run_manifest_check);
  set(schema, run_manifest_schema);
  set(plan, run_manifest_plan);
}

// Programs of a call stop with it, not with a signal to us alone.
std::unique_ptr<ports::Processes> processes_of_call(const ports::Interrupts& interrupts) {
  return std::make_unique<adapters::PosixProcesses>([&interrupts] { return interrupts.pending().has_value(); });
}

void add_mcp(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("mcp", "Serve the verbs as tools of an assistant (MCP over stdio)");
  command.footer(std::string(mcp_examples));
  McpOptions& options = line.mcp;
  add_manifest_option(command, options.manifest, "The manifest");
  command.add_option("--directory", options.directory, "Where tools keep baselines, evidence, reports and journals")
      ->capture_default_str()
      ->type_name("DIR");
  command.add_flag("--allow-purge", options.allows_purge, "Offer the tool that asks the CDN to invalidate");
  command
      .add_option("--max-result-bytes", options.max_result_bytes,
                  "Cut lists until a result is as small (default: 131072)")
      ->check(between(1000, 100'000'000))
      ->type_name("N");
  command.callback([&line] {
    line.command = [&line](const Ports& ports) {
      adapters::StandardInput input;
      return run_mcp(ports, {input, real_purge_ports(), processes_of_call}, line.mcp);
    };
  });
}

void add_demo(CommandLine& line) {
  CLI::App& command =
      *line.app.add_subcommand("demo", "See it work: a CDN of its own, a purge that misses three tenants");
  command.footer(std::string(demo_examples));
  DemoOptions& options = line.demo;
  command
      .add_option("--directory", options.directory,
                  "Where to leave manifest, evidence and reports (default: a new one)")
      ->type_name("DIR");
  command.add_option("--tenants", options.tenants, "How many tenants, 4 to 17576")
      ->capture_default_str()
      ->check(between(4, 17576))
      ->type_name("N");
  command.add_option("--regions", options.regions, "How many regions, 1 to 16")
      ->capture_default_str()
      ->check(between(1, 16))
      ->type_name("N");
  command.add_option("--edges-per-region", options.edges_per_region, "How many edges in each, 2 to 64")
      ->capture_default_str()
      ->check(between(2, 64))
      ->type_name("N");
  add_console(command, options.common);
  command.callback(
      [&line] { line.command = [&line](const Ports& ports) { return run_demo(ports, line.demo, make_network); }; });
}

int run_lab_command(const Ports& ports, const LabOptions& options) {
  LabCertificate certificate;
  if (options.is_tls) {
    auto made = make_lab_certificate(ports.clock.wall());
    if (!made) {
      return report_error(ports, made.error());
    }
    certificate = std::move(*made);
  }
  const LabSurroundings surroundings{ports.network,
                                     ports.files,
                                     ports.clock,
                                     options.is_tls ? &certificate : nullptr,
                                     [&ports](std::string_view text) { ports.console.out(text); },
                                     [&ports] { return ports.interrupts.pending().has_value(); }};
  const auto ended = run_lab(options, surroundings);
  return ended ? 0 : report_error(ports, ended.error());
}

std::string faults_known() {
  constexpr std::size_t width = 90;
  std::string text = "\nFaults:";
  std::size_t used = width;
  for (const std::string_view slug : lab::fault_slugs()) {
    const bool is_full = used + slug.size() > width;
    text += fmt::format("{}{}", is_full ? "\n  " : " ", slug);
    used = (is_full ? 0 : used) + slug.size() + 1;
  }
  return text + "\n";
}

void add_lab(CommandLine& line) {
  CLI::App& command = *line.app.add_subcommand("lab", "A multi-region CDN on loopback, with faults to inject");
  command.footer(std::string(lab_examples) + faults_known());
  LabOptions& options = line.lab;
  command.add_option("--regions", options.regions, "How many regions, 1 to 64")
      ->capture_default_str()
      ->check(between(1, 64))
      ->type_name("N");
  command.add_option("--edges-per-region", options.edges_per_region, "How many edges in each, 1 to 256")
      ->capture_default_str()
      ->check(between(1, 256))
      ->type_name("N");
  command.add_option("--tenants", options.tenants, "How many tenants, 1 to 17576")
      ->capture_default_str()
      ->check(between(1, 17576))
      ->type_name("N");
  command.add_option("--replicas", options.replicas, "How many origin replicas, 1 to 16")
      ->capture_default_str()
      ->check(between(1, 16))
      ->type_name("N");
  command.add_option("--faults", options.faults, "Faults to plant, as KIND[@SERVER[/TENANT]],...")->type_name("LIST");
  command.add_option("--seed", options.seed, "Chooses what the faults leave open")
      ->capture_default_str()
      ->type_name("N");
  command.add_option("--port-base", options.port_base, "Ports from here on (default: any free ones)")
      ->type_name("PORT");
  command.add_option("--directory", options.directory, "Where to write cachewitness.yaml and tenants.csv")
      ->capture_default_str()
      ->type_name("DIR");
  command.add_flag("--tls", options.is_tls, "Edges speak TLS, with a certificate authority of their own");
  command.callback(
      [&line] { line.command = [&line](const Ports& ports) { return run_lab_command(ports, line.lab); }; });
}

void add_commands(CommandLine& line) {
  line.app.require_subcommand(1);
  line.app.set_version_flag("--version", fmt::format("cachewitness {}", version));
  for (const auto add :
       {add_demo, add_arm, add_purge, add_verify, add_parity, add_judge, add_explain, add_manifest, add_mcp, add_lab}) {
    add(line);
  }
  add_skill_commands(line.app, line.skill, [&line](RunCommand run) {
    line.command = [&line, run = std::move(run)](const Ports& real) { return run(real, real_run_ports(line.app)); };
  });
  line.app.footer(std::string(examples) + std::string(exit_codes));  // last, since subcommands inherit it
}

int parse_and_run(int argc, char** argv, const Ports& ports) {
  CommandLine line;
  add_commands(line);
  if (argc > 0) {
    line.demo.program = argv[0];
  }
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    std::ostringstream text;
    line.app.exit(success, text, text);
    ports.console.out(text.str());
    return 0;
  } catch (const CLI::ParseError& error) {
    ports.console.err(fmt::format("cachewitness: {} [usage]\ntry 'cachewitness {}--help'\n", refusal(line.app, error),
                                  deepest(&line.app) == &line.app ? "" : deepest(&line.app)->get_name() + " "));
    return static_cast<int>(base::ExitCode::usage);
  }
  return line.command(ports);
}

}  // namespace

void add_text_or_json(CLI::App& command, Format& format) {
  command.add_option("--format", format, "What standard output carries: text or json (default: text)")
      ->transform(one_of<Format>({{"text", Format::text}, {"json", Format::json}}))
      ->type_name("FORMAT");
}

std::string command_line_manual() {
  CommandLine line;
  add_commands(line);
  return man_page(line.app);
}

int run_command_line(int argc, char** argv) {
  try {
    auto real = RealPorts::make();
    if (!real) {
      std::fprintf(stderr, "cachewitness: %s\n", real.error().text().c_str());
      return static_cast<int>(real.error().id.exit_code);
    }
    const int code = parse_and_run(argc, argv, (*real)->ports());
    // What nobody could read was not delivered. An interrupt has its own code, and a diagnosis its own line.
    const auto& lost = (*real)->console_failure();
    return lost && code < static_cast<int>(base::ExitCode::broken) ? report_error((*real)->ports(), *lost) : code;
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "cachewitness: bug: %s\n", bug.what());
    return static_cast<int>(base::ExitCode::broken);
  }
}

}  // namespace cachewitness::app
