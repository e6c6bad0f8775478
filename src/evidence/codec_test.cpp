#include "evidence/codec.h"

#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.h"

namespace cachewitness::evidence {
namespace {

using testing::HasSubstr;

// Invented values of every shape that a peer or a person could have caused; failures print the seed.
class Inventor {
 public:
  explicit Inventor(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t number(std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(engine_); }
  bool chance() { return number(1) == 1; }
  base::Instant instant() { return {static_cast<std::int64_t>(number(7'258'118'400'000'000'000ULL))}; }
  std::string bytes(std::size_t most) {
    std::string text(number(most), ' ');
    for (char& c : text) {
      c = static_cast<char>(number(255));
    }
    return text;
  }
  std::string word() {
    // One draw a statement: compilers order the operands of + as they like.
    const std::uint64_t digits = number(1'000'000);
    return "w" + std::to_string(digits) + (chance() ? "\xC3\xA9\"\\\x7F" : "");
  }
  double fraction() { return chance() ? static_cast<double>(number(1000)) / 1000 : unit_(engine_); }
  base::Digest digest() {
    base::Digest digest;
    for (auto& byte : digest.bytes) {
      byte = static_cast<std::uint8_t>(number(255));
    }
    return digest;
  }

 private:
  std::mt19937_64 engine_;
  std::uniform_real_distribution<double> unit_{0, 1};
};

Roster make_roster() {
  Roster roster;
  roster.edges = {{"production", "us-west", "us-west-1", "203.0.113.10:443", "fastly", 8},
                  {"production", "apac", "apac-1", "[2001:db8::1]:443", "", 1},
                  {"staging", "apac", "apac-1", "203.0.113.20:443", "", 1}};
  roster.replicas = {{"production", "https://o1.example.net"}, {"staging", "https://o1.example.net"}};
  roster.tenants.intern("tenant-abc");
  roster.tenants.intern("tenant-\xFFxyz");
  roster.assets.intern("/asset.js");
  roster.assets.intern("/app.css?v=2");
  roster.variants.intern("identity");
  roster.variants.intern("gzip");
  return roster;
}

Response invent_response(Inventor& invent) {
  Response response;
  response.status = static_cast<int>(100 + invent.number(899));
  response.head = "HTTP/1.1 200 OK\r\nAge: 7\r\nX-Any: " + invent.bytes(40) + "\r\n\r\n";
  response.body.wire_bytes = invent.number(UINT64_MAX);
  response.body.decoded_bytes = invent.number(UINT64_MAX);
  if (invent.chance()) {
    response.body.sha256 = invent.digest();
  }
  response.body.decode_error = invent.chance() ? invent.bytes(9) : std::string();
  return response;
}

Evidence invent_evidence(Inventor& invent) {
  Evidence evidence;
  evidence.id = invent.number(UINT64_MAX);
  evidence.role = static_cast<Role>(invent.number(2));
  if (evidence.role == Role::origin) {
    evidence.replica = ReplicaId{static_cast<std::uint32_t>(invent.number(1))};
  } else {
    evidence.cell.edge = EdgeId{static_cast<std::uint32_t>(invent.number(2))};
  }
  evidence.cell.tenant = TenantId{static_cast<std::uint32_t>(invent.number(1))};
  evidence.cell.asset = AssetId{static_cast<std::uint32_t>(invent.number(1))};
  evidence.cell.variant = VariantId{static_cast<std::uint32_t>(invent.number(1))};
  evidence.sample = static_cast<std::uint16_t>(invent.number(UINT16_MAX));
  evidence.url = "https://abc.example.com/" + invent.bytes(12);
  evidence.sent_at = invent.instant();
  evidence.first_byte_at = invent.chance() ? invent.instant() : base::Instant{};
  evidence.received_at = invent.instant();
  evidence.path = {invent.number(UINT64_MAX),
                   static_cast<std::uint32_t>(invent.number(UINT32_MAX)),
                   invent.word(),
                   static_cast<std::uint16_t>(invent.number(UINT16_MAX)),
                   invent.chance() ? "TLSv1.3" : "",
                   invent.chance() ? invent.digest().hex() : "",
                   invent.chance() ? invent.word() : "",
                   invent.chance() ? invent.bytes(20) : ""};
  if (invent.chance()) {
    evidence.outcome = invent_response(invent);
  } else {
    evidence.outcome = base::Failure{static_cast<base::Stage>(invent.number(5)),
                                     static_cast<base::FailureCause>(invent.number(8)), invent.bytes(30)};
  }
  return evidence;
}

RunHeader invent_header(Inventor& invent) {
  RunHeader header;
  header.tool_version = "0.1.0";
  header.run_id = invent.word();
  header.purpose = invent.chance() ? Purpose::arm : Purpose::verify;
  header.project = invent.word();
  header.manifest_sha256 = invent.digest().hex();
  header.started_at = invent.instant();
  if (invent.chance()) {
    header.clock = {invent.chance(), base::Duration{1'500'000}};
    header.purge = {true, invent.instant(), invent.instant(), std::nullopt, invent.bytes(9), {}, 0};
    for (std::uint64_t left = invent.number(3); left > 0; --left) {
      header.purge.failures.push_back({static_cast<PurgeFailure::Scope>(invent.number(4)), invent.bytes(20),
                                       invent.word(), invent.word(), invent.word(), invent.chance(), invent.bytes(9)});
      header.purge.failures_left_out = invent.number(9);
    }
  }
  if (header.purge.is_known && invent.chance()) {
    header.purge.origin_ready_at = invent.instant();
  }
  header.policy = {{"status", invent.word()},
                   invent.chance() ? manifest::BodyPolicy::hash : manifest::BodyPolicy::none,
                   {{"nonce=[0-9]+", "", ""}, {"", "<!-- built", "-->"}},
                   base::Duration{static_cast<std::int64_t>(invent.number(31'622'400'000'000'000ULL))},
                   "varnish",
                   invent.fraction(),
                   {{"stale-while-revalidate", std::nullopt}, {"not-cached", invent.instant()}}};
  header.gate = {invent.number(UINT64_MAX), invent.fraction(), invent.fraction(),
                 invent.chance() ? manifest::RequiredGrade::proven : manifest::RequiredGrade::consistent};
  header.expect = {{"*", "/asset.js", "*", invent.digest(), ""}, {invent.word(), "/a", "gzip", std::nullopt, "\"v2\""}};
  header.has_baseline = invent.chance();
  header.planned_cells = invent.number(UINT64_MAX);
  header.planned_tenants = invent.number(UINT64_MAX);
  return header;
}

auto fields(const Evidence& e) {
  const auto path = std::tie(e.path.connection, e.path.exchange, e.path.remote, e.path.local_port, e.path.tls_version,
                             e.path.certificate_sha256, e.path.shared_name, e.path.detour);
  const Response none;
  const Response& r = e.response() != nullptr ? *e.response() : none;
  const base::Failure fine;
  return std::tuple(e.id, e.role, e.cell, e.replica, e.sample, e.url, e.sent_at, e.first_byte_at, e.received_at,
                    std::tuple(path), r.status, r.head, r.body.wire_bytes, r.body.decoded_bytes, r.body.sha256,
                    r.body.decode_error, e.failure() != nullptr ? *e.failure() : fine);
}

// Without its line feed, as Reader::read wants it.
std::string header_line(const RunHeader& header, const Roster& roster) {
  std::string line;
  append_header_line(header, roster, line);
  line.pop_back();
  return line;
}

std::string evidence_line(const Evidence& evidence, const Roster& roster) {
  std::string line;
  append_evidence_line(evidence, roster, line);
  line.pop_back();
  return line;
}

Evidence plain_evidence(const Roster& roster) {
  Evidence evidence;
  evidence.id = 7;
  evidence.cell = {EdgeId{1}, TenantId{0}, AssetId{0}, VariantId{1}};
  evidence.url = "https://abc.example.com/asset.js";
  evidence.sent_at = *base::parse_instant("2026-11-23T03:00:42.000000001Z");
  evidence.received_at = *base::parse_instant("2026-11-23T03:00:42.5Z");
  evidence.outcome = Response{200, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nVia: one\r\nvia: two\r\n\r\n", {}};
  static_cast<void>(roster);
  return evidence;
}

class EvidenceReader : public testing::Test {
 protected:
  void read_header() { ASSERT_TRUE(reader_.read(header_line({}, roster_))); }
  std::string fault_of(std::string_view line) {
    const auto result = reader_.read(line);
    return result ? "accepted" : result.error().text();
  }
  // A good line with one piece of it replaced.
  std::string line_with(std::string_view piece, std::string_view replacement) {
    std::string line = evidence_line(plain_evidence(roster_), roster_);
    const std::size_t at = line.find(piece);
    EXPECT_NE(at, std::string::npos) << piece;
    return at == std::string::npos ? line : line.replace(at, piece.size(), replacement);
  }

  Roster roster_ = make_roster();
  Reader reader_;
};

TEST(EvidenceCodec, ReadsBackWhatItWrote) {
  const Roster roster = make_roster();
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Inventor invent(seed);
    Reader reader;
    ASSERT_TRUE(reader.read(header_line({}, roster)));
    // Tenants and assets are numbered as they appear: make them appear in the roster's order.
    for (std::uint32_t i = 0; i < 2; ++i) {
      Evidence first = plain_evidence(roster);
      first.cell.tenant = TenantId{i};
      first.cell.asset = AssetId{i};
      ASSERT_TRUE(reader.read(evidence_line(first, roster)));
    }
    const Evidence written = invent_evidence(invent);
    const auto line = reader.read(evidence_line(written, roster));
    ASSERT_TRUE(line) << line.error().text();
    EXPECT_EQ(fields(std::get<Evidence>(*line)), fields(written));
  }
}

TEST(EvidenceCodec, KeepsRoundsOfALoop) {
  const Roster roster = make_roster();
  Reader reader;
  ASSERT_TRUE(reader.read(header_line({}, roster)));
  Evidence evidence = plain_evidence(roster);
  evidence.round = 1;
  EXPECT_FALSE(reader.read(evidence_line(evidence, roster))) << "its round was not begun";
  Round round{1, "purge-1", "url", 6, 3, 12, 4, 1, {}};
  round.purge.is_known = true;
  round.purge.requested_at = *base::parse_instant("2026-11-23T03:00:00.25Z");
  round.purge.acknowledged_at = *base::parse_instant("2026-11-23T03:00:01Z");
  round.purge.source = "purge.jsonl";
  std::string line;
  append_round_line(round, line);
  line.pop_back();
  const auto read = reader.read(line);
  ASSERT_TRUE(read) << read.error().text();
  std::string again;
  append_round_line(std::get<Round>(*read), again);
  EXPECT_EQ(again, line + "\n");
  EXPECT_FALSE(reader.read(line)) << "rounds are numbered";
  const auto later = reader.read(evidence_line(evidence, roster));
  ASSERT_TRUE(later) << later.error().text();
  EXPECT_EQ(std::get<Evidence>(*later).round, 1);
}

TEST(EvidenceCodec, WritesTheSameLinesAgain) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Inventor invent(seed);
    const Roster roster = make_roster();
    const std::string first = header_line(invent_header(invent), roster);
    Reader reader;
    const auto line = reader.read(first);
    ASSERT_TRUE(line) << line.error().text();
    EXPECT_EQ(header_line(std::get<RunHeader>(*line), reader.roster()), first);
    EXPECT_FALSE(first.contains('\n'));
  }
}

TEST(EvidenceCodec, KeepsWhatMayDifferBetweenEnvironments) {
  RunHeader written;
  written.purpose = Purpose::parity;
  written.parity.version = manifest::ExpectedVersion::same;
  written.parity.ignore = {"x-debug-*", "\x1b[2J"};
  written.parity.map = {{"cdn", {{"dev", "dev.example.com"}, {"production", "www.example.com"}}}};
  written.parity.allow = {
      {"vary", "dev", "eu-*", "*", "tenant-a", "/x?*", base::parse_instant("2026-12-01T00:00:00Z")}};
  Reader reader;
  const auto line = reader.read(header_line(written, make_roster()));
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(std::get<RunHeader>(*line).purpose, Purpose::parity);
  EXPECT_EQ(std::get<RunHeader>(*line).parity, written.parity);
}

TEST(EvidenceCodec, KeepsEveryDigitOfThePolicy) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Inventor invent(seed);
    RunHeader written;
    written.policy.confidence = invent.fraction();
    written.gate.min_parity = invent.fraction();
    Reader reader;
    const auto line = reader.read(header_line(written, make_roster()));
    ASSERT_TRUE(line);
    EXPECT_EQ(std::get<RunHeader>(*line).policy.confidence, written.policy.confidence);
    EXPECT_EQ(std::get<RunHeader>(*line).gate.min_parity, written.gate.min_parity);
  }
}

TEST_F(EvidenceReader, ReadsTheFooterBack) {
  read_header();
  RunFooter written;
  written.finished_at = *base::parse_instant("2026-11-23T03:01:00Z");
  written.is_complete = false;
  written.why_incomplete = "interrupted";
  written.cells_left_out = 12;
  written.probes = 34;
  CheckOutcome check{"coherency",
                     CheckOutcome::Status::warn,
                     "3 tenants",
                     2.0 / 3,
                     base::Duration{5},
                     {"python3", "cdn-verify.py"},
                     {R"({"tenant":"t","n":0.1})"},
                     9,
                     {{"cells", 1.0 / 3}}};
  written.checks.push_back(check);
  written.why_loop_ended = "its 2 rounds are over";
  written.manual = {{"tenant-abc", "cachewitness purge --tenants tenant-abc"}};
  std::string line;
  append_footer_line(written, line);
  line.pop_back();
  const auto read = reader_.read(line);
  ASSERT_TRUE(read) << read.error().text();
  std::string again;
  append_footer_line(std::get<RunFooter>(*read), again);
  EXPECT_EQ(again, line + "\n");
  const CheckOutcome& back = std::get<RunFooter>(*read).checks.at(0);
  EXPECT_EQ(back.parity_score, check.parity_score);
  EXPECT_EQ(back.metrics, check.metrics);
  EXPECT_EQ(back.findings, check.findings);
}

// A whole file as tests/schema validates it: every kind of line, the odd heads included.
TEST(EvidenceCodec, WritesTheGoldenFile) {
  Inventor invent(7);
  const Roster roster = make_roster();
  std::string file;
  append_header_line(invent_header(invent), roster, file);
  append_header_line({}, roster, file);
  for (int i = 0; i < 12; ++i) {
    append_evidence_line(invent_evidence(invent), roster, file);
  }
  append_evidence_line(plain_evidence(roster), roster, file);
  RunFooter footer;
  footer.checks.push_back({"coherency",
                           CheckOutcome::Status::warn,
                           "3 tenants",
                           2.0 / 3,
                           base::Duration{5},
                           {"python3"},
                           {R"({"tenant":"t"})"},
                           9,
                           {{"cells", 1.0 / 3}}});
  append_footer_line(footer, file);
  tests::expect_golden("evidence/run.jsonl", file);
}

TEST_F(EvidenceReader, RefusesAFindingThatWouldBreakTheReportItIsEmbeddedIn) {
  read_header();
  RunFooter footer;
  footer.checks.emplace_back().findings = {R"(1],"gate":{"passed":true)"};
  std::string line;
  append_footer_line(footer, line);
  EXPECT_THAT(fault_of(line.substr(0, line.size() - 1)), HasSubstr("\"findings\" must be an array of JSON texts"));
}

TEST(EvidenceCodec, GivesScriptsTheFieldsOfAHead) {
  const Roster roster = make_roster();
  Evidence evidence = plain_evidence(roster);
  const std::string line = evidence_line(evidence, roster);
  EXPECT_THAT(line, HasSubstr(R"("status":200,"headers":{"etag":"\"a\"","via":"one, two"},)"));
  EXPECT_THAT(line, HasSubstr(R"("sent_at":"2026-11-23T03:00:42.000000001Z")"));
}

TEST(EvidenceCodec, LeavesLongValuesToTheHead) {
  const Roster roster = make_roster();
  Evidence evidence = plain_evidence(roster);
  const std::string policy(300, 'p');
  evidence.outcome = Response{200, "HTTP/1.1 200 OK\r\nX-Long: " + policy + "\r\nAge: 1\r\n\r\n", {}};
  const std::string line = evidence_line(evidence, roster);
  EXPECT_THAT(line, HasSubstr(R"("headers":{"age":"1"})"));
  EXPECT_EQ(line.find(policy), line.rfind(policy));
}

TEST_F(EvidenceReader, NumbersTenantsInOrderOfAppearance) {
  read_header();
  Evidence evidence = plain_evidence(roster_);
  evidence.cell.tenant = TenantId{1};
  ASSERT_TRUE(reader_.read(evidence_line(evidence, roster_)));
  EXPECT_EQ(reader_.roster().tenant(TenantId{0}), "tenant-\xFFxyz");
  EXPECT_EQ(reader_.roster().edges.at(1).address, "[2001:db8::1]:443");
  EXPECT_EQ(reader_.roster().variant(VariantId{1}), "gzip");
}

TEST_F(EvidenceReader, IgnoresKeysThatItDoesNotKnow) {
  read_header();
  EXPECT_EQ(fault_of(line_with("\"sample\":0", "\"sample\":0,\"later\":{\"a\":[1]}")), "accepted");
}

TEST_F(EvidenceReader, RefusesTimesThatCannotBeReckonedWith) {
  const std::string sent = R"("sent_at":"2026-11-23T03:00:42.000000001Z")";
  read_header();
  for (const char* moment : {"1700-01-01T00:00:00Z", "2201-01-01T00:00:00Z"}) {
    EXPECT_THAT(fault_of(line_with(sent, std::string(R"("sent_at":")") + moment + '"')),
                HasSubstr("\"sent_at\" must be a moment from 1970 to 2199"));
  }
}

TEST_F(EvidenceReader, RefusesAPropagationOfCenturies) {
  RunHeader header;
  header.policy.propagation = std::chrono::hours(24 * 366);
  EXPECT_EQ(fault_of(header_line(header, roster_)), "accepted");
  header.policy.propagation += std::chrono::nanoseconds(1);
  Reader other;
  std::string line = header_line(header, roster_);
  const auto read = other.read(line);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("propagation_ns"));
}

TEST_F(EvidenceReader, RefusesAnotherSchemaAndSaysWhatToDo) {
  std::string line = header_line({}, roster_);
  line.replace(line.find("/v1"), 3, "/v2");
  EXPECT_THAT(fault_of(line), HasSubstr("\"cachewitness.evidence/v2\" and this program reads "
                                        "\"cachewitness.evidence/v1\"; judge it with the version"));
}

TEST_F(EvidenceReader, WantsTheHeaderFirst) {
  EXPECT_THAT(fault_of(evidence_line(plain_evidence(roster_), roster_)), HasSubstr("line 1: the first line"));
}

TEST_F(EvidenceReader, TakesNothingFromAHeaderThatItRefused) {
  std::string line = header_line({}, roster_);
  line.replace(line.find("\"planned_cells\":0"), 17, "\"planned_cells\":-1");
  EXPECT_THAT(fault_of(line), HasSubstr("\"planned_cells\" must be"));
  EXPECT_TRUE(reader_.roster().edges.empty());
  EXPECT_THAT(fault_of(evidence_line(plain_evidence(roster_), roster_)), HasSubstr("the first line"));
}

TEST_F(EvidenceReader, RefusesASecondHeaderAndAnythingAfterTheFooter) {
  read_header();
  EXPECT_THAT(fault_of(header_line({}, roster_)), HasSubstr("a second header"));
  std::string footer;
  append_footer_line({}, footer);
  EXPECT_EQ(fault_of(footer.substr(0, footer.size() - 1)), "accepted");
  EXPECT_THAT(fault_of(evidence_line(plain_evidence(roster_), roster_)), HasSubstr("after the footer"));
}

TEST_F(EvidenceReader, RefusesALineCutAnywhere) {
  read_header();
  const std::string line = evidence_line(plain_evidence(roster_), roster_);
  for (std::size_t size = 0; size < line.size(); ++size) {
    ASSERT_THAT(fault_of(line.substr(0, size)), HasSubstr("[bad-evidence]")) << size;
  }
  EXPECT_EQ(fault_of(line), "accepted");
}

TEST_F(EvidenceReader, NamesTheFaultOfAHostileLine) {
  struct Row {
    std::string_view name;
    std::string_view piece;
    std::string_view replacement;
    std::string_view expected;
  };
  const std::vector<Row> rows{
      {"wrong type", "\"sample\":0", "\"sample\":\"0\"", "\"sample\" must be a whole number from 0 to 65535"},
      {"too large", "\"sample\":0", "\"sample\":65536", "\"sample\" must be a whole number from 0 to 65535"},
      {"negative", "\"sample\":0", "\"sample\":-1", "\"sample\" must be a whole number"},
      {"fraction", "\"sample\":0", "\"sample\":0.5", "\"sample\" must be a whole number"},
      {"huge", "\"connection\":0", "\"connection\":1e400", "evidence line 2: "},
      {"status", "\"status\":200", "\"status\":99", "\"status\" must be a whole number from 100 to 999"},
      {"no outcome", "\"status\":200,", "", "\"status\" must be"},
      {"id", "\"e7\"", "\"7\"", "\"id\" must be \"e\" and a number"},
      {"id too long", "\"e7\"", "\"e99999999999999999999\"", "\"id\" must be"},
      {"unknown edge", "\"edge\":\"apac-1\"", "\"edge\":\"apac-9\"", "\"edge\" must be one of the header's"},
      {"unknown variant", "\"gzip\"", "\"br\"", "\"variant\" must be one of the header's"},
      {"no time", "2026-11-23T03:00:42.500000000Z", "yesterday", "\"received_at\" must be a moment"},
      {"time out of range", "2026-11-23T03:00:42.500000000Z", "9999-11-23T03:00:42Z", "\"received_at\" must be"},
      {"missing url", "\"url\"", "\"u\"", "\"url\" must be a string"},
      {"type", "\"probe\"", "\"guess\"", "\"type\" must be one of header"},
      {"not an object", "\"path\":{", "\"path\":[{}],\"p\":{", "\"path\" must be an object"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Reader fresh;
    ASSERT_TRUE(fresh.read(header_line({}, roster_)));
    const auto result = fresh.read(line_with(row.piece, row.replacement));
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().text(), HasSubstr(row.expected));
  }
}

TEST_F(EvidenceReader, RefusesDeepNesting) {
  read_header();
  const std::string deep(100'000, '[');
  EXPECT_THAT(fault_of(line_with("\"sample\":0", "\"sample\":0,\"x\":" + deep)), HasSubstr("not valid JSON"));
}

TEST_F(EvidenceReader, RefusesAnEdgeThatIsNamedTwice) {
  roster_.edges.push_back(roster_.edges.front());
  EXPECT_THAT(fault_of(header_line({}, roster_)), HasSubstr("\"us-west-1\" is there twice"));
}

TEST_F(EvidenceReader, ReadsOnAfterABadLine) {
  read_header();
  EXPECT_THAT(fault_of("{\"type\":\"probe\",\"path\":{\"remote\":\"long enough to be allocated somewhere"),
              HasSubstr("line 2: not valid JSON"));
  EXPECT_EQ(fault_of(evidence_line(plain_evidence(roster_), roster_)), "accepted");
}

}  // namespace
}  // namespace cachewitness::evidence
