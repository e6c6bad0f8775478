#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <string>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "report/parity_report.h"

namespace cachewitness::report {

namespace {

using base::JsonWriter;

constexpr std::size_t max_value_bytes = 1000;

void append_gate(JsonWriter& json, const parity::Gate& gate) {
  json.begin_object("gate");
  json.member("passed", gate.passed);
  json.member("exit_code", static_cast<unsigned>(gate.exit_code));
  json.strings("reasons", gate.reasons);
  json.end_object();
}

void append_environments(JsonWriter& json, const parity::Comparison& comparison) {
  json.begin_array("environments");
  for (const parity::EnvironmentCounts& environment : comparison.environments) {
    json.begin_object();
    json.member("name", environment.name);
    json.member("edges", environment.edges);
    json.member("cells", environment.cells);
    json.member("unanswered", environment.unanswered);
    json.end_object();
  }
  json.end_array();
  json.begin_array("pairs");
  for (const parity::PairScore& pair : comparison.pairs) {
    json.begin_object();
    json.strings("environments", std::vector<std::string>{pair.one, pair.other});
    json.member("parity_score", pair.score);
    json.member("cells", pair.cells);
    json.member("same", pair.same);
    json.member("waived", pair.waived);
    json.member("different", pair.different);
    json.member("unsure", pair.unsure);
    json.end_object();
  }
  json.end_array();
}

void append_sides(JsonWriter& json, const parity::Finding& finding) {
  json.begin_array("sides");
  for (const parity::Side& side : finding.sides) {
    json.begin_object();
    json.member("environment", side.environment);
    json.begin_array("values");
    for (const std::string& value : side.values) {
      json.value(base::printable(value, max_value_bytes));
    }
    json.end_array();
    json.member("absent", side.is_absent_too);
    json.member("unseen", side.is_unseen);
    json.end_object();
  }
  json.end_array();
  json.begin_array("pairs");
  for (const parity::PairState& pair : finding.pairs) {
    json.begin_object();
    json.strings("environments", std::vector<std::string>{pair.one, pair.other});
    json.key("waived_by");
    if (pair.waived_by.empty()) {
      json.value(nullptr);
    } else {
      json.value(pair.waived_by);
    }
    json.end_object();
  }
  json.end_array();
}

void append_findings(JsonWriter& json, const parity::Comparison& comparison) {
  json.begin_array("findings");
  for (const parity::Finding& finding : comparison.findings) {
    json.begin_object();
    json.member("id", finding.id);
    json.member("title", title(finding));
    json.member("what", base::printable(finding.what, max_value_bytes));
    json.member("waived", finding.is_waived);
    json.strings("deviating", finding.deviating);
    append_sides(json, finding);
    json.member("cells", finding.cells);
    json.strings("edges", finding.edges);
    json.strings("tenants", finding.tenants);
    json.strings("assets", finding.assets);
    json.strings("variants", finding.variants);
    json.member("example", finding.example);
    json.end_object();
  }
  json.end_array();
}

void append_drift(JsonWriter& json, const std::optional<parity::Drift>& drift) {
  if (!drift) {
    json.member("drift", nullptr);
    return;
  }
  json.begin_object("drift");
  json.member("against", base::printable(drift->against));
  json.strings("new", drift->appeared);
  json.strings("unchanged", drift->unchanged);
  json.begin_array("gone");
  for (const parity::Drift::Gone& gone : drift->gone) {
    json.begin_object();
    json.member("id", base::printable(gone.id));
    json.member("title", base::printable(gone.title, max_value_bytes));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

const boost::json::value* member(const boost::json::object& object, std::string_view key) {
  return object.if_contains(key);
}

std::string text_at(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = member(object, key);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

std::unexpected<base::Error> no_report() {
  return base::fail(base::errors::bad_evidence,
                    "this is no report of `parity` (cachewitness.parity/v1); give what `parity --report` wrote");
}

}  // namespace

std::string render_parity_json(const ParityRun& run) {
  std::string out;
  JsonWriter json(out, JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", parity_schema_name);
  json.member("tool_version", run.header.tool_version);
  json.member("run_id", run.header.run_id);
  json.member("project", run.header.project);
  json.member("started_at", base::rfc3339(run.header.started_at, 3));
  json.member("finished_at", base::rfc3339(run.footer.finished_at, 3));
  json.member("complete", run.footer.is_complete);
  json.member("why_incomplete", base::printable(run.footer.why_incomplete));
  json.member("version", run.header.parity.version == manifest::ExpectedVersion::same ? "same" : "any");
  append_gate(json, run.comparison.gate);
  json.member("outcome", parity_outcome(run));
  json.member("probes", run.comparison.probes);
  append_environments(json, run.comparison);
  append_findings(json, run.comparison);
  append_drift(json, run.drift);
  json.end_object();
  out += '\n';
  return out;
}

base::Result<parity::EarlierReport> read_parity_report(std::string_view text) {
  boost::json::error_code error;
  const boost::json::value document = boost::json::parse(text, error);
  if (error || !document.is_object() || text_at(document.get_object(), "schema") != parity_schema_name) {
    return no_report();
  }
  const boost::json::object& root = document.get_object();
  parity::EarlierReport report;
  report.run_id = text_at(root, "run_id");
  const boost::json::value* findings = member(root, "findings");
  if (findings == nullptr || !findings->is_array()) {
    return no_report();
  }
  for (const boost::json::value& each : findings->get_array()) {
    if (!each.is_object()) {
      return no_report();
    }
    const boost::json::value* waived = member(each.get_object(), "waived");
    const bool counts = waived == nullptr || !waived->is_bool() || !waived->get_bool();
    if (counts) {
      report.findings.push_back({text_at(each.get_object(), "id"), text_at(each.get_object(), "title")});
    }
  }
  return report;
}

}  // namespace cachewitness::report
