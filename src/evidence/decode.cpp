#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/assert.h"
#include "base/text.h"
#include "evidence/codec.h"
#include "evidence/json_object.h"
#include "evidence/leak_codec.h"
#include "evidence/parity_codec.h"
#include "evidence/read_exchange.h"

namespace cachewitness::evidence {

namespace {

// Our deepest value is header.policy.allow[].cause; keys that we do not know may nest further.
constexpr std::size_t max_depth = 16;
// As a manifest may say; times plus this stay within their range.
constexpr base::Duration longest_propagation = std::chrono::hours(24 * 366);

// Where one of several words is expected. The fault lists them all.
template <typename Enum, std::size_t size>
Enum choice(const JsonObject& object, std::string_view key, const std::pair<std::string_view, Enum> (&words)[size]) {
  const std::string_view given = object.word(key);
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == given) {
      return meaning;
    }
    known += known.empty() ? "one of " : ", ";
    known += word;
  }
  object.fault(key, known);
  return words[0].second;
}

PurgeFailure read_purge_failure(const JsonObject& object) {
  PurgeFailure failure;
  failure.scope = choice<PurgeFailure::Scope>(object, "scope",
                                              {{"url", PurgeFailure::Scope::url},
                                               {"prefix", PurgeFailure::Scope::prefix},
                                               {"host", PurgeFailure::Scope::host},
                                               {"tag", PurgeFailure::Scope::tag},
                                               {"everything", PurgeFailure::Scope::everything}});
  failure.item = object.bytes("item");
  failure.environment = object.bytes("environment");
  failure.edge = object.bytes("edge");
  failure.variant = object.bytes("variant");
  failure.is_unknown = object.flag("unknown");
  failure.reason = object.bytes("reason");
  return failure;
}

PurgeTimes read_purge(const JsonObject& line) {
  PurgeTimes purge;
  if (!line.has("purge")) {
    return purge;
  }
  const JsonObject object = line.object("purge");
  purge.is_known = true;
  purge.requested_at = object.instant("requested_at");
  purge.acknowledged_at = object.instant("acknowledged_at");
  purge.origin_ready_at = object.instant_if_present("origin_ready_at");
  purge.source = object.bytes("source");
  if (object.has("failures")) {
    object.each_object("failures",
                       [&](const JsonObject& failure) { purge.failures.push_back(read_purge_failure(failure)); });
    purge.failures_left_out = object.count<std::uint64_t>("failures_left_out");
  }
  return purge;
}

ClockInfo read_clock(const JsonObject& line) {
  ClockInfo clock;
  if (!line.has("clock")) {
    return clock;
  }
  const JsonObject object = line.object("clock");
  if (object.has("is_synchronized")) {
    clock.is_synchronized = object.flag("is_synchronized");
  }
  if (object.has("error_bound_ns")) {
    clock.error_bound = object.duration("error_bound_ns");
  }
  return clock;
}

manifest::Policy read_policy(const JsonObject& object) {
  manifest::Policy policy;
  policy.compare.clear();
  object.each_word("compare", [&](std::string_view field) { policy.compare.emplace_back(field); });
  policy.body = choice<manifest::BodyPolicy>(object, "body",
                                             {{"hash", manifest::BodyPolicy::hash},
                                              {"none", manifest::BodyPolicy::none},
                                              {"head", manifest::BodyPolicy::head}});
  policy.propagation = object.duration("propagation_ns");
  if (policy.propagation > longest_propagation) {
    object.fault("propagation_ns", "a whole number of nanoseconds up to 366 days");
  }
  if (object.has("mask")) {
    object.each_object("mask", [&](const JsonObject& mask) {
      policy.mask.push_back({mask.bytes("pattern"), mask.bytes("begin"), mask.bytes("end")});
    });
  }
  policy.propagation_from = object.bytes_if_present("propagation_from");
  policy.confidence = object.number("confidence", 0, 1);
  object.each_object("allow", [&](const JsonObject& allowed) {
    policy.allow.push_back({std::string(allowed.word("cause")), allowed.instant_if_present("until")});
  });
  return policy;
}

manifest::Gate read_gate(const JsonObject& object) {
  manifest::Gate gate;
  gate.max_stale_cells = object.count<std::uint64_t>("max_stale_cells");
  gate.min_parity = object.number("min_parity", 0, 1);
  gate.max_inconclusive = object.number("max_inconclusive", 0, 1);
  gate.require_grade = choice<manifest::RequiredGrade>(
      object, "require_grade",
      {{"consistent", manifest::RequiredGrade::consistent}, {"proven", manifest::RequiredGrade::proven}});
  return gate;
}

