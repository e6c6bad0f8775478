#include "mcp/tool.h"

#include "base/json_writer.h"

namespace cachewitness::mcp {

namespace {

using base::JsonWriter;
using Kind = Parameter::Kind;

constexpr Parameter narrowing[] = {
    {"environments", Kind::texts, "Only these environments of the manifest; all where left out"},
    {"tenants", Kind::text, "Only tenants whose id matches this glob, such as tenant-a*"},
    {"regions", Kind::text, "Only regions that match this glob"},
    {"edges", Kind::text, "Only edges that match this glob"},
    {"assets", Kind::text, "Only assets that match this glob"},
};
constexpr Parameter run_limit{"timeout", Kind::duration,
                              "The whole run's deadline, such as 60s; the manifest's "
                              "limits.total where left out"};
constexpr Parameter kept_evidence{"evidence", Kind::file,
                                  "Keep the evidence under this file name, for judge and explain; .zst is compressed"};
constexpr Parameter kept_report{"report", Kind::file,
                                "Write the whole JSON report under this file name; what is returned is bounded"};
constexpr Parameter saved_evidence{"evidence", Kind::file, "The file that verify kept as its evidence", true};

constexpr Parameter arm_parameters[] = {
    {"evidence", Kind::file, "Where to record the baseline; baseline.jsonl where left out"}, run_limit};
constexpr Parameter verify_parameters[] = {
    {"purged_at", Kind::moment, "When the purge was requested: RFC 3339 or Unix seconds"},
    {"journal", Kind::file, "The journal of the purge, instead of purged_at"},
    {"baseline", Kind::file, "What arm recorded before: turns `consistent` into `proven`"},
    {"fail_fast", Kind::flag, "Stop at the first cell that fails the gate"},
    kept_evidence,
    kept_report,
    run_limit};
constexpr Parameter parity_parameters[] = {
    {"against", Kind::file, "An earlier report of parity: tell what is new and what is gone"},
    kept_evidence,
    kept_report,
    run_limit};
constexpr Parameter judge_parameters[] = {saved_evidence, kept_report};
constexpr Parameter explain_parameters[] = {saved_evidence,
                                            {"variants", Kind::text, "Only variants that match this glob"},
                                            {"most", Kind::count, "Explain at most so many cells; 5 where left out"}};
constexpr Parameter purge_parameters[] = {
    {"urls", Kind::texts, "These URLs; every planned one where nothing is named"},
    {"prefixes", Kind::texts, "Everything below these URLs"},
    {"hosts", Kind::texts, "Everything of these hosts"},
    {"tags", Kind::texts, "Everything that carries these tags"},
    {"soft", Kind::flag, "Mark as stale instead of removing, where the provider can"},
    {"dry_run", Kind::flag, "Tell the requests and their cost, and send nothing"},
    {"journal", Kind::file, "Where to write down what is asked and answered; purge.jsonl where left out"},
    {"resume", Kind::flag, "Finish the purge of that journal"}};

constexpr Tool tools[] = {
    {.name = "manifest_check",
     .title = "Check the manifest",
     .description = "Reads the manifest that this server was started with and names every fault with its place. Sends "
                    "nothing.",
     .own_parameters = {},
     .is_read_only = true,
     .result = "text"},
    {.name = "manifest_plan",
     .title = "Show what would be probed",
     .description = "Environments, edges, tenants, assets and the number of requests that verify would send. Sends "
                    "nothing.",
     .own_parameters = {},
     .is_read_only = true,
     .is_narrowed = true,
     .result = "plan"},
    {.name = "arm",
     .title = "Record what every edge holds",
     .description = "Before a deploy: asks every edge for every cell and records the answers as a baseline for verify. "
                    "Sends GET requests only.",
     .own_parameters = arm_parameters,
     .is_open_world = true,
     .is_narrowed = true,
     .result = "text"},
    {.name = "verify",
     .title = "Prove a cache invalidation",
     .description = "After a purge: asks every edge for every tenant, asset and variant, judges each cell against the "
                    "origin and the moment of the purge, and names the cause of what is stale. Sends GET requests "
                    "only. exit_code 0: the gate passed, 1: it failed, 3: too little evidence to say.",
     .own_parameters = verify_parameters,
     .is_open_world = true,
     .is_narrowed = true,
     .result = "report"},
    {.name = "parity",
     .title = "Compare environments",
     .description = "Asks the edges of two or more environments and tells where their answers differ. Sends GET "
                    "requests only.",
     .own_parameters = parity_parameters,
     .is_open_world = true,
     .is_narrowed = true,
     .result = "report"},
    {.name = "judge",
     .title = "Judge saved evidence again",
     .description = "The verdicts and the gate out of evidence that verify kept. Sends nothing.",
     .own_parameters = judge_parameters,
     .result = "report"},
    {.name = "explain",
     .title = "Explain a verdict",
     .description =
         "Tells why cells got their verdicts, with the evidence that led to them: the flagged ones, or those "
         "that are named. Sends nothing.",
     .own_parameters = explain_parameters,
     .is_read_only = true,
     .is_narrowed = true,
     .result = "text"},
    {.name = purging_tool,
     .title = "Ask the CDN to invalidate",
     .description = "Sends the purge to the environment's provider and keeps a journal. It takes objects out of a live "
                    "cache: ask the person first, and look with dry_run before.",
     .own_parameters = purge_parameters,
     .is_destructive = true,
     .is_open_world = true,
     .is_narrowed = true,
     .result = "report"},
};

void write_type(JsonWriter& json, Kind kind) {
  switch (kind) {
    case Kind::flag:
      json.member("type", "boolean");
      return;
    case Kind::count:
      json.member("type", "integer");
      json.member("minimum", 1);
      return;
    case Kind::texts:
      json.member("type", "array");
      json.begin_object("items");
      json.member("type", "string");
      json.end_object();
      return;
    case Kind::file:
      json.member("type", "string");
      json.member("pattern", "^[A-Za-z0-9_][A-Za-z0-9._-]*$");
      return;
    case Kind::text:
    case Kind::moment:
    case Kind::duration:
      json.member("type", "string");
      return;
  }
}

}  // namespace

std::span<const Tool> all_tools() { return tools; }

std::vector<Parameter> parameters_of(const Tool& tool) {
  std::vector<Parameter> parameters(tool.own_parameters.begin(), tool.own_parameters.end());
  if (tool.is_narrowed) {
    parameters.insert(parameters.begin(), std::begin(narrowing), std::end(narrowing));
  }
  return parameters;
}

std::string input_schema(const Tool& tool) {
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", "object");
  json.begin_object("properties");
  std::vector<std::string_view> required;
  for (const Parameter& parameter : parameters_of(tool)) {
    json.begin_object(parameter.name);
    write_type(json, parameter.kind);
    json.member("description", parameter.description);
    json.end_object();
    if (parameter.is_required) {
      required.push_back(parameter.name);
    }
  }
  json.end_object();
  if (!required.empty()) {
    json.strings("required", required);
  }
  json.member("additionalProperties", false);
  json.end_object();
  return text;
}

std::string output_schema(const Tool& tool) {
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::compact);
  const auto property = [&json](std::string_view name, std::string_view type, std::string_view description) {
    json.begin_object(name);
    json.member("type", type);
    json.member("description", description);
    json.end_object();
  };
  json.begin_object();
  json.member("type", "object");
  json.begin_object("properties");
  property("exit_code", "integer", "What the command line would have ended with");
  property("meaning", "string", "What this exit code means");
  json.begin_object("diagnostics");
  json.member("type", "array");
  json.begin_object("items");
  json.member("type", "string");
  json.end_object();
  json.member("description", "Errors and warnings, with what to do about them");
  json.end_object();
  property(tool.result, tool.result == "text" ? "string" : "object",
           "What the command prints; not there where it could not do its work");
  property("truncated", "object", "Lists that were cut to keep the result small, with their whole length");
  json.end_object();
  json.strings("required", std::vector<std::string_view>{"exit_code", "meaning", "diagnostics"});
  json.end_object();
  return text;
}

}  // namespace cachewitness::mcp
