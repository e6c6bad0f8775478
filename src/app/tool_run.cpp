#include "app/tool_run.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/arm_command.h"
#include "app/caught_console.h"
#include "app/explain_command.h"
#include "app/judge_command.h"
#include "app/manifest_command.h"
#include "app/parity_command.h"
#include "app/verify_command.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "mcp/bounded_json.h"

namespace cachewitness::app {

namespace {

constexpr std::string_view broken_meaning = "the program could not do its work";
constexpr std::size_t most_diagnostics = 50;
constexpr std::uint64_t most_explained = 100;

class ToolRun {
 public:
  ToolRun(const Ports& ports, const PurgePorts& purge_ports, const ToolSettings& settings, const mcp::Call& call)
      : ports_{ports.clock,      ports.entropy,      ports.environment, ports.files,
               ports.processes,  ports.resolver,     ports.network,     console_,
               ports.interrupts, ports.make_network, ports.processors,  ports.watch_progress},
        purge_ports_(purge_ports),
        settings_(settings),
        call_(call) {}

  mcp::ToolResult run() {
    const int code = run_command();
    return {is_broken(code), structured(code)};
  }

 private:
  [[nodiscard]] static bool is_broken(int code) {
    return code != static_cast<int>(base::ExitCode::passed) && code != static_cast<int>(base::ExitCode::failed) &&
           code != static_cast<int>(base::ExitCode::inconclusive);
  }

  [[nodiscard]] std::string file(std::string_view name, std::string_view otherwise = {}) const {
    const std::string given = call_.arguments.has(name) ? call_.arguments.text(name) : std::string(otherwise);
    return given.empty() ? given : settings_.folder + given;
  }

  [[nodiscard]] CommonOptions common() const {
    const mcp::Arguments& given = call_.arguments;
    CommonOptions common;
    common.manifest = settings_.manifest;
    common.narrowing.environments = given.texts("environments");
    common.narrowing.tenants = given.text("tenants");
    common.narrowing.regions = given.text("regions");
    common.narrowing.edges = given.text("edges");
    common.narrowing.assets = given.text("assets");
    common.timeout = base::parse_duration(given.text("timeout"));
    common.format = Format::json;
    common.progress = Show::never;
    common.has_color = false;
    return common;
  }

  int run_command();
  int run_verify_tool();
  int run_purge_tool();
  [[nodiscard]] std::string_view meaning(int code) const;
  [[nodiscard]] std::string structured(int code) const;
  void write_diagnostics(base::JsonWriter& json) const;
  void write_output(base::JsonWriter& json) const;

  CaughtConsole console_;
  Ports ports_;
  const PurgePorts& purge_ports_;
  const ToolSettings& settings_;
  const mcp::Call& call_;
};

int ToolRun::run_verify_tool() {
  VerifyOptions options;
  options.common = common();
  options.purged_at = call_.arguments.text("purged_at");
  options.baseline = file("baseline");
  options.is_fail_fast = call_.arguments.flag("fail_fast");
  options.outputs.evidence = file("evidence");
  options.outputs.report = file("report");
  return run_verify(ports_, options, file("journal"));
}

int ToolRun::run_purge_tool() {
  PurgeOptions options;
  options.common = common();
  options.urls = call_.arguments.texts("urls");
  options.prefixes = call_.arguments.texts("prefixes");
  options.hosts = call_.arguments.texts("hosts");
  options.tags = call_.arguments.texts("tags");
  options.is_soft = call_.arguments.flag("soft");
  options.is_dry_run = call_.arguments.flag("dry_run");
  options.is_resuming = call_.arguments.flag("resume");
  options.journal = file("journal", options.journal);
  return run_purge(ports_, purge_ports_, options);
}

int ToolRun::run_command() {
  const std::string_view name = call_.tool->name;
  if (name == "manifest_check" || name == "manifest_plan") {
    const ManifestOptions options{common()};
    return name == "manifest_plan" ? run_manifest_plan(ports_, options) : run_manifest_check(ports_, options);
  }
  if (name == "arm") {
    ArmOptions options;
    options.common = common();
    options.evidence = file("evidence", options.evidence);
    return run_arm(ports_, options);
  }
  if (name == "parity") {
    ParityOptions options;
    options.common = common();
    options.against = file("against");
    options.outputs.evidence = file("evidence");
    options.outputs.report = file("report");
    return run_parity(ports_, options);
  }
  if (name == "judge") {
    JudgeOptions options;
    options.common = common();
    options.evidence = file("evidence");
    options.outputs.report = file("report");
    return run_judge(ports_, options);
  }
  if (name == "explain") {
    ExplainOptions options;
    options.common = common();
    options.evidence = file("evidence");
    options.variants = call_.arguments.text("variants");
    options.most = std::min(call_.arguments.count("most", options.most), most_explained);
    return run_explain(ports_, options);
  }
  return name == "verify" ? run_verify_tool() : run_purge_tool();
}

// As the commands' own help says.
std::string_view ToolRun::meaning(int code) const {
  const bool is_purge = call_.tool->name == mcp::purging_tool;
  const bool is_gated = call_.tool->result == "report" && !is_purge;
  switch (static_cast<base::ExitCode>(code)) {
    case base::ExitCode::passed:
      return is_gated ? "the gate passed" : "done";
    case base::ExitCode::failed:
      return is_purge ? "the provider refused something" : "the gate failed: something was found";
    case base::ExitCode::usage:
      return "the manifest or an argument is wrong";
    case base::ExitCode::inconclusive:
      return is_purge ? "something is unknown or was not sent" : "too little evidence to say";
    case base::ExitCode::broken:
      return broken_meaning;
    case base::ExitCode::interrupted:
    case base::ExitCode::terminated:
      return "stopped before its end";
  }
  return "unknown";
}

void ToolRun::write_diagnostics(base::JsonWriter& json) const {
  std::vector<std::string> lines = console_.diagnostics();
  lines.resize(std::min(lines.size(), most_diagnostics));
  json.strings("diagnostics", lines);
}

void ToolRun::write_output(base::JsonWriter& json) const {
  const std::string_view out = base::trim(console_.result());
  if (out.empty()) {
    return;
  }
  json.key(call_.tool->result);
  if (call_.tool->result != "text" && out.front() == '{') {
    json.raw(out);
  } else if (out.size() <= settings_.max_result_bytes / 2) {
    json.value(out);
  } else {
    const std::string_view kept = out.substr(0, settings_.max_result_bytes / 2);
    json.value(fmt::format("{}\n(cut: {} bytes more; narrow the call)", base::utf8_or_escaped(kept),
                           out.size() - kept.size()));
  }
}

std::string ToolRun::structured(int code) const {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("exit_code", code);
  json.member("meaning", meaning(code));
  write_diagnostics(json);
  write_output(json);
  json.end_object();
  return mcp::bounded_json(text, settings_.max_result_bytes);
}

}  // namespace

mcp::ToolResult run_tool(const Ports& ports, const PurgePorts& purge_ports, const ToolSettings& settings,
                         const mcp::Call& call) {
  return ToolRun(ports, purge_ports, settings, call).run();
}

mcp::ToolResult failed_result(const base::Error& error) {
  return mcp::failed_result(error.id.exit_code, broken_meaning, error.text());
}

}  // namespace cachewitness::app
