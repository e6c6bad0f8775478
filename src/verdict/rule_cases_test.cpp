// One table of small worlds: what was seen, and which rule must decide. Every rule decides at least one.
#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/decide.h"
#include "verdict/explain.h"
#include "verdict/judgement.h"
#include "verdict/rules.h"

namespace cachewitness::verdict {
namespace {

using base::FailureCause;
using testing_support::EvidenceBuilder;
using testing_support::failing;
using testing_support::Place;
using testing_support::Reply;

using World = EvidenceBuilder;

constexpr Place gzip{.variant = 1};
const Reply now_new{.body = "new"};
const Reply now_old{.body = "old"};

Reply old_with(const std::string& fields) { return {.body = "old", .fields = fields}; }
Reply new_with(const std::string& fields) { return {.body = "new", .fields = fields}; }

evidence::PurgeFailure failed_purge(const std::string& url) {
  evidence::PurgeFailure failure;
  failure.item = url;
  failure.environment = "production";
  failure.reason = "403 forbidden";
  return failure;
}

// New at the origin, old at the edge before the deploy.
World& deployed(World& w) { return w.origins(now_new).baseline(now_old); }

using Step = evidence::LeakProbe::Step;

evidence::LeakProbe step_of(manifest::LeakCheck check, Step step) { return {check, step, {}, {}, {}}; }

// An ordinary answer of a world whose answers say whose they are.
void answered_for_another_tenant(World& w) {
  w.header.marker = manifest::TenantMarker{"x-tenant", {}, {}};
  w.origins(now_new).probe(new_with("X-Tenant: tenant-b\r\n"));
  w.probe(new_with("X-Tenant: tenant-b\r\n"), {.tenant = 1});
}

void remembers_a_header(World& w) {
  constexpr auto check = manifest::LeakCheck::poisoning;
  const Reply plain{.body = "page", .at = 61};
  const Reply stored{.body = "page", .at = 62, .fields = "X-Cache: HIT\r\n"};
  evidence::LeakProbe prime = step_of(check, Step::prime);
  prime.header = "x-forwarded-host";
  prime.canary = "canary";
  evidence::LeakProbe ask = prime;
  ask.step = Step::ask;
  const Reply poisoned{.body = "https://canary.invalid",
                       .at = 65,
                       .fields = "X-Cache: HIT\r\n",
                       .marks = {{evidence::BodyMark::Kind::canary, "canary.invalid"}}};
  deployed(w).probe(now_new);
  w.leak(step_of(check, Step::first), plain).leak(step_of(check, Step::again), stored);
  w.leak(step_of(check, Step::other), plain).leak(prime, poisoned).leak(ask, poisoned);
}

void shows_an_account_to_strangers(World& w) {
  constexpr auto check = manifest::LeakCheck::deception;
  const Reply account{.body = "account", .at = 62, .fields = "X-Cache: HIT\r\n"};
  deployed(w).probe(now_new);
  w.leak(step_of(check, Step::first), {.status = 403, .body = "sign in", .at = 61});
  w.leak(step_of(check, Step::prime), account).leak(step_of(check, Step::ask), account);
}

struct Case {
  const char* name;
  std::function<void(World&)> arrange;
  std::string_view rule;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> table{
      {"a marker of another tenant", answered_for_another_tenant, "cross-tenant"},
      {"a header that the next visitor sees", remembers_a_header, "poisoned"},
      {"an account's page by the name of a file", shows_an_account_to_strangers, "deception"},
      {"fresh", [](World& w) { deployed(w).probe(now_new); }, "fresh"},
      {"fresh without a baseline", [](World& w) { w.origins(now_new).probe(now_new); }, "fresh"},
      {"one failure among answers",
       [](World& w) { deployed(w).probe(failing(FailureCause::timeout)).probe({.at = 61}); }, "fresh"},
      {"one 503 of its own among answers",
       [](World& w) { deployed(w).probe({.status = 503, .body = "sorry"}).probe({.at = 61}); }, "fresh"},
      {"only cancelled beside an answer",
       [](World& w) { deployed(w).probe(now_new).probe(failing(FailureCause::cancelled)); }, "fresh"},
      {"deployed in the middle of the run, asked again afterwards",
       [](World& w) {
         w.origins(now_old).baseline(now_old).probe({.body = "new", .at = 61});
         w.origin({.body = "new", .at = 70}, 0).origin({.body = "new", .at = 70}, 1);
       },
       "fresh"},
      {"seen before a deploy in the middle of the run",
       [](World& w) {
         w.origins(now_old).baseline(now_old).probe({.body = "old", .at = 61});
         w.origin({.body = "new", .at = 70}, 0).origin({.body = "new", .at = 70}, 1);
       },
       "origin-moved"},
      {"rolled back to the very bytes that the edge held",
       [](World& w) { w.origins(now_old).baseline(now_old).probe(now_old); }, "fresh"},
      // surprise 16: Age larger than the time since the purge on new content
      {"a clock ahead on fresh content", [](World& w) { deployed(w).probe(new_with("Age: 2220\r\n")); }, "fresh"},
      // surprise 18
      {"STALE on fresh content", [](World& w) { deployed(w).probe(new_with("X-Cache-Status: STALE\r\n")); }, "fresh"},
      // surprise 13
      {"the gzip variant's tag for identity",
       [](World& w) {
         w.origins({.etag = "\"hash\""}).origins({.etag = "\"hash-gzip\""}, gzip);
         w.probe({.etag = "W/\"hash-gz\""});
       },
       "fresh"},
      {"a sibling variant's tag",
       [](World& w) {
         w.origins({.etag = "\"plain\""}).origins({.etag = "\"packed\""}, gzip).probe({.etag = "W/\"packed\""});
       },
       "fresh"},
      {"F19: Age far beyond max-age",
       [](World& w) {
         const std::string control = "max-age=5";
         w.origins({.cache_control = control}).probe({.fields = "Age: 50\r\n", .cache_control = control});
       },
       "fresh"},
      {"a lagging replica does not blame a new edge",
       [](World& w) { w.baseline(now_old).origin(now_new, 0).origin(now_old, 1).probe(now_new); }, "fresh"},
      {"a deliberate 404",
       [](World& w) {
         w.origins({.status = 404, .body = "gone"}).probe({.status = 404, .body = "gone", .fields = "Age: 9\r\n"});
       },
       "fresh"},
      {"an extra Vary: Accept-Encoding",
       [](World& w) { w.origins(now_new).probe(new_with("Vary: Accept-Encoding\r\n")); }, "fresh"},
      {"Cache-Control in another order",
       [](World& w) { w.origins(now_new).probe({.cache_control = "S-MaxAge=3600,public"}); }, "fresh"},
      {"an expectation instead of the origin",
       [](World& w) {
         w.header.expect.push_back({"tenant-*", "/asset.js", "*", testing_support::digest_of("new"), ""});
         w.probe(now_new);
       },
       "fresh"},

      {"dns", [](World& w) { deployed(w).probe(failing(FailureCause::dns)); }, "dns"},
      {"refused", [](World& w) { deployed(w).probe(failing(FailureCause::refused)); }, "refused"},
      {"unreachable", [](World& w) { deployed(w).probe(failing(FailureCause::unreachable)); }, "refused"},
      {"timeout", [](World& w) { deployed(w).probe(failing(FailureCause::timeout)); }, "timeout"},
      {"reset", [](World& w) { deployed(w).probe(failing(FailureCause::reset)); }, "reset"},
      {"tls", [](World& w) { deployed(w).probe(failing(FailureCause::tls)); }, "tls"},
      {"malformed", [](World& w) { deployed(w).probe(failing(FailureCause::malformed)); }, "malformed-response"},
      {"too large", [](World& w) { deployed(w).probe(failing(FailureCause::too_large)); }, "too-large"},
      {"the first failure names the cell",
       [](World& w) {
         deployed(w).probe({.at = 61, .failure = base::Failure{base::Stage::tls, FailureCause::tls, ""}});
         w.probe(failing(FailureCause::refused));
       },
       "refused"},
      {"rate limited", [](World& w) { deployed(w).probe({.status = 429, .body = "slow down"}); }, "rate-limited"},
      {"5xx", [](World& w) { deployed(w).probe({.status = 503, .body = "sorry"}); }, "status-5xx"},
      {"429 and 5xx",
       [](World& w) { deployed(w).probe({.status = 429, .body = "x"}).probe({.status = 502, .body = "y", .at = 61}); },
       "status-5xx"},
      {"5xx within propagation is an error all the same",
       [](World& w) { deployed(w).probe({.status = 503, .body = "sorry", .at = 5}); }, "status-5xx"},

      {"no origin evidence", [](World& w) { w.probe(now_new); }, "origin-unreachable"},
      {"every replica refuses",
       [](World& w) {
         w.origin(failing(FailureCause::refused)).origin({.status = 502, .body = "x"}, 1).probe(now_old);
       },
       "origin-unreachable"},
      {"replicas disagree, no baseline", [](World& w) { w.origin(now_new, 0).origin(now_old, 1).probe(now_old); },
       "origin-moved"},
      {"early", [](World& w) { deployed(w).probe({.body = "old", .at = 20}); }, "within-propagation"},
      {"early, other content", [](World& w) { w.origins(now_new).probe({.body = "x", .at = 20}); },
       "within-propagation"},
      {"the deadline itself is late", [](World& w) { deployed(w).probe({.body = "old", .at = 31}); }, "never-purged"},

      {"404 with Age", [](World& w) { deployed(w).probe({.status = 404, .body = "none", .fields = "Age: 70\r\n"}); },
       "negative-cached"},
      {"404 with a hit marker",
       [](World& w) { deployed(w).probe({.status = 404, .body = "none", .fields = "X-Cache-Status: HIT\r\n"}); },
       "negative-cached"},
      {"503 out of the store",
       [](World& w) {
         deployed(w).probe({.status = 503, .body = "none", .fields = "X-Cache: TCP_NEGATIVE_HIT from a1\r\n"});
       },
       "negative-cached"},
      {"404 as before the deploy, from a silent cache",
       [](World& w) {
         w.origins(now_new).baseline({.status = 404, .body = "none"}).probe({.status = 404, .body = "none"});
       },
       "negative-cached"},
      {"404 of its own", [](World& w) { deployed(w).probe({.status = 404, .body = "none"}); }, "status-drift"},
      {"redirect with Age",
       [](World& w) { deployed(w).probe({.status = 301, .body = "", .fields = "Location: /v1\r\nAge: 70\r\n"}); },
       "redirect-cached"},
      {"redirect elsewhere than the origin's",
       [](World& w) {
         w.origins({.status = 301, .body = "", .fields = "Location: /v2\r\n"});
         w.probe({.status = 301, .body = "", .fields = "Location: /v1\r\nX-Cache: HIT\r\n"});
       },
       "redirect-cached"},
      {"the origin's own redirect",
       [](World& w) {
         w.origins({.status = 301, .body = "", .fields = "Location: /v2\r\n"});
         w.probe({.status = 301, .body = "", .fields = "Location: /v2\r\nX-Cache: HIT\r\n"});
       },
       "fresh"},

      {"nothing to compare by",
       [](World& w) {
         const Reply bare{.etag = "", .is_hashed = false};
         w.origins(bare).probe(bare);
       },
       "no-validator"},
      {"a body cut inside its gzip coding",
       [](World& w) { w.origins({}).probe({.fields = "Content-Encoding: gzip\r\n", .decode_error = "cut short"}); },
       "transformed"},
      {"an origin whose body does not decode either",
       [](World& w) { w.origins({.decode_error = "bad gzip"}).probe({.decode_error = "bad gzip"}); }, "fresh"},
      {"a tag that the edge weakened when it unpacked", [](World& w) { w.origins({}).probe({.etag = "W/\"packed\""}); },
       "fresh"},
      {"the tag of another content coding",
       [](World& w) { w.origins({}).probe({.fields = "Content-Encoding: gzip\r\n", .etag = "\"packed\""}); }, "fresh"},
      {"a body that could not be decoded",
       [](World& w) {
         w.origins({.etag = ""})
             .probe({.fields = "Content-Encoding: x-odd\r\n", .etag = "", .decode_error = "unknown"});
       },
       "no-validator"},
      {"new, then old", [](World& w) { deployed(w).probe(now_new).probe({.body = "old", .at = 70}); }, "regression"},
      {"old, then new", [](World& w) { deployed(w).probe(now_old).probe({.at = 61}); }, "stale-while-revalidate"},
      {"old, then new, of several servers behind one address",
       [](World& w) {
         w.roster.edges[0].servers = 4;
         deployed(w).probe(now_old).probe({.at = 61});
       },
       "never-purged"},
      {"STALE, then new, of several servers behind one address",
       [](World& w) {
         w.roster.edges[0].servers = 4;
         deployed(w).probe(old_with("X-Cache-Status: STALE\r\n")).probe({.at = 61});
       },
       "stale-while-revalidate"},
      {"new, then old, of several servers behind one address",
       [](World& w) {
         w.roster.edges[0].servers = 4;
         deployed(w).probe(now_new).probe({.body = "old", .at = 61});
       },
       "regression"},
      {"old and STALE", [](World& w) { deployed(w).probe(old_with("X-Cache-Status: STALE\r\n")); },
       "stale-while-revalidate"},
      {"past its lifetime, inside the window",
       [](World& w) {
         const std::string control = "max-age=60, stale-while-revalidate=600";
         w.origins({.cache_control = control}).baseline({.body = "old", .cache_control = control});
         w.probe({.body = "old", .fields = "Age: 90\r\n", .cache_control = control});
       },
       "stale-while-revalidate"},
      {"refilled from a lagging replica",
       [](World& w) { w.baseline(now_old).origin(now_new, 0).origin(now_old, 1).probe(old_with("Age: 10\r\n")); },
       "stale-origin-replica"},
      {"older than the purge beside a lagging replica",
       [](World& w) { w.baseline(now_old).origin(now_new, 0).origin(now_old, 1).probe(old_with("Age: 100\r\n")); },
       "never-purged"},
      {"revalidated after the purge",
       [](World& w) { deployed(w).probe(old_with("Age: 10\r\nX-Cache-Status: REVALIDATED\r\n")); },
       "false-revalidation"},
      {"an edge that misses and still answers with an old Age",
       [](World& w) { deployed(w).probe(old_with("Age: 100\r\nX-Cache: MISS\r\n")); }, "shield-not-purged"},
      {"an edge that has stored what another one fetches from behind",
       [](World& w) {
         const std::string before = "Age: 40\r\n";
         w.origins(now_new).baseline(old_with(before)).baseline(old_with(before), {.edge = 1});
         w.probe(old_with("Age: 500\r\nX-Cache: HIT\r\n"));
         w.probe(old_with("Age: 500\r\nX-Cache: MISS\r\n"), {.edge = 1});
       },
       "shield-not-purged"},
      {"one variant of two",
       [](World& w) {
         const std::string vary = "Vary: Accept-Encoding\r\n";
         deployed(w).origins(now_new, gzip).baseline(now_old, gzip);
         w.probe(new_with(vary)).probe(old_with(vary), gzip);
       },
       "fresh"},
      {"refilled after the purge", [](World& w) { deployed(w).probe(old_with("Age: 30\r\n")); },
       "purged-before-origin-ready"},
      {"a miss with old bytes and no Age", [](World& w) { deployed(w).probe(old_with("X-Cache-Status: MISS\r\n")); },
       "purged-before-origin-ready"},
      {"another object than the baseline's around the purge",
       [](World& w) {
         w.origins(now_new).baseline({.body = "old", .fields = "Age: 5\r\n"}).probe(old_with("Age: 60\r\n"));
       },
       "purged-before-origin-ready"},
      {"the same ETag for other bytes",
       [](World& w) { w.origins({.etag = "\"same\""}).probe({.body = "nonce", .etag = "\"same\""}); }, "etag-reuse"},

      {"older than the purge", [](World& w) { deployed(w).probe(old_with("Age: 100\r\n")); }, "never-purged"},
      {"no Age, the bytes of before", [](World& w) { deployed(w).probe(now_old); }, "never-purged"},
      {"no baseline, older than the purge", [](World& w) { w.origins(now_new).probe(old_with("Age: 100\r\n")); },
       "never-purged"},
      {"known by its ETag alone",
       [](World& w) {
         w.origins({.is_hashed = false}).baseline({.body = "old", .is_hashed = false});
         w.probe({.body = "old", .fields = "Age: 100\r\n", .is_hashed = false});
       },
       "never-purged"},
      {"known by Last-Modified alone",
       [](World& w) {
         const std::string before = "Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n";
         const std::string after = "Last-Modified: Mon, 23 Nov 2026 00:00:00 GMT\r\n";
         w.origins({.fields = after, .etag = "", .is_hashed = false});
         w.baseline({.body = "old", .fields = before, .etag = "", .is_hashed = false});
         w.probe({.body = "old", .fields = before + "Age: 100\r\n", .etag = "", .is_hashed = false});
       },
       "never-purged"},
      // trap 1: the origin's Date kept on a hit; Date - Age would say "refilled long before"
      {"Date kept by the cache",
       [](World& w) {
         deployed(w).probe(
             old_with("Age: 30\r\nDate: "
                      "Sun, 23 Nov 2025 03:00:30 GMT\r\n"));
       },
       "purged-before-origin-ready"},
      {"a clock that contradicts itself",
       [](World& w) { w.origins(now_new).probe(old_with("Age: 2220\r\nDate: Sun, 23 Nov 2025 03:00:30 GMT\r\n")); },
       "no-age"},
      // surprise 14: nginx repeats the Age of the shield
      {"an Age that does not grow",
       [](World& w) {
         const std::string frozen = "Age: 0\r\nX-Cache-Status: HIT\r\n";
         deployed(w).probe(old_with(frozen)).probe({.body = "old", .at = 65, .fields = frozen});
       },
       "never-purged"},
      {"the purge time unknown, not replaced since the baseline",
       [](World& w) {
         deployed(w).probe(old_with("Age: 500\r\n"));
         w.header.purge.is_known = false;
       },
       "never-purged"},
      {"the purge time unknown",
       [](World& w) {
         deployed(w).probe(now_old);
         w.header.purge.is_known = false;
       },
       "unknown-version"},
      {"no baseline, no Age", [](World& w) { w.origins(now_new).probe(now_old); }, "no-age"},
      {"neither old nor new", [](World& w) { deployed(w).probe({.body = "third", .fields = "Age: 10\r\n"}); },
       "unknown-version"},
      {"generated after the origin was ready",
       [](World& w) {
         deployed(w).probe(old_with("Age: 10\r\n"));
         w.header.purge.origin_ready_at = testing_support::at_second(20);
       },
       "unknown-version"},

      {"old from a server that was not there before",
       [](World& w) {
         w.origins(now_new);
         for (int answers = 0; answers < 6; ++answers) {
           w.baseline(old_with("Via: 1.1 s1 (squid/6.1)\r\n"));
         }
         w.probe(old_with("Via: 1.1 s2 (squid/6.1)\r\nAge: 100\r\n"));
       },
       "absent-during-purge"},
      {"the purge was refused",
       [](World& w) {
         deployed(w).probe(old_with("Age: 100\r\n"));
         w.header.purge.failures = {failed_purge("https://tenant-a.example/asset.js")};
       },
       "purge-failed"},
      {"another purge was refused",
       [](World& w) {
         deployed(w).probe(old_with("Age: 100\r\n"));
         w.header.purge.failures = {failed_purge("https://tenant-b.example/asset.js")};
       },
       "never-purged"},
      {"a clock that is an hour ahead on every answer",
       [](World& w) {
         const std::string date = "Date: Sun, 23 Nov 2025 04:01:00 GMT\r\n";
         w.origins(now_new).probe(old_with("Age: 100\r\n" + date));
         w.probe(old_with("Age: 200\r\n" + date), {.tenant = 1});
       },
       "clock-skew"},
      {"a clock that is an hour ahead, and content that is new",
       [](World& w) {
         const std::string date = "Date: Sun, 23 Nov 2025 04:01:00 GMT\r\n";
         w.origins(now_new).probe(new_with("Age: 100\r\n" + date));
         w.probe(old_with("Age: 200\r\n" + date), {.tenant = 1});
       },
       "fresh"},
      {"new under another spelling",
       [](World& w) {
         w.roster.assets.intern("/Asset.js");
         deployed(w).origins(now_new, {.asset = 1}).probe(now_new, {.asset = 1}).probe(old_with("Age: 100\r\n"));
       },
       "alias-not-purged"},
      {"two edges that gave one and the same answer",
       [](World& w) {
         w.roster.edges[0].provider = w.roster.edges[1].provider = "cloudflare";
         w.origins(now_new).probe(new_with("CF-Ray: 8a1b-FRA\r\n"));
         w.probe({.at = 61, .fields = "CF-Ray: 8a1b-FRA\r\n"}, {.edge = 1});
       },
       "downstream-cache"},
      {"a mark that a cache may have stored: nobody says that the edge is Cloudflare's",
       [](World& w) {
         w.origins(now_new).probe(new_with("CF-Ray: 8a1b-FRA\r\n"));
         w.probe({.at = 61, .fields = "CF-Ray: 8a1b-FRA\r\n"}, {.edge = 1});
       },
       "fresh"},

      {"old and new in turn",
       [](World& w) {
         w.roster.edges[0].servers = 2;
         deployed(w).probe(now_new).probe({.body = "old", .at = 61}).probe({.at = 62}).probe({.body = "old", .at = 63});
       },
       "mixed-servers"},
      {"old, because the origin failed the edge",
       [](World& w) { deployed(w).probe(old_with("Cache-Status: e;hit;fwd=stale;fwd-status=503\r\n")); },
       "stale-if-error"},
      {"another variant is new, and Vary names nothing",
       [](World& w) { deployed(w).origins(now_new, gzip).probe(now_new, gzip).probe(old_with("Age: 100\r\n")); },
       "cache-key-not-purged"},
      {"another variant is new, and Vary names something else than what was asked with",
       [](World& w) {
         const std::string vary = "Vary: Accept-Encoding\r\n";
         w.header.selectors = {{"user-agent", {0, 1}}};
         deployed(w).origins(now_new, gzip).probe(new_with(vary), gzip).probe(old_with(vary + "Age: 100\r\n"));
       },
       "cache-key-not-purged"},
      {"new by another host",
       [](World& w) {
         deployed(w).origins(now_new, gzip).probe(now_new, gzip);
         w.evidence.back().url = "https://www.tenant-a.example/asset.js";
         w.probe(old_with("Age: 100\r\nVary: Accept-Encoding\r\n"));
       },
       "alias-not-purged"},
      {"brought back by a probe",
       [](World& w) {
         deployed(w).probe({.body = "old", .at = 40, .fields = "X-Cache-Status: MISS\r\n"});
         w.probe(old_with("Age: 20\r\nX-Cache-Status: HIT\r\n"));
       },
       "probe-refilled"},
      {"from before the last version",
       [](World& w) {
         w.origins(now_new).baseline(old_with("Last-Modified: Sat, 22 Nov 2025 00:00:00 GMT\r\n"));
         w.probe({.body = "older", .fields = "Last-Modified: Fri, 21 Nov 2025 00:00:00 GMT\r\nAge: 9000\r\n"});
       },
       "version-rollback"},

      {"old at each of three edges",
       [](World& w) {
         w.roster.edges.resize(3, w.roster.edges[0]);
         w.origins(now_new);
         for (std::uint32_t edge = 0; edge < 3; ++edge) {
           w.baseline(now_old, {.edge = edge}).probe(old_with("Age: 100\r\n"), {.edge = edge});
         }
       },
       "purge-misaddressed"},

      {"Cache-Control differs", [](World& w) { deployed(w).probe({.cache_control = "no-store"}); }, "header-drift"},
      {"Cache-Control is missing", [](World& w) { deployed(w).probe({.cache_control = ""}); }, "header-drift"},
      {"Vary is missing", [](World& w) { w.origins(new_with("Vary: Cookie\r\n")).probe(now_new); }, "header-drift"},
      {"another ETag for the same bytes", [](World& w) { deployed(w).probe({.etag = "\"x\""}); }, "validator-drift"},
      {"no ETag for the same bytes", [](World& w) { deployed(w).probe({.etag = ""}); }, "validator-drift"},
      {"passed through", [](World& w) { deployed(w).probe(new_with("CF-Cache-Status: DYNAMIC\r\n")); }, "not-cached"},
      {"passed through, as the origin wants",
       [](World& w) {
         w.origins({.cache_control = "private"});
         w.probe({.fields = "CF-Cache-Status: DYNAMIC\r\n", .cache_control = "private"});
       },
       "fresh"},
      {"one of four servers seen",
       [](World& w) {
         w.roster.edges[0].servers = 4;
         deployed(w).probe(now_new);
       },
       "too-few-samples"},
      {"proof is asked for and there is no baseline",
       [](World& w) {
         w.origins(now_new).probe(now_new);
         w.header.gate.require_grade = manifest::RequiredGrade::proven;
       },
       "no-baseline"},
  };
  return table;
}

Verdict verdict_in(const World& world, const Place& place = {}) {
  Judge judge(world.header, world.roster);
  for (const auto& one : world.evidence) {
    judge.add(one);
  }
  return judge.verdict_of(World::cell(place));
}

TEST(Rules, DecideEachSmallWorldAsTheTableSays) {
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    const Verdict verdict = verdict_in(world);
    EXPECT_EQ(verdict.rule, c.rule) << c.name << ": " << verdict.why;
    if (const Rule* rule = find_rule(c.rule); rule != nullptr) {
      EXPECT_EQ(name(verdict.state), name(rule->state)) << c.name;
      EXPECT_EQ(entry(verdict.cause).slug, entry(rule->cause).slug) << c.name;
      EXPECT_GT(verdict.confidence, 0) << c.name;
      EXPECT_FALSE(verdict.why.empty()) << c.name;
      EXPECT_EQ(verdict.remedy.find('{'), std::string::npos) << c.name << ": " << verdict.remedy;
    }
  }
}

World one_variant_of_two() {
  World w;
  const std::string vary = "Vary: Accept-Encoding\r\n";
  w.origins(new_with(vary)).origins(new_with(vary), gzip);
  w.baseline(old_with(vary)).baseline(old_with(vary), gzip);
  w.probe(new_with(vary)).probe(old_with(vary), gzip);
  return w;
}

TEST(Rules, BlameTheVariantThatThePurgeLeft) {
  EXPECT_EQ(verdict_in(one_variant_of_two(), gzip).rule, "variant-not-purged");
}

TEST(Rules, EachDecidesAtLeastOneSmallWorld) {
  std::set<std::string_view> seen{verdict_in(one_variant_of_two(), gzip).rule};
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    seen.insert(verdict_in(world).rule);
  }
  for (const Rule* rule : rules()) {
    EXPECT_TRUE(seen.contains(rule->id)) << "no test makes this rule decide: " << rule->id;
  }
}

