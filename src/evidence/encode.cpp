#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "evidence/bytes_member.h"
#include "evidence/codec.h"
#include "evidence/leak_codec.h"
#include "evidence/parity_codec.h"

namespace cachewitness::evidence {

namespace {

using base::JsonWriter;

// A value longer than this stays in the raw head alone: a content security policy repeated on a million
// lines helps no script.
constexpr std::size_t max_convenient_value_bytes = 256;
constexpr std::size_t max_convenient_fields = 200;

void append_instant(JsonWriter& json, std::string_view name, base::Instant when) {
  json.member(name, base::rfc3339(when, 9));
}

void append_duration(JsonWriter& json, std::string_view name, base::Duration duration) {
  json.member(name, duration.count());
}

// Boost.JSON 1.81 reads back one in ten doubles of 16 or 17 digits one unit off in the last place (measured),
// and a gate must not move by that when evidence is judged again: such a number goes as a string.
void append_fraction(JsonWriter& json, std::string_view name, double number) {
  constexpr std::size_t exact_characters = std::string_view("0.123456789012345").size();
  std::array<char, 400> digits;  // the fixed notation of the largest double has 309
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  CW_ASSERT(error == std::errc{});
  const std::string_view fixed(digits.data(), end);
  if (fixed.size() <= exact_characters) {
    json.key(name);
    json.raw(fixed);
  } else {
    const auto [shortest_end, shortest_error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    CW_ASSERT(shortest_error == std::errc{});
    json.member(name, std::string_view(digits.data(), shortest_end));
  }
}

void append_clock(JsonWriter& json, const ClockInfo& clock) {
  json.begin_object("clock");
  json.member("is_synchronized", clock.is_synchronized);
  json.key("error_bound_ns");
  if (clock.error_bound) {
    json.value(clock.error_bound->count());
  } else {
    json.value(nullptr);
  }
  json.end_object();
}

void append_purge_failures(JsonWriter& json, const PurgeTimes& purge) {
  json.begin_array("failures");
  for (const PurgeFailure& failure : purge.failures) {
    json.begin_object();
    json.member("scope", name(failure.scope));
    append_bytes(json, "item", failure.item);
    append_bytes(json, "environment", failure.environment);
    append_bytes(json, "edge", failure.edge);
    append_bytes(json, "variant", failure.variant);
    json.member("unknown", failure.is_unknown);
    append_bytes(json, "reason", failure.reason);
    json.end_object();
  }
  json.end_array();
  json.member("failures_left_out", purge.failures_left_out);
}

void append_purge(JsonWriter& json, const PurgeTimes& purge) {
  json.key("purge");
  if (!purge.is_known) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  append_instant(json, "requested_at", purge.requested_at);
  append_instant(json, "acknowledged_at", purge.acknowledged_at);
  if (purge.origin_ready_at) {
    append_instant(json, "origin_ready_at", *purge.origin_ready_at);
  }
  append_bytes(json, "source", purge.source);
  if (!purge.failures.empty()) {
    append_purge_failures(json, purge);
  }
  json.end_object();
}

void append_policy(JsonWriter& json, const manifest::Policy& policy) {
  json.begin_object("policy");
  json.strings("compare", policy.compare);
  json.member("body", name(policy.body));
  append_duration(json, "propagation_ns", policy.propagation);
  if (!policy.mask.empty()) {
    json.begin_array("mask");
    for (const manifest::BodyMask& mask : policy.mask) {
      json.begin_object();
      json.member("pattern", mask.pattern);
      json.member("begin", mask.begin);
      json.member("end", mask.end);
      json.end_object();
    }
    json.end_array();
  }
  append_bytes(json, "propagation_from", policy.propagation_from);
  append_fraction(json, "confidence", policy.confidence);
  json.begin_array("allow");
  for (const manifest::AllowedCause& allowed : policy.allow) {
    json.begin_object();
    json.member("cause", allowed.cause);
    if (allowed.until) {
      append_instant(json, "until", *allowed.until);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void append_gate(JsonWriter& json, const manifest::Gate& gate) {
  json.begin_object("gate");
  json.member("max_stale_cells", gate.max_stale_cells);
  append_fraction(json, "min_parity", gate.min_parity);
  append_fraction(json, "max_inconclusive", gate.max_inconclusive);
  json.member("require_grade", gate.require_grade == manifest::RequiredGrade::proven ? "proven" : "consistent");
  json.end_object();
}

void append_expectations(JsonWriter& json, const std::vector<manifest::Expectation>& expectations) {
  json.begin_array("expect");
  for (const manifest::Expectation& expected : expectations) {
    json.begin_object();
    append_bytes(json, "tenant", expected.tenant);
    append_bytes(json, "asset", expected.asset);
    append_bytes(json, "variant", expected.variant);
    if (expected.sha256) {
      json.member("sha256", expected.sha256->hex());
    }
    append_bytes(json, "etag", expected.etag);
    json.end_object();
  }
  json.end_array();
}

void append_roster(JsonWriter& json, const Roster& roster) {
  json.begin_array("edges");
  for (const EdgeEntry& edge : roster.edges) {
    json.begin_object();
    append_bytes(json, "environment", edge.environment);
    append_bytes(json, "region", edge.region);
    append_bytes(json, "name", edge.name);
    append_bytes(json, "address", edge.address);
    append_bytes(json, "provider", edge.provider);
    json.member("servers", edge.servers);
    json.end_object();
  }
  json.end_array();
  json.begin_array("replicas");
  for (const ReplicaEntry& replica : roster.replicas) {
    json.begin_object();
    append_bytes(json, "environment", replica.environment);
    append_bytes(json, "url", replica.url);
    json.end_object();
  }
  json.end_array();
  json.begin_array("variants");
  for (std::uint32_t id = 0; id < roster.variants.size(); ++id) {
    json.value(roster.variants.at(id));
  }
  json.end_array();
}

void append_selectors(JsonWriter& json, const std::vector<Selector>& selectors) {
  json.begin_array("selectors");
  for (const Selector& selector : selectors) {
    json.begin_object();
    append_bytes(json, "field", selector.field);
    json.begin_array("values");
    for (const std::uint32_t value : selector.values) {
      json.value(value);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

std::string_view type_of(Role role) {
  switch (role) {
    case Role::probe:
      return "probe";
    case Role::origin:
      return "origin";
    case Role::baseline:
      return "baseline";
    case Role::leak:
      return "leak";
  }
  return "probe";
}

void append_cell(JsonWriter& json, const Evidence& evidence, const Roster& roster) {
  if (evidence.role == Role::origin) {
    const ReplicaEntry& replica = roster.replicas.at(evidence.replica.index());
    append_bytes(json, "environment", replica.environment);
    append_bytes(json, "replica", replica.url);
  } else {
    const EdgeEntry& edge = roster.edge(evidence.cell.edge);
    append_bytes(json, "environment", edge.environment);
    append_bytes(json, "region", edge.region);
    append_bytes(json, "edge", edge.name);
  }
  append_bytes(json, "tenant", roster.tenant(evidence.cell.tenant));
  append_bytes(json, "asset", roster.asset(evidence.cell.asset));
  append_bytes(json, "variant", roster.variant(evidence.cell.variant));
  json.member("sample", evidence.sample);
  if (evidence.round != 0) {
    json.member("round", evidence.round);
  }
  append_bytes(json, "url", evidence.url);
}

void append_path(JsonWriter& json, const Path& path) {
  json.begin_object("path");
  json.member("connection", path.connection);
  json.member("exchange", path.exchange);
  append_bytes(json, "remote", path.remote);
  json.member("local_port", path.local_port);
  if (!path.tls_version.empty()) {
    append_bytes(json, "tls_version", path.tls_version);
  }
  if (!path.certificate_sha256.empty()) {
    append_bytes(json, "certificate_sha256", path.certificate_sha256);
  }
  if (!path.shared_name.empty()) {
    append_bytes(json, "shared_name", path.shared_name);
  }
  if (!path.detour.empty()) {
    append_bytes(json, "detour", path.detour);
  }
  json.end_object();
}

// The fields of a head, lower-case names, lines of one name joined (RFC 9110 5.3). The head was parsed
// strictly when it came; here its lines are merely split, so that scripts need no HTTP parser.
void append_headers(JsonWriter& json, std::string_view head) {
  struct Line {
    std::string_view name;
    std::string_view value;
    std::string joined;  // in place of `value`, where there are several of that name

    [[nodiscard]] std::string_view shown() const { return joined.empty() ? value : std::string_view(joined); }
  };
  std::vector<Line> fields;
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos && fields.size() < max_convenient_fields) {
    const std::size_t start = at + 2;
    at = head.find("\r\n", start);
    const std::string_view line = head.substr(start, at == std::string_view::npos ? at : at - start);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = base::trim(line.substr(colon + 1));
    const auto known = std::ranges::find_if(
        fields, [name](const Line& field) { return base::equals_ignoring_case(field.name, name); });
    if (known == fields.end()) {
      fields.push_back({name, value, {}});
    } else if (known->shown().size() <= max_convenient_value_bytes) {
      known->joined = std::string(known->shown()).append(", ").append(value);
    }
  }
  json.begin_object("headers");
  std::string lower;
  for (const Line& field : fields) {
    if (field.shown().size() <= max_convenient_value_bytes) {
      lower.clear();
      base::append_lower_case(field.name, lower);
      json.member(lower, field.shown());
    }
  }
  json.end_object();
}

void append_response(JsonWriter& json, const Response& response) {
  json.member("status", response.status);
  append_headers(json, response.head);
  json.begin_object("body");
  json.member("wire_bytes", response.body.wire_bytes);
  json.member("decoded_bytes", response.body.decoded_bytes);
  if (response.body.masked_bytes > 0) {
    json.member("masked_bytes", response.body.masked_bytes);
  }
  if (response.body.sha256) {
    json.member("sha256", response.body.sha256->hex());
  }
  if (!response.body.decode_error.empty()) {
    append_bytes(json, "decode_error", response.body.decode_error);
  }
  append_marks(json, response.body.marks);
  json.end_object();
  append_bytes(json, "head", response.head);
}

void append_failure(JsonWriter& json, const base::Failure& failure) {
  json.begin_object("failure");
  json.member("stage", base::name(failure.stage));
  json.member("cause", base::name(failure.cause));
  append_bytes(json, "detail", failure.detail);
  json.end_object();
}

void append_check(JsonWriter& json, const CheckOutcome& check) {
  json.begin_object();
  append_bytes(json, "name", check.name);
  json.member("status", name(check.status));
  append_bytes(json, "detail", check.detail);
  if (check.parity_score) {
    append_fraction(json, "parity_score", *check.parity_score);
  }
  append_duration(json, "duration_ns", check.duration);
  json.begin_array("argv");
  for (const std::string& argument : check.argv) {
    json.value(argument);
  }
  json.end_array();
  // As text, not as values: what the script wrote comes out of `judge` unchanged, numbers included.
  json.begin_array("findings");
  for (const std::string& finding : check.findings) {
    json.value(finding);
  }
  json.end_array();
  json.member("findings_total", check.findings_total);
  json.begin_object("metrics");
  for (const auto& [metric, value] : check.metrics) {
    append_fraction(json, metric, value);
  }
  json.end_object();
  json.end_object();
}

void append_loop(JsonWriter& json, const RunFooter& footer) {
  if (!footer.why_loop_ended.empty()) {
    append_bytes(json, "why_loop_ended", footer.why_loop_ended);
  }
  if (!footer.manual.empty()) {
    json.begin_array("manual");
    for (const ManualPurge& manual : footer.manual) {
      json.begin_object();
      append_bytes(json, "tenant", manual.tenant);
      append_bytes(json, "command", manual.command);
      json.end_object();
    }
    json.end_array();
  }
}

}  // namespace

std::string_view name(PurgeFailure::Scope scope) {
  constexpr std::array<std::string_view, 5> names{"url", "prefix", "host", "tag", "everything"};
  return names.at(static_cast<std::size_t>(scope));
}

std::string_view name(CheckOutcome::Status status) {
  switch (status) {
    case CheckOutcome::Status::pass:
      return "pass";
    case CheckOutcome::Status::warn:
      return "warn";
    case CheckOutcome::Status::fail:
      return "fail";
  }
  return "fail";
}

void append_header_line(const RunHeader& header, const Roster& roster, std::string& out) {
  JsonWriter json(out, JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", "header");
  json.member("schema", schema_name);
  append_bytes(json, "tool_version", header.tool_version);
  append_bytes(json, "run_id", header.run_id);
  json.member("purpose", name(header.purpose));
  append_bytes(json, "project", header.project);
  append_bytes(json, "manifest_sha256", header.manifest_sha256);
  append_instant(json, "started_at", header.started_at);
  append_clock(json, header.clock);
  append_purge(json, header.purge);
  append_policy(json, header.policy);
  append_gate(json, header.gate);
  if (header.purpose == Purpose::parity) {
    append_parity_rules(json, header.parity);
  }
  if (header.marker) {
    append_marker(json, *header.marker);
  }
  append_expectations(json, header.expect);
  json.member("has_baseline", header.has_baseline);
  json.member("planned_cells", header.planned_cells);
  json.member("planned_tenants", header.planned_tenants);
  if (header.most_rounds > 0) {
    json.member("most_rounds", header.most_rounds);
  }
  append_roster(json, roster);
  if (!header.selectors.empty()) {
    append_selectors(json, header.selectors);
  }
  json.end_object();
  out += '\n';
}

void append_evidence_line(const Evidence& evidence, const Roster& roster, std::string& out) {
  JsonWriter json(out, JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", type_of(evidence.role));
  json.member("id", "e" + std::to_string(evidence.id));
  append_cell(json, evidence, roster);
  append_instant(json, "sent_at", evidence.sent_at);
  if (evidence.first_byte_at != base::Instant{}) {
    append_instant(json, "first_byte_at", evidence.first_byte_at);
  }
  append_instant(json, "received_at", evidence.received_at);
  append_path(json, evidence.path);
  if (evidence.leak) {
    append_leak_probe(json, *evidence.leak);
  }
  if (const Response* response = evidence.response()) {
    append_response(json, *response);
  } else {
    append_failure(json, *evidence.failure());
  }
  json.end_object();
  out += '\n';
}

void append_round_line(const Round& round, std::string& out) {
  JsonWriter json(out, JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", "round");
  json.member("round", round.number);
  append_bytes(json, "purge_id", round.purge_id);
  append_bytes(json, "kind", round.kind);
  json.member("cells", round.cells);
  json.member("tenants", round.tenants);
  json.member("items", round.items);
  json.member("calls", round.calls);
  json.member("not_taken", round.not_taken);
  append_purge(json, round.purge);
  json.end_object();
  out += '\n';
}

void append_footer_line(const RunFooter& footer, std::string& out) {
  JsonWriter json(out, JsonWriter::Layout::compact);
  json.begin_object();
  json.member("type", "footer");
  append_instant(json, "finished_at", footer.finished_at);
  json.member("complete", footer.is_complete);
  append_bytes(json, "why_incomplete", footer.why_incomplete);
  json.member("cells_left_out", footer.cells_left_out);
  json.member("probes", footer.probes);
  json.begin_array("checks");
  for (const CheckOutcome& check : footer.checks) {
    append_check(json, check);
  }
  json.end_array();
  append_loop(json, footer);
  json.end_object();
  out += '\n';
}

}  // namespace cachewitness::evidence
