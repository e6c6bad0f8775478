#include "verdict/notebook.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/age.h"
#include "http/entity_tag.h"
#include "http/http_date.h"
#include "http/vendor_status.h"
#include "support/evidence_builder.h"
#include "verdict/books.h"
#include "verdict/explain.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {
namespace {

using evidence::Evidence;
using evidence::Role;
using testing_support::EvidenceBuilder;
using Random = std::mt19937_64;

std::string one_of(Random& random, const std::vector<std::string>& from) { return from[random() % from.size()]; }

// Any number of bits up to 64: small ones and the ends of the range alike.
std::uint64_t any_number(Random& random) {
  const std::uint64_t bits = random();
  return bits >> (random() % 64);
}

std::string random_head(Random& random) {
  static const std::vector<std::string> lines{"Server: a",
                                              "ETag: \"v1\"",
                                              "ETag: W/\"v2-gzip\"",
                                              "etag: ",
                                              "Age: 0",
                                              "Age: 7",
                                              "Age: x, 12",
                                              "Age: 99999999999",
                                              "Date: Sun, 23 Nov 2025 03:00:00 GMT",
                                              "Date: Sun, 01 Jan 1700 00:00:00 GMT",
                                              "Date: Fri, 31 Dec 2250 23:59:60 GMT",
                                              "Date: Sunday, 06-Nov-94 08:49:37 GMT",
                                              "Date: Sun Nov  6 08:49:37 1994",
                                              "Date: yesterday",
                                              "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT",
                                              "Last-Modified: Sunday, 06-Nov-94 08:49:37 GMT",
                                              "last-modified: x",
                                              "Cache-Control: no-store",
                                              "Cache-Control: public, s-maxage=60",
                                              "Vary: Accept-Encoding",
                                              "Vary: Cookie",
                                              "Vary:",
                                              "Content-Encoding: gzip",
                                              "Location: /elsewhere",
                                              "X-Varnish: 12 7",
                                              "X-Varnish: 13",
                                              "X-Cache: HIT",
                                              "X-Cache: MISS, HIT",
                                              "Via: 1.1 ats (Traffic Server [cHs f ])",
                                              "Cache-Status: edge; hit; ttl=5",
                                              "Content-Type: text/css",
                                              "X-Own: 1",
                                              "X-Own: 2",
                                              "broken line",
                                              " folded"};
  std::string head = one_of(
      random, {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/2 200 \r\n", "HTTP/3 404 \r\n", "no HTTP\r\n"});
  for (std::size_t i = random() % 10; i > 0; --i) {
    head += lines[random() % (random() % 20 == 0 ? lines.size() : lines.size() - 2)] + "\r\n";
  }
  return random() % 20 == 0 ? head : head + "\r\n";
}

evidence::Response random_response(Random& random) {
  evidence::Response response;
  response.status = std::vector<int>{200, 200, 200, 404, 301, 0, 999, -1}[random() % 8];
  response.head = random_head(random);
  response.body.wire_bytes = random() % 3;
  response.body.decode_error = one_of(random, {"", "", "", "cut short"});
  if (random() % 4 != 0) {
    response.body.sha256.emplace();
    response.body.sha256->bytes[random() % 32] = static_cast<std::uint8_t>(random() % 3);
  }
  return response;
}

// A policy that compares what sightings keep, what they keep elsewhere, and what they do not keep.
evidence::RunHeader header_of_worlds() {
  evidence::RunHeader header = EvidenceBuilder().header;
  header.policy.compare = {"status", "ETag", "x-own", "content-type", "vary", "x-cache", "age"};
  return header;
}

// Bodies and heads of a few kinds, numbers of every size, in the world of the builder.
Evidence random_evidence(Random& random, const evidence::Roster& roster, std::uint64_t id, bool is_extreme) {
  Evidence one;
  one.id = is_extreme && random() % 9 == 0 ? any_number(random) : id;
  one.role = static_cast<Role>(random() % 3);
  one.cell = {evidence::EdgeId{static_cast<std::uint32_t>(random() % 2)},
              evidence::TenantId{static_cast<std::uint32_t>(random() % 2)}, evidence::AssetId{0},
              evidence::VariantId{static_cast<std::uint32_t>(random() % 2)}};
  if (one.role == Role::origin) {
    one.replica = evidence::ReplicaId{static_cast<std::uint32_t>(random() % 2)};
    one.cell.edge =
        random() % 9 == 0 ? evidence::EdgeId{static_cast<std::uint32_t>(any_number(random))} : evidence::EdgeId::none();
  } else if (is_extreme && random() % 9 == 0) {
    one.replica = evidence::ReplicaId{static_cast<std::uint32_t>(any_number(random))};
  }
  one.sample = static_cast<std::uint16_t>(random() % 9 == 0 ? random() : random() % 3);
  one.url = one_of(random, {"https://tenant-a.example/asset.js",
                            fmt::format("https://{}.example/asset.js", roster.tenant(one.cell.tenant)),
                            "https://us-west-1.example", "", "odd \x01 bytes \x7f", "https://unlike.example/x?y"});
  one.sent_at = {testing_support::purge_moment.ns + static_cast<std::int64_t>(random() % 100'000'000'000)};
  one.received_at = {one.sent_at.ns + static_cast<std::int64_t>(random() % 1'000'000'000)};
  if (is_extreme && random() % 9 == 0) {
    one.sent_at = {static_cast<std::int64_t>(any_number(random))};
    one.received_at = {random() % 3 == 0 ? std::numeric_limits<std::int64_t>::min()
                                         : static_cast<std::int64_t>(any_number(random))};
  }
  one.path.connection = random() % 9 == 0 ? any_number(random) : random() % 4;
  if (random() % 6 == 0) {
    one.outcome = base::Failure{static_cast<base::Stage>(random() % 6), static_cast<base::FailureCause>(random() % 8),
                                one_of(random, {"", "as planted", "other \x1b words"})};
  } else {
    one.outcome = random_response(random);
  }
  return one;
}

std::string shown(Text text) { return text.is_none() ? "-" : fmt::format("'{}'", text.view()); }
std::string shown(const std::optional<base::Instant>& when) { return when ? std::to_string(when->ns) : "-"; }

// Everything of a sighting that a rule may read.
std::string shown(const Notebook& notebook, const Sighting& s) {
  std::string text = fmt::format(
      "{} {} {} {} {}/{}/{}/{} {} {} {} {} {} {} {} {} {} {} {} {}", s.id, s.sent_at.ns, s.received_at.ns, s.connection,
      s.cell.edge.value, s.cell.tenant.value, s.cell.asset.value, s.cell.variant.value, s.replica.value, s.age_s,
      shown(s.date), shown(s.modified_at), s.sample, s.status, static_cast<int>(s.role), static_cast<int>(s.cause),
      static_cast<int>(s.stage), static_cast<int>(s.mark), s.is_broken, s.is_empty);
  text += fmt::format(" weak {} url '{}' words '{}'", s.is_weak, notebook.url_of(s), notebook.words_of(s));
  for (const Text part : {s.failure_detail, s.digest, s.etag, s.etag_core, s.last_modified, s.cache_control, s.vary,
                          s.content_encoding, s.location, s.trace}) {
    text += ' ' + shown(part);
  }
  for (std::size_t i = 0; i < notebook.compared().size(); ++i) {
    text += fmt::format(" {}={}", notebook.compared()[i], shown(notebook.field(s, i)));
  }
  return text;
}

// The same, straight from the evidence and with nothing shared or packed.
class Reference {
 public:
  explicit Reference(const Evidence& one) {
    std::string failed = "-";
    int cause = static_cast<int>(base::FailureCause::reset);
    int stage = static_cast<int>(base::Stage::connect);
    if (const auto* failure = one.failure()) {
      failed = fmt::format("'{}'", failure->detail);
      cause = static_cast<int>(failure->cause);
      stage = static_cast<int>(failure->stage);
    } else {
      body_ = one.response()->body;
      status_ = static_cast<std::int16_t>(one.response()->status);
      constexpr std::size_t any = std::size_t{1} << 40;
      static_cast<void>(http::parse_recorded_head(one.response()->head, {any, any, any}, head_));
      vendor_ = http::read_vendor_status(head_);
    }
    const bool is_answer = one.response() != nullptr;
    const auto date = [&](std::string_view name) {
      return http::parse_http_date(field(name).value_or(""), one.received_at);
    };
    const auto age = http::parse_age(field("age").value_or("")).value_or(-1);
    const auto tag = http::parse_entity_tag(field("etag").value_or(""));
    text = fmt::format("{} {} {} {} {}/{}/{}/{} {} {} {} {} {} {} {} {} {} {} {} {}", one.id, one.sent_at.ns,
                       one.received_at.ns, one.path.connection, one.cell.edge.value, one.cell.tenant.value,
                       one.cell.asset.value, one.cell.variant.value, one.replica.value, age, shown(date("date")),
                       shown(date("last-modified")), one.sample, status_, static_cast<int>(one.role), cause, stage,
                       static_cast<int>(vendor_.mark), !body_.decode_error.empty(), is_answer && body_.wire_bytes == 0);
    text += fmt::format(" weak {} url '{}' words '{}' {}", tag && tag->is_weak, one.url,
                        vendor_.header.empty() ? "" : fmt::format("{}: {}", vendor_.header, vendor_.text), failed);
    const bool is_hashed = body_.sha256 && body_.decode_error.empty();
    const auto* digest = is_hashed ? reinterpret_cast<const char*>(body_.sha256->bytes.data()) : nullptr;
    text += is_hashed ? fmt::format(" '{}'", std::string_view(digest, 32)) : " -";
    text += ' ' + quoted("etag") + (tag ? fmt::format(" '{}'", http::core(*field("etag"))) : " -");
    for (const auto* name : {"last-modified", "cache-control", "vary", "content-encoding", "location", "x-varnish"}) {
      text += ' ' + quoted(name);
    }
    for (const auto* name : {"etag", "x-own", "content-type", "vary", "x-cache", "age"}) {
      text += fmt::format(" {}={}", name, status_ == 0 ? "-" : quoted(name));
    }
  }

  std::string text;

 private:
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const {
    std::string joined;
    return head_.join(name, joined) == 0 ? std::nullopt : std::optional(joined);
  }
  [[nodiscard]] std::string quoted(std::string_view name) const {
    const auto value = field(name);
    return value ? fmt::format("'{}'", *value) : "-";
  }

  http::ResponseHead head_;
  http::VendorStatus vendor_;
  evidence::Body body_;
  int status_ = 0;
};

TEST(Notebook, GivesEverySightingAsTheEvidenceHadIt) {
  const evidence::Roster roster = EvidenceBuilder().roster;
  Notebook notebook(header_of_worlds().policy, roster);
  Random random(1);
  std::map<std::uint32_t, std::pair<Trail, std::multiset<std::string>>> of_tenant;
  for (std::uint64_t id = 1; id <= 6'000; ++id) {
    const Evidence one = random_evidence(random, roster, id, id % 2'000 > 700);  // some blocks are calm
    auto& [trail, expected] = of_tenant[one.cell.tenant.value];
    notebook.add(one, trail);
    expected.insert(Reference(one).text);
  }
  std::vector<Sighting> sightings;
  for (const auto& [tenant, filed] : of_tenant) {
    notebook.read(filed.first, evidence::TenantId{tenant}, evidence::AssetId{0}, sightings);
    std::multiset<std::string> found;
    for (const Sighting& sighting : sightings) {
      found.insert(shown(notebook, sighting));
    }
    EXPECT_EQ(found.size(), filed.second.size());
    EXPECT_TRUE(std::ranges::equal(found, filed.second));
    for (auto a = found.begin(), b = filed.second.begin(); a != found.end() && b != filed.second.end(); ++a, ++b) {
      ASSERT_EQ(*a, *b);
    }
  }
}

// Verdicts, the cells to ask again, and each cell's story.
std::string judged(const EvidenceBuilder& world) {
  Judge judge(world.header, world.roster);
  for (const Evidence& one : world.evidence) {
    judge.add(one);
    if (one.id % 64 == 0) {
      static_cast<void>(judge.finish({}));
    }
  }
  static_cast<void>(judge.suspects());  // what was found out earlier must not show
  const Judgement judgement = judge.finish({});
  std::string text = fmt::format("{} {} {}\n", judgement.cells.total, judgement.cells.fresh, judge.suspects().size());
  for (const EdgeSummary& edge : judgement.edges) {
    text += fmt::format("{} {} {} {}\n", edge.probes, edge.p50.count(), edge.p99.count(), edge.connections_seen);
    const EdgeProfile& profile = edge.profile;
    text += fmt::format("{} {} {} {} {}\n", slug(profile.provider), name(profile.date_mode), name(profile.age_mode),
                        profile.nodes_seen, fmt::join(profile.pops, " "));
  }
  for (const OriginTrouble& trouble : judgement.origins) {
    text +=
        fmt::format("{} {} {} {}\n", trouble.replica, trouble.cells, trouble.what, fmt::join(trouble.evidence, " "));
  }
  for (const Verdict& finding : judgement.findings) {
    text += fmt::format("{} {} {}\n", finding.rule, finding.url, fmt::join(finding.evidence, " "));
  }
  for (const std::uint32_t edge : {0U, 1U}) {
    for (const std::uint32_t tenant : {0U, 1U}) {
      for (const std::uint32_t variant : {0U, 1U}) {
        text += explain(judge, EvidenceBuilder::cell({edge, tenant, variant}));
      }
    }
  }
  return text;
}

TEST(Notebook, DoesNotShowInWhichOrderEvidenceCame) {
  Random random(7);
  for (int round = 0; round < 25; ++round) {
    EvidenceBuilder world;
    world.header = header_of_worlds();
    for (std::uint64_t id = 1; id <= 20 + 20 * static_cast<std::uint64_t>(round); ++id) {
      world.evidence.push_back(random_evidence(random, world.roster, id, false));
    }
    const std::string in_order = judged(world);
    for (int shuffles = 0; shuffles < 3; ++shuffles) {
      std::ranges::shuffle(world.evidence, random);
      ASSERT_EQ(judged(world), in_order) << "round " << round;
    }
  }
}

// A fleet of fresh cells: 12 edges, tenants whose asset has an ETag and bytes of its own, times to the nanosecond,
// latencies of up to 50 ms, 8 connections an edge, and edges that answer a little out of turn.
std::size_t bytes_of_fleet(std::uint32_t tenants) {
  constexpr std::uint32_t edges = 12;
  EvidenceBuilder world;
  evidence::Roster roster;
  for (std::uint32_t i = 0; i < edges; ++i) {
    roster.edges.push_back({"production", "all", fmt::format("edge-{}", i), "203.0.113.1:443", "", 1});
  }
  roster.replicas = world.roster.replicas;
  roster.variants.intern("identity");
  roster.assets.intern("/asset.js");
  for (std::uint32_t i = 0; i < tenants; ++i) {
    roster.tenants.intern(fmt::format("tenant-{:07}", i));
  }
  Books books(world.header, roster);
  Random random(1);
  Evidence one;
  const auto add = [&](Role role, evidence::EdgeId edge, evidence::ReplicaId replica, std::uint32_t tenant) {
    one.id += 1;
    one.role = role;
    one.cell = {edge, evidence::TenantId{tenant}, evidence::AssetId{0}, evidence::VariantId{0}};
    one.replica = replica;
    one.url = fmt::format("https://{}.shop.example/asset.js", roster.tenant(one.cell.tenant));
    one.sent_at = {testing_support::purge_moment.ns + 60'000'000'000 +
                   static_cast<std::int64_t>(one.id * 60'000 + random() % 60'000)};
    one.received_at = {one.sent_at.ns + 1'000'000 + static_cast<std::int64_t>(random() % 50'000'000)};
    one.path.connection = edge.value * 8 + random() % 8;
    evidence::Response response;
    response.status = 200;
    response.head = fmt::format("HTTP/1.1 200 OK\r\nDate: Sun, 23 Nov 2025 03:01:{:02} GMT\r\nETag: \"{:x}\"\r\n",
                                one.id / 20'000 % 60, tenant);
    response.head += "Cache-Control: public, s-maxage=3600\r\nVary: Accept-Encoding\r\n";
    response.head += role == Role::origin ? "\r\n" : fmt::format("Age: {}\r\nX-Cache: HIT\r\n\r\n", random() % 60);
    response.body.wire_bytes = 9000;
    response.body.sha256.emplace();
    std::memcpy(response.body.sha256->bytes.data(), &tenant, sizeof tenant);
    one.outcome = std::move(response);
    books.add(one);
  };
  for (std::uint32_t i = 0; i < tenants * 2; ++i) {
    add(Role::origin, evidence::EdgeId::none(), evidence::ReplicaId{i % 2}, i / 2);
  }
  for (std::uint32_t i = 0; i < tenants * edges; ++i) {
    const std::uint32_t lag = i % edges * 3;  // every edge a little behind the one before it
    add(Role::probe, evidence::EdgeId{i % edges}, evidence::ReplicaId::none(), (i / edges + tenants - lag) % tenants);
  }
  return books.memory_bytes();
}

TEST(Notebook, KeepsAFreshCellInThirtyTwoBytes) {
  const std::uint32_t tenants = 6'000;
  const double bytes = static_cast<double>(bytes_of_fleet(tenants)) / (tenants * 12);
  RecordProperty("bytes", std::to_string(bytes));
  EXPECT_LE(bytes, 32) << "with what tables of strings grow by at once";
}

}  // namespace
}  // namespace cachewitness::verdict
