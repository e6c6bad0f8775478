// Runs made by hand for the tests of renderings. Only for tests of layers that see the report layer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "report/report.h"

namespace cachewitness::report::stories {

// Owns what a Run borrows.
struct Story {
  evidence::RunHeader header;
  evidence::RunFooter footer;
  evidence::Roster roster;
  verdict::Judgement judgement;

  [[nodiscard]] Run run() const { return {header, footer, roster, judgement}; }
};

inline base::Instant moment(std::string_view text) { return base::parse_instant(text).value_or(base::Instant{}); }

inline void count(verdict::CellCounts& cells, const verdict::Verdict& finding) {
  --cells.fresh;
  cells.proven -= cells.proven > 0 ? 1 : 0;
  cells.waived += finding.is_waived ? 1 : 0;
  switch (finding.state) {
    case verdict::State::fresh:
      ++cells.fresh;
      break;
    case verdict::State::stale:
      ++cells.stale;
      break;
    case verdict::State::mismatch:
      ++cells.mismatch;
      break;
    case verdict::State::leak:
      ++cells.leak;
      break;
    case verdict::State::error:
      ++cells.error;
      break;
    case verdict::State::inconclusive:
      ++cells.inconclusive;
      break;
  }
}

// Every cell fresh: SUCCESS. 847 tenants, one asset, 4 regions of 3 edges.
inline Story clean() {
  Story story;
  story.header.tool_version = "0.1.0";
  story.header.run_id = "exec-2026-0847-cdncheck";
  story.header.project = "shop";
  story.header.manifest_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  story.header.started_at = moment("2026-11-23T03:00:42.5Z");
  story.header.purge = {true, moment("2026-11-23T02:59:00Z"), moment("2026-11-23T02:59:01.25Z"), std::nullopt,
                        "--purged-at", {}, 0};
  story.header.planned_tenants = 847;
  story.header.planned_cells = 847 * 12;
  story.footer.finished_at = moment("2026-11-23T03:00:47.19Z");
  story.footer.probes = 847 * 12;
  story.footer.checks = {{"coherency",
                          evidence::CheckOutcome::Status::pass,
                          "every tenant agrees across 4 regions",
                          1.0,
                          std::chrono::milliseconds(890),
                          {"python3", "cdn-verify.py"},
                          {},
                          0,
                          {{"cells", 10164}}}};
  verdict::Judgement& judgement = story.judgement;
  for (const std::string region : {"us-west", "us-east", "eu-central", "apac"}) {
    for (const std::string number : {"1", "2", "3"}) {
      const evidence::EdgeId id{static_cast<std::uint32_t>(story.roster.edges.size())};
      story.roster.edges.push_back({"production", region, region + "-" + number, "203.0.113.10:443", "fastly", 1});
      verdict::EdgeSummary edge{id, {}, 847, std::chrono::microseconds(1520), std::chrono::microseconds(9875), 4, {}};
      edge.cells.total = edge.cells.fresh = edge.cells.proven = 847;
      edge.profile = {.provider = http::Provider::fastly,
                      .date_mode = verdict::DateMode::rewritten,
                      .age_mode = verdict::AgeMode::on_hits,
                      .skew = {{std::chrono::milliseconds(-40), std::chrono::microseconds(62'500)}},
                      .nodes_seen = 3,
                      .pops = {region == "us-west" ? "SJC" : "FRA"}};
      judgement.edges.push_back(edge);
    }
  }
  story.roster.replicas = {{"production", "https://o1.example.net"}};
  story.roster.tenants.intern("tenant-abc");
  story.roster.assets.intern("/asset.js");
  story.roster.variants.intern("identity");
  judgement.cells.total = judgement.cells.fresh = judgement.cells.proven = 847 * 12;
  judgement.probes = 847 * 12;
  judgement.tenants = 847;
  judgement.parity_score = 1;
  judgement.gate = {true, base::ExitCode::passed, {}};
  return story;
}

// Puts one finding into the story and into all of its counts.
inline void add(Story& story, verdict::Verdict finding) {
  verdict::Judgement& judgement = story.judgement;
  count(judgement.cells, finding);
  count(judgement.edges.at(finding.cell.edge.index()).cells, finding);
  judgement.findings.push_back(std::move(finding));
}

inline verdict::Verdict never_purged(Story& story, std::uint32_t edge, std::string_view tenant, std::uint64_t id) {
  verdict::Verdict finding;
  finding.cell = {evidence::EdgeId{edge}, evidence::TenantId{story.roster.tenants.intern(tenant)}, evidence::AssetId{0},
                  evidence::VariantId{0}};
  finding.state = verdict::State::stale;
  finding.cause = verdict::Cause::never_purged;
  finding.confidence = 0.99;
  finding.rule = "never-purged";
  finding.expected = "etag \"v2\"";
  finding.observed = "etag \"v1\"";
  finding.why = "This edge still answers from a copy that it stored 612 s before the purge was asked for.";
  finding.remedy = "Purge this URL at this edge again, then verify; if it stays, the purge does not reach the edge.";
  finding.url = "https://" + std::string(tenant) + ".example.com/asset.js";
  finding.evidence = {id, id + 1};
  return finding;
}

// The demo's story: PARTIAL_SUCCESS, three tenants missed at one edge.
inline Story seed() {
  Story story = clean();
  std::uint64_t id = 100;
  for (const std::string_view tenant : {"tenant-lmn", "tenant-pqr", "tenant-xyz"}) {
    add(story, never_purged(story, 3, tenant, id += 10));
  }
  story.judgement.affected_tenants = {"tenant-lmn", "tenant-pqr", "tenant-xyz"};
  story.judgement.parity_score = 10161.0 / 10164;
  story.judgement.gate = {false, base::ExitCode::failed, {"3 stale cells; the gate lets 0 through"}};
  return story;
}

// Every string that a peer or a file has a say in is an attack on a terminal, a page or a log.
inline Story hostile() {
  Story story = seed();
  const std::string attack =
      "\x1b]0;owned\x07<script>alert(1)</script>]]>&\"'\r\n::error::x%0A\xFF\xE2\x80\xAE\xEF\xBF\xBF";
  verdict::Verdict finding = never_purged(story, 0, "tenant-" + attack, 1);
  finding.state = verdict::State::mismatch;
  finding.cause = verdict::Cause::header_drift;
  finding.header = "x-" + attack;
  finding.observed = finding.why = finding.remedy = finding.url = attack;
  finding.expected = "not " + attack;
  story.judgement.findings.insert(story.judgement.findings.begin(), finding);
  count(story.judgement.cells, finding);
  count(story.judgement.edges.at(0).cells, finding);
  story.judgement.affected_tenants.insert(story.judgement.affected_tenants.begin(), "tenant-" + attack);
  story.judgement.origins = {{attack, 1, attack, {5}}};
  story.footer.checks[0].status = evidence::CheckOutcome::Status::fail;
  story.footer.checks[0].detail = attack;
  story.judgement.gate.reasons.push_back(attack);
  return story;
}

// One cause on forty edges of one region, a replica behind, a failed check, a waived cause, errors.
inline Story outage() {
  Story story = clean();
  for (std::uint32_t i = 0; i < 40; ++i) {
    const evidence::EdgeId id{static_cast<std::uint32_t>(story.roster.edges.size())};
    story.roster.edges.push_back({"production", "metro", "metro-" + std::to_string(i + 1), "203.0.113.99:443", "", 8});
    verdict::EdgeSummary edge{id, {}, 2, std::chrono::milliseconds(40), std::chrono::milliseconds(3000), 1, {}};
    edge.detection_power = i == 7 ? 0.9375 : 0.953642;
    edge.cells.total = edge.cells.fresh = 2;
    story.judgement.edges.push_back(edge);
    story.judgement.cells.total += 2;
    story.judgement.cells.fresh += 2;
    story.judgement.probes += 2;
    verdict::Verdict finding = never_purged(story, id.value, "tenant-abc", 1000 + i * 10);
    finding.cause = verdict::Cause::negative_cached;
    finding.why = "The edge keeps a 404 that the origin no longer answers.";
    finding.remedy = "Purge the URL; cache 404 answers for seconds only.";
    finding.observed = "status 404";
    finding.expected = "status 200";
    add(story, finding);
  }
  verdict::Verdict slow = never_purged(story, 0, "tenant-slow", 5000);
  slow.state = verdict::State::error;
  slow.cause = verdict::Cause::timeout;
  slow.expected = slow.observed = "";
  slow.why = "No answer within 5 s.";
  slow.remedy = "Look at the edge's load, or raise limits.timeout.";
  add(story, slow);
  verdict::Verdict waived = never_purged(story, 1, "tenant-old", 6000);
  waived.cause = verdict::Cause::stale_while_revalidate;
  waived.is_waived = true;
  add(story, waived);
  story.judgement.origins = {{"https://o2.example.net", 2, "serves another version than the other replicas", {7, 8}}};
  story.judgement.affected_tenants = {"tenant-abc"};
  story.judgement.unsure_tenants = {"tenant-slow"};
  story.judgement.parity_score = 0.996;
  story.footer.checks[0].status = evidence::CheckOutcome::Status::fail;
  story.footer.checks[0].detail = "the check exited with code 1";
  story.footer.checks[0].parity_score = std::nullopt;
  story.judgement.gate = {
      false, base::ExitCode::failed, {"40 stale cells; the gate lets 0 through", "check coherency failed"}};
  return story;
}

// The seed's run after two rounds of the closed loop: one tenant healed in the first, two left to a person.
inline Story looped() {
  Story story = seed();
  story.header.most_rounds = 2;
  evidence::Round first{1, "purge-20261123T030050Z-00000001", "url", 3, 3, 3, 1, 1, {}};
  first.purge.is_known = true;
  first.purge.requested_at = moment("2026-11-23T03:00:50Z");
  first.purge.acknowledged_at = moment("2026-11-23T03:00:50.25Z");
  evidence::Round second = first;
  second.number = 2;
  second.purge_id = "purge-20261123T030055Z-00000002";
  second.kind = "tag";
  second.cells = second.tenants = second.items = 2;
  second.not_taken = 0;
  verdict::LoopResult loop{2, {first, second}, {}};
  const verdict::Verdict healed = story.judgement.findings.front();
  story.judgement.findings.erase(story.judgement.findings.begin());
  loop.healed = {{healed.cell, healed.cause, 1, healed.url}};
  std::erase(story.judgement.affected_tenants, story.roster.tenant(healed.cell.tenant));
  story.judgement.cells.remove(verdict::State::stale, verdict::Grade::none, false);
  story.judgement.cells.add(verdict::State::fresh, verdict::Grade::proven, false);
  story.judgement.loop = std::move(loop);
  story.footer.why_loop_ended = "its 2 rounds are over";
  for (const std::string& tenant : story.judgement.affected_tenants) {
    story.footer.manual.push_back({tenant, "cachewitness purge -m shop.yaml -e production --tenants '" + tenant +
                                               "<&\x1b' --journal purge-" + tenant + ".jsonl --verify"});
  }
  return story;
}

}  // namespace cachewitness::report::stories