TEST(Rules, AreExplainedWhereTheyDecide) {
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    Judge judge(world.header, world.roster);
    for (const auto& one : world.evidence) {
      judge.add(one);
    }
    const std::string story = explain(judge, World::cell());
    const Rule* rule = find_rule(c.rule);
    if (rule == nullptr) {
      EXPECT_TRUE(story.contains("Verdict: fresh")) << c.name;
      continue;
    }
    EXPECT_TRUE(story.contains(rule->explanation)) << c.name;
    EXPECT_TRUE(story.contains("The rule that decides\n  " + std::string(rule->id) + ": ")) << c.name;
    EXPECT_TRUE(story.contains("What to do\n  ")) << c.name;
  }
}

std::string story_of(const World& world, const Place& place = {}) {
  Judge judge(world.header, world.roster);
  for (const auto& one : world.evidence) {
    judge.add(one);
  }
  return explain(judge, World::cell(place));
}

TEST(Rules, AreEachExplainedAtLeastOnce) {
  std::vector<std::string> stories{story_of(one_variant_of_two(), gzip)};
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    stories.push_back(story_of(world));
  }
  for (const Rule* rule : rules()) {
    const std::string told = "What it means\n  " + std::string(rule->explanation);
    EXPECT_TRUE(std::ranges::any_of(stories, [&](const std::string& story) { return story.contains(told); }))
        << rule->id;
  }
}

