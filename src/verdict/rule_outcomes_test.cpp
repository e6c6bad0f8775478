// Each rule asked by itself: where it fires, where it passes, where it does not apply and where it cannot
// tell. Which of several firing rules decides is rule_cases_test.cpp's; rules that look beyond the cell's own answers
// are shared_rule_outcomes_test.cpp's.
#include <string>
#include <vector>

#include "support/rule_rows.h"

namespace cachewitness::testing_support {
namespace {

using base::FailureCause;

Reply modified(const std::string& body, const std::string& date) {
  return {.body = body, .fields = "Last-Modified: " + date + " GMT\r\n"};
}

const std::string friday = "Fri, 21 Nov 2025 00:00:00";
const std::string saturday = "Sat, 22 Nov 2025 00:00:00";
const std::string sunday = "Sun, 23 Nov 2025 00:00:00";

const std::vector<RuleRow>& rows() {
  static const std::vector<RuleRow> table{
      {"timeout", fires_, [](World& w) { w.probe(failing(FailureCause::timeout)); }},
      {"timeout", silent_, [](World& w) { w.probe(failing(FailureCause::reset)); }},
      {"timeout", silent_, [](World& w) { w.origins({}).probe({}); }},
      {"timeout", passes_, [](World& w) { w.origins({}).probe({}).probe(failing(FailureCause::timeout)); }},

      {"rate-limited", fires_, [](World& w) { w.origins({}).probe({.status = 429}); }},
      {"rate-limited", silent_, [](World& w) { w.origins({}).probe({}); }},
      {"rate-limited", passes_, [](World& w) { w.origins({}).probe({.status = 429}).probe({.status = 503}); }},

      {"status-5xx", fires_, [](World& w) { w.origins({}).probe({.status = 500}); }},
      {"status-5xx", silent_, [](World& w) { w.origins({}).probe({.status = 404}); }},
      {"status-5xx", passes_, [](World& w) { w.origins({}).probe({.status = 500, .fields = "Age: 7\r\n"}); }},

      {"origin-unreachable", fires_, [](World& w) { w.origin({.status = 500}).probe({}); }},
      {"origin-unreachable", passes_, [](World& w) { w.origin({.status = 500}).origin({}, 1).probe({}); }},
      {"origin-unreachable", silent_, [](World& w) { w.probe(failing(FailureCause::dns)); }},

      {"within-propagation", fires_, [](World& w) { deployed(w).probe({.body = "old", .at = 30}); }},
      {"within-propagation", passes_,
       [](World& w) { deployed(w).probe({.body = "old", .at = 30}).probe({.body = "old", .at = 32}); }},
      {"within-propagation", silent_, [](World& w) { deployed(w).probe({.at = 30}); }},
      {"within-propagation", silent_,
       [](World& w) {
         deployed(w).probe({.body = "old", .at = 30});
         w.header.purge.is_known = false;
       }},
      {"within-propagation", passes_,
       [](World& w) {
         deployed(w).probe({.body = "old", .at = 30});
         w.header.purge.failures = {failed_purge(url_of_cell)};
       }},
      {"within-propagation", fires_,
       [](World& w) {
         deployed(w).probe({.body = "old", .at = 30});
         w.header.purge.failures = {failed_purge(url_of_cell)};
         w.header.purge.failures[0].is_unknown = true;  // it may well have been carried out
       }},

      {"negative-cached", fires_, [](World& w) { deployed(w).probe({.status = 410, .fields = "Age: 7\r\n"}); }},
      {"negative-cached", unsure_, [](World& w) { deployed(w).probe({.status = 404}); }},
      {"negative-cached", unsure_,
       [](World& w) { w.origins({}).baseline({.status = 503, .body = "x"}).probe({.status = 503, .body = "x"}); }},
      {"negative-cached", silent_, [](World& w) { deployed(w).probe({}); }},
      {"negative-cached", silent_,
       [](World& w) { w.origins({.status = 404}).probe({.status = 410, .fields = "Age: 7\r\n"}); }},

      {"redirect-cached", fires_, [](World& w) { deployed(w).probe({.status = 308, .fields = "Age: 7\r\n"}); }},
      {"redirect-cached", unsure_, [](World& w) { deployed(w).probe({.status = 302}); }},
      {"redirect-cached", silent_, [](World& w) { deployed(w).probe({.status = 304}); }},

      {"origin-moved", fires_, [](World& w) { w.origin({}).origin(old, 1).probe({}); }},
      {"origin-moved", passes_, [](World& w) { w.origin({}).origin(old, 1).probe({.body = "third"}); }},
      {"origin-moved", fires_, [](World& w) { w.origins(old).probe(old).origin({.at = 70}, 0).origin({.at = 70}, 1); }},
      {"origin-moved", passes_,
       [](World& w) { w.origins(old).probe({.body = "third"}).origin({.at = 70}, 0).origin({.at = 70}, 1); }},
      {"origin-moved", passes_,
       [](World& w) {
         Reply late = old;
         late.at = 80;
         w.origins(old).origin({.at = 70}, 0).origin({.at = 70}, 1).probe(late);
       }},
      {"origin-moved", silent_, [](World& w) { w.origins({}).origin({.at = 70}, 0).origin({.at = 70}, 1).probe(old); }},
      {"origin-moved", silent_, [](World& w) { w.baseline(old).origin({}).origin(old, 1).probe(old); }},

      {"no-validator", fires_, [](World& w) { w.origins({.etag = ""}).probe({.is_hashed = false}); }},
      {"no-validator", silent_, [](World& w) { w.origins({.is_hashed = false}).probe({.is_hashed = false}); }},
      {"no-validator", passes_,
       [](World& w) { w.origins({.etag = ""}).probe({.is_hashed = false}).probe({.body = "old", .at = 61}); }},

      {"regression", fires_, [](World& w) { deployed(w).probe({}).probe({.body = "old", .at = 61}); }},
      {"regression", passes_, [](World& w) { deployed(w).probe(old).probe({.at = 61}); }},
      {"regression", silent_, [](World& w) { deployed(w).probe(old); }},

      {"stale-if-error", fires_,
       [](World& w) { deployed(w).probe(old_with("X-Cache: TCP_REFRESH_FAIL_HIT from a1\r\n")); }},
      {"stale-if-error", fires_,
       [](World& w) {
         w.baseline(old).origin({}).origin(failing(FailureCause::refused), 1);
         w.probe(old_with("X-Cache-Status: STALE\r\n"));
       }},
      {"stale-if-error", passes_, [](World& w) { deployed(w).probe(old_with("X-Cache-Status: STALE\r\n")); }},
      {"stale-if-error", passes_,
       [](World& w) {  // refused to the prober (403), not failing
         w.baseline(old).origin({}).origin({.status = 403}, 1).probe(old_with("X-Cache-Status: STALE\r\n"));
       }},
      {"stale-if-error", unsure_,
       [](World& w) {
         w.header.expect.push_back({"tenant-*", "/asset.js", "*", testing_support::digest_of("new"), ""});
         w.baseline(old).probe(old_with("X-Cache-Status: STALE\r\n"));
       }},
      {"stale-if-error", silent_, [](World& w) { deployed(w).probe(old_with("X-Cache-Status: HIT\r\n")); }},

      {"stale-origin-replica", fires_, [](World& w) { w.baseline(old).origin({}).origin(old, 1).probe(old); }},
      {"stale-origin-replica", passes_, [](World& w) { w.baseline(old).origin({}).origin(old, 1).probe({}); }},
      {"stale-origin-replica", passes_,
       [](World& w) { w.baseline(old).origin({}).origin(old, 1).probe({.body = "third"}); }},
      {"stale-origin-replica", silent_, [](World& w) { deployed(w).probe(old); }},

      {"false-revalidation", fires_,
       [](World& w) { deployed(w).probe(old_with("Age: 1\r\nX-Cache: RefreshHit from cloudfront\r\n")); }},
      {"false-revalidation", fires_, [](World& w) { deployed(w).probe(old_with("X-Cache-Status: REVALIDATED\r\n")); }},
      {"false-revalidation", unsure_,
       [](World& w) {
         w.header.purge.is_known = false;
         deployed(w).probe(old_with("Age: 1\r\nX-Cache: RefreshHit from x\r\n"));
       }},
      {"false-revalidation", passes_,
       [](World& w) { deployed(w).probe(old_with("Age: 99\r\nX-Cache: RefreshHit from x\r\n")); }},
      {"false-revalidation", silent_, [](World& w) { deployed(w).probe(old_with("Age: 1\r\nX-Cache: HIT\r\n")); }},

      {"probe-refilled", fires_,
       [](World& w) {
         deployed(w).probe({.body = "old", .at = 40, .fields = "X-Cache-Status: MISS\r\n"});
         w.probe(old_with("Age: 20\r\nX-Cache-Status: HIT\r\n"));
       }},
      {"probe-refilled", fires_,
       [](World& w) {  // by a baseline that was recorded too late
         w.origins({}).baseline(old_with("X-Cache-Status: MISS\r\n"));
         w.evidence.back().sent_at = at_second(5);
         w.evidence.back().received_at = at_second(5.02);
         w.probe(old_with("Age: 55\r\n"));
       }},
      {"probe-refilled", unsure_,
       [](World& w) {  // it may have been fetched for somebody else in the same second
         deployed(w).probe({.body = "old", .at = 40}).probe(old_with("Age: 20\r\n"));
       }},
      {"probe-refilled", unsure_, [](World& w) { deployed(w).probe(old); }},
      {"probe-refilled", passes_,
       [](World& w) {
         deployed(w).probe({.body = "old", .at = 40, .fields = "X-Cache-Status: MISS\r\n"});
         w.probe(old_with("Age: 30\r\n"));
       }},
      {"probe-refilled", silent_, [](World& w) { deployed(w).probe({}); }},

      {"purged-before-origin-ready", fires_, [](World& w) { deployed(w).probe(old_with("Age: 59\r\n")); }},
      {"purged-before-origin-ready", fires_,
       [](World& w) {  // no Age, from an edge that sends it with all that comes from its store
         deployed(w).probe(old);
         w.probe({.fields = "Age: 5\r\nX-Cache-Status: HIT\r\n"}, {.tenant = 1});
       }},
      {"purged-before-origin-ready", passes_, [](World& w) { deployed(w).probe(old_with("Age: 62\r\n")); }},
      {"purged-before-origin-ready", passes_,
       [](World& w) {  // around the purge, and the origin was ready
         deployed(w).probe(old_with("Age: 60\r\n"));
         w.header.purge.origin_ready_at = at_second(-10);
       }},
      {"purged-before-origin-ready", unsure_,
       [](World& w) {
         deployed(w).probe(old_with("Age: 20\r\n"));
         w.header.purge.origin_ready_at = at_second(5);
       }},
      {"purged-before-origin-ready", silent_, [](World& w) { w.origins({}).probe(old_with("Age: 9\r\n")); }},

      {"etag-reuse", fires_, [](World& w) { w.origins({.etag = "\"s\""}).probe({.body = "x", .etag = "\"s\""}); }},
      {"etag-reuse", passes_, [](World& w) { w.origins({}).probe({.body = "x"}); }},
      {"etag-reuse", silent_, [](World& w) { w.origins({}).probe({.body = "x", .etag = ""}); }},
      {"etag-reuse", silent_, [](World& w) { w.origins({}).probe({}); }},

      {"version-rollback", fires_,
       [](World& w) { w.origins({}).baseline(modified("old", saturday)).probe(modified("older", friday)); }},
      {"version-rollback", passes_,
       [](World& w) { w.origins({}).baseline(modified("old", saturday)).probe(modified("third", sunday)); }},
      {"version-rollback", unsure_,
       [](World& w) { w.origins({}).baseline(modified("old", saturday)).probe({.body = "x"}); }},
      {"version-rollback", silent_, [](World& w) { w.origins({}).probe(modified("older", friday)); }},
      {"version-rollback", silent_,
       [](World& w) { w.origins({}).baseline(modified("old", saturday)).probe(modified("old", saturday)); }},

      {"never-purged", fires_, [](World& w) { w.origins({}).probe({.body = "third", .fields = "Age: 99\r\n"}); }},
      {"never-purged", passes_, [](World& w) { w.origins({}).probe({.body = "third", .fields = "Age: 9\r\n"}); }},
      {"never-purged", passes_, [](World& w) { deployed(w).probe(old_with("Age: 9\r\n")); }},
      {"never-purged", unsure_, [](World& w) { w.origins({}).probe(old); }},
      {"never-purged", unsure_,
       [](World& w) {
         deployed(w).probe(old);
         w.header.purge.is_known = false;
       }},
      {"never-purged", silent_, [](World& w) { deployed(w).probe({}); }},

      {"status-drift", fires_, [](World& w) { w.origins({}).probe({.status = 203}); }},
      {"status-drift", passes_, [](World& w) { w.origins({}).probe({}); }},
      {"status-drift", silent_,
       [](World& w) {
         w.origins({}).probe({.status = 203});
         w.header.policy.compare = {"etag"};
       }},

      {"no-age", fires_, [](World& w) { w.origins({}).probe(old); }},
      {"no-age", passes_, [](World& w) { w.origins({}).probe(old_with("Age: 9\r\n")); }},
      {"no-age", silent_, [](World& w) { deployed(w).probe(old); }},

      {"unknown-version", fires_, [](World& w) { deployed(w).probe({.body = "third"}); }},
      {"unknown-version", silent_, [](World& w) { deployed(w).probe({}); }},

      {"header-drift", fires_, [](World& w) { w.origins({}).probe({.fields = "Vary: origin\r\n"}); }},
      {"header-drift", passes_, [](World& w) { w.origins({}).probe({}); }},
      {"header-drift", passes_,
       [](World& w) {
         w.origins({}).probe({.cache_control = "no-store"});
         w.header.policy.compare = {"status", "content-type"};
       }},
      {"header-drift", passes_,
       [](World& w) {  // replicas of one version may differ in headers
         w.origin({}).origin({.cache_control = "no-store"}, 1).probe({.cache_control = "no-store"});
       }},
      {"header-drift", fires_,
       [](World& w) {  // any field that the policy names
         w.origins(new_with("X-Robots-Tag: all\r\n")).probe(new_with("X-Robots-Tag: none\r\n"));
         w.header.policy.compare = {"X-Robots-Tag"};
       }},
      {"header-drift", silent_, [](World& w) { deployed(w).probe(old); }},

      {"validator-drift", fires_,
       [](World& w) {
         w.origins(new_with("Last-Modified: Sun, 23 Nov 2025 00:00:00 GMT\r\n"))
             .probe(new_with("Last-Modified: Sun, 23 Nov 2025 00:00:01 GMT\r\n"));
       }},
      {"validator-drift", passes_,
       [](World& w) {
         w.origins(new_with("Last-Modified: Sun, 23 Nov 2025 00:00:00 GMT\r\n"))
             .probe(new_with("Last-Modified: Sunday, 23-Nov-25 00:00:00 GMT\r\n"));
       }},
      {"validator-drift", passes_, [](World& w) { w.origins({.etag = "\"a\""}).probe({.etag = "\"a-gzip\""}); }},
      {"validator-drift", silent_, [](World& w) { w.origins({.is_hashed = false}).probe({.is_hashed = false}); }},

      {"not-cached", fires_, [](World& w) { w.origins({}).probe(new_with("X-Cache-Status: BYPASS\r\n")); }},
      {"not-cached", passes_, [](World& w) { w.origins({}).probe(new_with("X-Cache-Status: BYPASS\r\nAge: 4\r\n")); }},
      {"not-cached", passes_, [](World& w) { w.origins({}).probe(new_with("X-Cache-Status: MISS\r\n")); }},
      {"not-cached", passes_,
       [](World& w) { w.origins({.cache_control = "no-store"}).probe(new_with("X-Cache-Status: BYPASS\r\n")); }},
      {"not-cached", fires_,
       [](World& w) {  // the CDN may store what browsers may not
         w.roster.edges[0].provider = "cloudflare";
         w.origins({.fields = "CDN-Cache-Control: max-age=60\r\n", .cache_control = "no-store"});
         w.probe({.fields = "CF-Cache-Status: DYNAMIC\r\n", .cache_control = "no-store"});
       }},
      {"not-cached", passes_,
       [](World& w) {  // and the other way round
         w.roster.edges[0].provider = "cloudflare";
         w.origins({.fields = "CDN-Cache-Control: no-store\r\n"}).probe(new_with("CF-Cache-Status: DYNAMIC\r\n"));
       }},
      {"not-cached", silent_, [](World& w) { deployed(w).probe(old_with("X-Cache-Status: BYPASS\r\n")); }},

      {"transformed", fires_, [](World& w) { w.origins({}).probe({.decode_error = "cut"}); }},
      {"transformed", passes_, [](World& w) { w.origins({.decode_error = "cut"}).probe({.decode_error = "cut"}); }},
      {"transformed", silent_, [](World& w) { w.origins({}).probe({}); }},

      {"too-few-samples", silent_, [](World& w) { w.origins({}).probe({}); }},
      {"too-few-samples", passes_,
       [](World& w) {
         w.roster.edges[0].servers = 2;
         w.origins({}).probe({}).probe({}).probe({}).probe({}).probe({});
       }},
      {"too-few-samples", fires_,
       [](World& w) {
         w.roster.edges[0].servers = 2;
         w.origins({}).probe({}).probe({});
       }},

      {"no-baseline", silent_, [](World& w) { w.origins({}).probe({}); }},
      {"no-baseline", fires_,
       [](World& w) {
         w.origins({}).probe({});
         w.header.gate.require_grade = manifest::RequiredGrade::proven;
       }},
      {"no-baseline", passes_,
       [](World& w) {
         deployed(w).probe({});
         w.header.gate.require_grade = manifest::RequiredGrade::proven;
       }},
  };
  return table;
}

TEST(Rules, RuleAsTheTableSays) { expect_rulings(rows()); }

TEST(Rules, FireOnTheirOccasionAlone) { expect_occasions(rows()); }

}  // namespace
}  // namespace cachewitness::testing_support