manifest::Expectation read_expectation(const JsonObject& object) {
  manifest::Expectation expected;
  expected.tenant = object.bytes("tenant");
  expected.asset = object.bytes("asset");
  expected.variant = object.bytes("variant");
  expected.sha256 = object.digest_if_present("sha256");
  expected.etag = object.bytes("etag");
  return expected;
}

RunHeader read_header(const JsonObject& line) {
  RunHeader header;
  header.tool_version = line.bytes("tool_version");
  header.run_id = line.bytes("run_id");
  header.purpose = choice<Purpose>(line, "purpose",
                                   {{"verify", Purpose::verify}, {"arm", Purpose::arm}, {"parity", Purpose::parity}});
  header.project = line.bytes("project");
  header.manifest_sha256 = line.bytes("manifest_sha256");
  header.started_at = line.instant("started_at");
  header.clock = read_clock(line);
  header.purge = read_purge(line);
  header.policy = read_policy(line.object("policy"));
  header.gate = read_gate(line.object("gate"));
  if (header.purpose == Purpose::parity) {
    header.parity = read_parity_rules(line.object("parity"));
  }
  if (line.has("marker")) {
    header.marker = read_marker(line.object("marker"));
  }
  line.each_object("expect", [&](const JsonObject& object) { header.expect.push_back(read_expectation(object)); });
  header.has_baseline = line.flag("has_baseline");
  header.planned_cells = line.count<std::uint64_t>("planned_cells");
  header.planned_tenants = line.count<std::uint64_t>("planned_tenants");
  if (line.has("most_rounds")) {
    header.most_rounds = line.count<std::uint16_t>("most_rounds");
  }
  return header;
}

std::vector<Selector> read_selectors(const JsonObject& line, std::size_t variants) {
  std::vector<Selector> selectors;
  if (!line.has("selectors")) {
    return selectors;
  }
  line.each_object("selectors", [&](const JsonObject& object) {
    Selector& selector = selectors.emplace_back();
    selector.field = object.bytes("field");
    object.each_count("values", [&](std::uint32_t value) { selector.values.push_back(value); });
    if (selector.values.size() != variants) {
      object.fault("values", "a whole number for each of the header's \"variants\"");
    }
  });
  return selectors;
}

bool is_json(std::string_view text) {
  simdjson::dom::parser parser;
  return parser.allocate(text.size(), max_depth) == simdjson::SUCCESS &&
         parser.parse(text).error() == simdjson::SUCCESS;
}

CheckOutcome read_check(const JsonObject& object) {
  CheckOutcome check;
  check.name = object.bytes("name");
  check.status = choice<CheckOutcome::Status>(object, "status",
                                              {{"fail", CheckOutcome::Status::fail},
                                               {"warn", CheckOutcome::Status::warn},
                                               {"pass", CheckOutcome::Status::pass}});
  check.detail = object.bytes("detail");
  if (object.has("parity_score")) {
    check.parity_score = object.number("parity_score", 0, 1);
  }
  check.duration = object.duration("duration_ns");
  object.each_word("argv", [&](std::string_view argument) { check.argv.emplace_back(argument); });
  object.each_word("findings", [&](std::string_view finding) {
    check.findings.emplace_back(finding);
    if (!is_json(finding)) {  // a report embeds it as it stands
      object.fault("findings", "an array of JSON texts");
    }
  });
  check.findings_total = object.count<std::uint64_t>("findings_total");
  object.object("metrics").each_number(
      [&](std::string_view name, double value) { check.metrics.emplace_back(std::string(name), value); });
  return check;
}

RunFooter read_footer(const JsonObject& line) {
  RunFooter footer;
  footer.finished_at = line.instant("finished_at");
  footer.is_complete = line.flag("complete");
  footer.why_incomplete = line.bytes("why_incomplete");
  footer.cells_left_out = line.count<std::uint64_t>("cells_left_out");
  footer.probes = line.count<std::uint64_t>("probes");
  line.each_object("checks", [&](const JsonObject& object) { footer.checks.push_back(read_check(object)); });
  footer.why_loop_ended = line.bytes_if_present("why_loop_ended");
  if (line.has("manual")) {
    line.each_object("manual", [&](const JsonObject& object) {
      footer.manual.push_back({object.bytes("tenant"), object.bytes("command")});
    });
  }
  return footer;
}

Round read_round(const JsonObject& line) {
  Round round;
  round.number = line.count<std::uint16_t>("round");
  round.purge_id = line.bytes("purge_id");
  round.kind = line.bytes("kind");
  round.cells = line.count<std::uint64_t>("cells");
  round.tenants = line.count<std::uint64_t>("tenants");
  round.items = line.count<std::uint64_t>("items");
  round.calls = line.count<std::uint64_t>("calls");
  round.not_taken = line.count<std::uint64_t>("not_taken");
  round.purge = read_purge(line);
  return round;
}