TEST(Rules, DecideAcrossEdgesInWhateverOrderEvidenceCame) {
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    std::ranges::reverse(world.evidence);
    const Verdict verdict = verdict_in(world);
    EXPECT_EQ(verdict.rule, c.rule) << c.name << ": " << verdict.why;
  }
}

// What was proven stays proven: an edge that heals later has served the old copy all the same.
TEST(Rules, CallNoStaleCellFreshForFreshSamplesThatFollow) {
  int stale = 0;
  for (const Case& c : cases()) {
    World world;
    c.arrange(world);
    if (verdict_in(world).state != State::stale) {
      continue;
    }
    ++stale;
    for (int more = 1; more <= 6; ++more) {
      world.probe({.body = "new", .at = 100.0 + more});
      EXPECT_NE(verdict_in(world).state, State::fresh) << c.name << ", " << more << " fresh samples later";
    }
  }
  EXPECT_GE(stale, 15) << "the table holds the cases that this is about";
}

TEST(Rules, HaveWordsForAPersonAndAStateThatFitsTheirCause) {
  std::set<std::string_view> ids;
  for (const Rule* rule : rules()) {
    EXPECT_TRUE(ids.insert(rule->id).second) << rule->id;
    EXPECT_EQ(name(rule->state), name(entry(rule->cause).state)) << rule->id;
    EXPECT_TRUE(rule->anchor.starts_with("RFC ")) << rule->id;
    EXPECT_GT(rule->explanation.size(), 80U) << rule->id;
    EXPECT_FALSE(rule->summary.empty() || rule->remedy.empty()) << rule->id;
  }
}

}  // namespace
}  // namespace cachewitness::verdict