std::optional<Role> find_role(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, Role>, 4> roles{
      {{"probe", Role::probe}, {"origin", Role::origin}, {"baseline", Role::baseline}, {"leak", Role::leak}}};
  const auto found = std::ranges::find(roles, type, &std::pair<std::string_view, Role>::first);
  return found == roles.end() ? std::nullopt : std::optional(found->second);
}

std::uint64_t read_id(const JsonObject& line) {
  const std::string_view text = line.word("id");
  std::uint64_t id = 0;
  const char* const end = text.data() + text.size();
  const bool has_prefix = text.starts_with('e');
  const auto [stop, error] = std::from_chars(text.data() + (has_prefix ? 1 : 0), end, id);
  if (!has_prefix || error != std::errc{} || stop != end) {
    line.fault("id", "\"e\" and a number, such as \"e17\"");
  }
  return id;
}

}  // namespace

struct Reader::State {
  using EdgeKey = std::tuple<std::string, std::string, std::string>;  // environment, region, name
  using ReplicaKey = std::pair<std::string, std::string>;             // environment, URL

  Roster roster;
  std::map<EdgeKey, EdgeId, std::less<>> edges;
  std::map<ReplicaKey, ReplicaId, std::less<>> replicas;
  std::uint64_t lines = 0;
  std::uint16_t rounds = 0;  // that were begun
  bool has_header = false;
  bool has_footer = false;
  // Values of one line live in the parser, until the next.
  simdjson::dom::parser parser;
  EdgeId last_edge;     // lines go through the edges in turns
  std::string decoded;  // of what stands there as base64

  [[nodiscard]] std::unexpected<base::Error> fail(std::string_view what) const {
    return base::fail(base::errors::bad_evidence, fmt::format("evidence line {}: {}", lines, what));
  }
  base::Result<OtherLine> read_line(const simdjson::dom::object& object, Evidence& evidence);
  void read_roster(const JsonObject& line);
  void read_evidence(const JsonObject& line, Role role, Evidence& evidence);
  EdgeId read_edge(const JsonObject& line);
};

void Reader::State::read_roster(const JsonObject& line) {
  line.each_object("edges", [&](const JsonObject& object) {
    EdgeEntry edge{object.bytes("environment"), object.bytes("region"),   object.bytes("name"),
                   object.bytes("address"),     object.bytes("provider"), object.count<std::uint32_t>("servers")};
    const EdgeId id{static_cast<std::uint32_t>(roster.edges.size())};
    if (!edges.emplace(EdgeKey{edge.environment, edge.region, edge.name}, id).second) {
      line.fault("edges", fmt::format("without duplicates; \"{}\" is there twice", base::printable(edge.name)));
    }
    roster.edges.push_back(std::move(edge));
  });
  line.each_object("replicas", [&](const JsonObject& object) {
    ReplicaEntry replica{object.bytes("environment"), object.bytes("url")};
    const ReplicaId id{static_cast<std::uint32_t>(roster.replicas.size())};
    if (!replicas.emplace(ReplicaKey{replica.environment, replica.url}, id).second) {
      line.fault("replicas", fmt::format("without duplicates; \"{}\" is there twice", base::printable(replica.url)));
    }
    roster.replicas.push_back(std::move(replica));
  });
  line.each_word("variants", [&](std::string_view variant) { roster.variants.intern(variant); });
}

EdgeId Reader::State::read_edge(const JsonObject& line) {
  std::string decoded_region;
  std::string decoded_name;
  const std::string_view environment = line.view("environment", decoded);
  const std::string_view region = line.view("region", decoded_region);
  const std::string_view name = line.view("edge", decoded_name);
  const auto is_meant = [&](const EdgeEntry& edge) {
    return edge.name == name && edge.region == region && edge.environment == environment;
  };
  const std::size_t next = last_edge.index() + 1 < roster.edges.size() ? last_edge.index() + 1 : 0;
  if (next < roster.edges.size() && is_meant(roster.edges[next])) {
    return last_edge = EdgeId{static_cast<std::uint32_t>(next)};
  }
  const auto found = edges.find(EdgeKey{environment, region, name});
  if (found == edges.end()) {
    line.fault("edge", "one of the header's \"edges\"");
    return {};
  }
  return last_edge = found->second;
}

void Reader::State::read_evidence(const JsonObject& line, Role role, Evidence& evidence) {
  evidence.id = read_id(line);
  evidence.role = role;
  evidence.cell = {};
  evidence.replica = {};
  if (role == Role::origin) {
    const auto found = replicas.find(ReplicaKey{line.bytes("environment"), line.bytes("replica")});
    if (found == replicas.end()) {
      line.fault("replica", "one of the header's \"replicas\"");
    } else {
      evidence.replica = found->second;
    }
  } else {
    evidence.cell.edge = read_edge(line);
  }
  evidence.cell.tenant = TenantId{roster.tenants.intern(line.view("tenant", decoded))};
  evidence.cell.asset = AssetId{roster.assets.intern(line.view("asset", decoded))};
  const auto variant = roster.variants.find(line.view("variant", decoded));
  if (variant) {
    evidence.cell.variant = VariantId{*variant};
  } else {
    line.fault("variant", "one of the header's \"variants\"");
  }
  evidence.sample = line.count<std::uint16_t>("sample");
  evidence.round = line.has("round") ? line.count<std::uint16_t>("round") : std::uint16_t{0};
  if (evidence.round > rounds) {
    line.fault("round", "the number of a round whose own line came before");
  }
  line.read_bytes("url", evidence.url);
  evidence.sent_at = line.instant("sent_at");
  evidence.first_byte_at = line.instant_if_present("first_byte_at").value_or(base::Instant{});
  evidence.received_at = line.instant("received_at");
  read_path(line.object("path"), evidence.path);
  evidence.leak.reset();
  if (role == Role::leak) {
    evidence.leak = read_leak_probe(line.object("leak"));
  }
  if (line.has("failure")) {
    evidence.outcome = read_failure(line.object("failure"));
    return;
  }
  auto* response = std::get_if<Response>(&evidence.outcome);
  read_response(line, response != nullptr ? *response : evidence.outcome.emplace<Response>());
}

base::Result<Reader::OtherLine> Reader::State::read_line(const simdjson::dom::object& object, Evidence& evidence) {
  JsonFault fault;
  const JsonObject line(object, fault);
  const std::string_view type = line.word("type");
  if (!has_header) {
    if (type != "header") {
      return fail("the first line of an evidence file must be its header (\"type\":\"header\")");
    }
    if (const std::string_view schema = line.word("schema"); schema != schema_name) {
      return fail(
          fmt::format("the file is written as \"{}\" and this program reads \"{}\"; judge it with the version "
                      "of cachewitness that wrote it ({})",
                      base::printable(schema), schema_name, base::printable(line.bytes_if_present("tool_version"))));
    }
  }
  OtherLine result;
  if (type == "header" && !has_header) {
    RunHeader header = read_header(line);
    read_roster(line);
    header.selectors = read_selectors(line, roster.variants.size());
    result = std::move(header);
  } else if (has_footer) {
    return fail("there is something after the footer; one file holds one run");
  } else if (const auto role = find_role(type)) {
    read_evidence(line, *role, evidence);
  } else if (type == "round") {
    Round round = read_round(line);
    if (round.number == rounds + 1 && round.purge.is_known) {
      ++rounds;
    } else {
      line.fault("round", "the number after the last round's, and its \"purge\"");
    }
    result = std::move(round);
  } else if (type == "footer") {
    result = read_footer(line);
  } else if (type == "header") {
    return fail("a second header; one file holds one run");
  } else {
    line.fault("type", "one of header, probe, origin, baseline, leak, round, footer");
  }
  if (fault.is_set()) {
    if (!has_header) {  // nothing of a header that is refused may count
      roster = {};
      edges.clear();
      replicas.clear();
    }
    return fail(fault.text);
  }
  has_header = true;
  has_footer = std::holds_alternative<RunFooter>(result);
  return result;
}

Reader::Reader() : state_(std::make_unique<State>()) {
  CW_ASSERT(state_->parser.allocate(std::size_t{64} << 10, max_depth) == simdjson::SUCCESS);
}
Reader::~Reader() = default;

const Roster& Reader::roster() const { return state_->roster; }

base::Result<Reader::OtherLine> Reader::read(std::string_view line, Evidence& evidence) {
  State& state = *state_;
  ++state.lines;
  simdjson::dom::element value;
  if (const auto error = state.parser.parse(line.data(), line.size()).get(value); error != simdjson::SUCCESS) {
    return state.fail(fmt::format("not valid JSON ({}); a line cut short by a killed process may be deleted",
                                  simdjson::error_message(error)));
  }
  simdjson::dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    return state.fail("not a JSON object");
  }
  return state.read_line(object, evidence);
}

base::Result<Reader::Line> Reader::read(std::string_view line) {
  Evidence evidence;
  auto other = read(line, evidence);
  if (!other) {
    return std::unexpected(std::move(other).error());
  }
  return std::visit(
      [&evidence]<typename Other>(Other&& it) -> Line {
        if constexpr (std::is_same_v<std::remove_cvref_t<Other>, std::monostate>) {
          return std::move(evidence);
        } else {
          return std::forward<Other>(it);
        }
      },
      *std::move(other));
}

}  // namespace cachewitness::evidence
