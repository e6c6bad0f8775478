// Each rule asked by itself: where it fires, where it passes, where it does not apply and where it cannot
// tell. Which of several firing rules decides is rule_cases_test.cpp's.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/books.h"
#include "verdict/rules.h"
#include "verdict/survey.h"

namespace cachewitness::verdict {
namespace {

using base::FailureCause;
using testing_support::at_second;
using testing_support::EvidenceBuilder;
using testing_support::failing;
using testing_support::Place;
using testing_support::Reply;

using World = EvidenceBuilder;

constexpr Outcome fires_ = Outcome::fires;
constexpr Outcome passes_ = Outcome::passes;
constexpr Outcome silent_ = Outcome::does_not_apply;
constexpr Outcome unsure_ = Outcome::cannot_tell;

constexpr Place gzip{.variant = 1};
const Reply old{.body = "old"};

Reply old_with(const std::string& fields) { return {.body = "old", .fields = fields}; }
Reply new_with(const std::string& fields) { return {.body = "new", .fields = fields}; }
World& deployed(World& w) { return w.origins({}).baseline(old); }

World& everywhere(World& w, std::uint32_t edges, const Reply& reply, std::uint32_t asset = 0) {
  w.roster.edges.resize(edges, w.roster.edges[0]);
  w.origins({}, {.asset = asset});
  for (std::uint32_t edge = 0; edge < edges; ++edge) {
    w.baseline(old, {.edge = edge, .asset = asset}).probe(reply, {.edge = edge, .asset = asset});
  }
  return w;
}

Reply modified(const std::string& body, const std::string& date) {
  return {.body = body, .fields = "Last-Modified: " + date + " GMT\r\n"};
}

const std::string friday = "Fri, 21 Nov 2025 00:00:00";
const std::string saturday = "Sat, 22 Nov 2025 00:00:00";
const std::string sunday = "Sun, 23 Nov 2025 00:00:00";

// By the server that names itself, in so many answers before the deploy.
World& met_before(World& w, const std::string& server, int answers) {
  w.origins({});
  for (; answers > 0; --answers) {
    w.baseline(old_with("Via: 1.1 " + server + " (squid/6.1)\r\n"));
  }
  return w;
}

evidence::PurgeFailure failed_purge(const std::string& url) {
  evidence::PurgeFailure failure;
  failure.item = url;
  failure.environment = "production";
  return failure;
}

const std::string url_of_cell = "https://tenant-a.example/asset.js";

World& with_alias(World& w, const Reply& alias, const Reply& own) {
  w.roster.assets.intern("/Asset.js");
  return deployed(w).origins({}, {.asset = 1}).probe(alias, {.asset = 1}).probe(own);
}

World& by_cloudflare(World& w) {
  w.roster.edges[0].provider = "cloudflare";
  return w.origins({});
}

const std::string hour_ahead = "Date: Sun, 23 Nov 2025 04:01:00 GMT\r\n";

// One edge, a cell for each answer; the first of them is the cell that is ruled on.
World& by_two_servers(World& w, const std::vector<std::string>& of_one, const std::vector<std::string>& of_other) {
  std::uint32_t tenant = 0;
  const auto ask = [&](const std::string& body, const std::string& server) {
    while (w.roster.tenants.size() <= tenant) {
      w.roster.tenants.intern("tenant-" + std::to_string(tenant));
    }
    const std::string via = "Via: 1.1 " + server + " (squid/6.1)\r\n";
    w.origins({}, {.tenant = tenant}).baseline({.body = "old", .fields = via}, {.tenant = tenant});
    w.probe({.body = body, .fields = via}, {.tenant = tenant++});
  };
  for (const std::string& body : of_one) {
    ask(body, "s1");
  }
  for (const std::string& body : of_other) {
    ask(body, "s2");
  }
  return w;
}

struct Row {
  std::string_view rule;
  Outcome expected;
  std::function<void(World&)> arrange;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
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

      {"mixed-servers", fires_,
       [](World& w) {
         w.roster.edges[0].servers = 2;
         deployed(w).probe({}).probe({.body = "old", .at = 61}).probe({.at = 62});
       }},
      {"mixed-servers", fires_,
       [](World& w) {  // nobody said that there are several, but one does not turn three times
         deployed(w).probe({}).probe({.body = "old", .at = 61}).probe({.at = 62}).probe({.body = "old", .at = 63});
       }},
      {"mixed-servers", fires_, [](World& w) { by_two_servers(w, {"old", "old", "old"}, {"new", "new", "new"}); }},
      {"mixed-servers", silent_, [](World& w) { by_two_servers(w, {"old", "old"}, {"new", "new", "new"}); }},
      {"mixed-servers", silent_, [](World& w) { by_two_servers(w, {"old", "old", "old"}, {"new", "new", "old"}); }},
      {"mixed-servers", silent_, [](World& w) { by_two_servers(w, {"old", "old", "new"}, {"new", "new", "new"}); }},
      {"mixed-servers", unsure_,
       [](World& w) { deployed(w).probe(old).probe({.at = 61}).probe({.body = "old", .at = 62}); }},
      {"mixed-servers", unsure_, [](World& w) { deployed(w).probe(old).probe({.at = 61}); }},
      {"mixed-servers", passes_,
       [](World& w) {  // one connection, so one server that cannot make up its mind
         deployed(w).probe({}).probe({.body = "old", .at = 61}).probe({.at = 62});
         for (auto& one : w.evidence) {
           one.path.connection = 7;
         }
       }},
      {"mixed-servers", silent_, [](World& w) { deployed(w).probe(old).probe({.body = "old", .at = 61}); }},
      {"mixed-servers", silent_,
       [](World& w) {  // stale by its own word: one server that serves while it fetches
         deployed(w).probe({}).probe({.body = "old", .at = 61, .fields = "X-Cache: STALE\r\n"}).probe({.at = 62});
       }},

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

      {"stale-while-revalidate", fires_,
       [](World& w) { deployed(w).probe(old_with("Cache-Status: e;hit;ttl=-5\r\n")); }},
      {"stale-while-revalidate", fires_,
       [](World& w) {  // several servers, but it is the same one that turned
         w.roster.edges[0].servers = 4;
         deployed(w).probe(old_with("Via: 1.1 s1 (squid/6.1)\r\n"));
         w.probe({.at = 61, .fields = "Via: 1.1 s1 (squid/6.1)\r\n"});
       }},
      {"stale-while-revalidate", passes_,
       [](World& w) {
         w.roster.edges[0].servers = 4;
         deployed(w).probe(old_with("Via: 1.1 s1 (squid/6.1)\r\n"));
         w.probe({.at = 61, .fields = "Via: 1.1 s2 (squid/6.1)\r\n"});
       }},
      {"stale-while-revalidate", fires_,
       [](World& w) {  // by the lifetime that the CDN obeys, not by the browsers'
         const std::string fields = "Surrogate-Control: max-age=60, stale-while-revalidate=600\r\n";
         w.roster.edges[0].provider = "fastly";
         w.origins(new_with(fields)).baseline(old).probe(old_with("Age: 90\r\n"));
       }},
      {"stale-while-revalidate", passes_,
       [](World& w) {  // the browsers' is over, the CDN's is not
         const std::string fields = "CDN-Cache-Control: max-age=6000\r\n";
         const std::string control = "max-age=60, stale-while-revalidate=600";
         w.roster.edges[0].provider = "cloudflare";
         w.origins({.fields = fields, .cache_control = control}).baseline(old);
         w.probe({.body = "old", .fields = "Age: 90\r\n", .cache_control = control});
       }},
      {"stale-while-revalidate", passes_, [](World& w) { deployed(w).probe(old_with("X-Cache: HIT\r\n")); }},
      {"stale-while-revalidate", passes_,
       [](World& w) {  // stale once, but then a plain hit
         deployed(w)
             .probe(old_with("X-Cache: STALE\r\n"))
             .probe({.body = "old", .at = 61, .fields = "X-Cache: HIT\r\n"});
       }},
      {"stale-while-revalidate", silent_, [](World& w) { deployed(w).probe(new_with("X-Cache: STALE\r\n")); }},

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

      {"shield-not-purged", fires_, [](World& w) { deployed(w).probe(old_with("Age: 99\r\nX-Cache: MISS\r\n")); }},
      {"shield-not-purged", unsure_, [](World& w) { deployed(w).probe(old_with("X-Cache: MISS\r\n")); }},
      {"shield-not-purged", passes_, [](World& w) { deployed(w).probe(old_with("Age: 9\r\nX-Cache: MISS\r\n")); }},
      {"shield-not-purged", silent_, [](World& w) { deployed(w).probe(old_with("Age: 99\r\nX-Cache: HIT\r\n")); }},

      {"variant-not-purged", fires_,
       [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Vary: accept-encoding\r\n")); }},
      {"variant-not-purged", fires_,
       [](World& w) { deployed(w).origins({}, gzip).probe(new_with("Content-Encoding: gzip\r\n"), gzip).probe(old); }},
      {"variant-not-purged", passes_, [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old); }},
      {"variant-not-purged", passes_,
       [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Vary: cookie\r\nAge: 5\r\n")); }},
      {"variant-not-purged", passes_,  // fetched for this very request, as from a filter that rewrites bodies
       [](World& w) {
         deployed(w).origins({}, gzip).probe({}, gzip).probe(
             {.body = "rewritten", .fields = "Vary: accept-encoding\r\nX-Cache: MISS\r\n"});
       }},
      {"variant-not-purged", silent_,
       [](World& w) { deployed(w).origins({}, gzip).probe(old, gzip).probe(old_with("Vary: cookie\r\n")); }},
      {"variant-not-purged", silent_,
       [](World& w) {  // new, but at another edge
         deployed(w).origins({}, gzip).probe({}, {.edge = 1, .variant = 1}).probe(old_with("Vary: cookie\r\n"));
       }},

      {"cache-key-not-purged", fires_,
       [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Age: 99\r\n")); }},
      {"cache-key-not-purged", passes_,
       [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Vary: cookie\r\nAge: 99\r\n")); }},
      {"cache-key-not-purged", passes_,
       [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Age: 9\r\n")); }},
      {"cache-key-not-purged", unsure_,
       [](World& w) {
         w.roster.edges[0].servers = 2;
         deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Age: 99\r\n"));
       }},
      {"cache-key-not-purged", unsure_,
       [](World& w) { deployed(w).origins({}, gzip).probe({.at = 70}, gzip).probe(old_with("Age: 99\r\n")); }},
      {"cache-key-not-purged", unsure_,
       [](World& w) {
         deployed(w).origins({}, gzip).probe(new_with("X-Cache-Status: BYPASS\r\n"), gzip);
         w.probe(old_with("Age: 99\r\n"));
       }},
      {"cache-key-not-purged", silent_,
       [](World& w) { deployed(w).origins({}, gzip).probe(old, gzip).probe(old_with("Age: 99\r\n")); }},

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

      {"purge-misaddressed", fires_, [](World& w) { everywhere(w, 3, old_with("Age: 99\r\n")); }},
      {"purge-misaddressed", fires_,
       [](World& w) {  // an edge that does not answer says nothing either way
         everywhere(w, 3, old_with("Age: 99\r\n")).roster.edges.push_back(w.roster.edges[0]);
         w.probe(failing(FailureCause::timeout), {.edge = 3});
       }},
      {"purge-misaddressed", fires_,
       [](World& w) {  // two edges only, but each asset of the tenant
         w.roster.assets.intern("/asset.css");
         everywhere(w, 2, old_with("Age: 99\r\n"), 1);
         everywhere(w, 2, old_with("Age: 99\r\n")).probe({}, {.tenant = 1});
       }},
      {"purge-misaddressed", unsure_,
       [](World& w) {  // another asset of the tenant is new
         w.roster.assets.intern("/asset.css");
         everywhere(w, 2, {}, 1);
         everywhere(w, 2, old_with("Age: 99\r\n"));
       }},
      {"purge-misaddressed", unsure_, [](World& w) { everywhere(w, 2, old_with("Age: 99\r\n")); }},
      {"purge-misaddressed", passes_,
       [](World& w) {
         everywhere(w, 3, old_with("Age: 99\r\n")).roster.edges.push_back(w.roster.edges[0]);
         w.probe({}, {.edge = 3});
       }},
      {"purge-misaddressed", passes_, [](World& w) { everywhere(w, 3, old_with("Age: 9\r\n")); }},
      {"purge-misaddressed", silent_,
       [](World& w) {
         everywhere(w, 3, old_with("Age: 99\r\n"));
         w.header.purge.is_known = false;
       }},
      {"purge-misaddressed", silent_, [](World& w) { everywhere(w, 3, {}); }},

      {"absent-during-purge", fires_,
       [](World& w) { met_before(w, "s1", 4).probe(old_with("Via: 1.1 s2 (squid/6.1)\r\nAge: 99\r\n")); }},
      {"absent-during-purge", passes_,
       [](World& w) { met_before(w, "s1", 4).probe(old_with("Via: 1.1 s1 (squid/6.1)\r\nAge: 99\r\n")); }},
      {"absent-during-purge", passes_,
       [](World& w) { met_before(w, "s1", 4).probe(old_with("Via: 1.1 s2 (squid/6.1)\r\nAge: 9\r\n")); }},
      {"absent-during-purge", unsure_,
       [](World& w) { met_before(w, "s1", 3).probe(old_with("Via: 1.1 s2 (squid/6.1)\r\nAge: 99\r\n")); }},
      {"absent-during-purge", unsure_,
       [](World& w) { deployed(w).probe(old_with("Via: 1.1 s2 (squid/6.1)\r\nAge: 99\r\n")); }},
      {"absent-during-purge", silent_, [](World& w) { met_before(w, "s1", 4).probe(old_with("Age: 99\r\n")); }},

      {"purge-failed", fires_,
       [](World& w) {
         deployed(w).probe(old);
         w.header.purge.failures = {failed_purge(url_of_cell)};
       }},
      {"purge-failed", fires_,
       [](World& w) {  // never seen before, but older than the purge
         w.origins({}).probe({.body = "third", .fields = "Age: 99\r\n"});
         w.header.purge.failures = {failed_purge(url_of_cell)};
         w.header.purge.failures[0].is_unknown = true;
       }},
      {"purge-failed", passes_,
       [](World& w) {  // it was removed by something else, and came back
         deployed(w).probe(old_with("Age: 9\r\n"));
         w.header.purge.failures = {failed_purge(url_of_cell)};
       }},
      {"purge-failed", passes_,
       [](World& w) {
         deployed(w).probe(old);
         w.header.purge.failures = {failed_purge("https://tenant-b.example/asset.js")};
       }},
      {"purge-failed", unsure_,
       [](World& w) {
         deployed(w).probe(old);
         w.header.purge.failures = {failed_purge("some-tag")};
         w.header.purge.failures[0].scope = evidence::PurgeFailure::Scope::tag;
       }},
      {"purge-failed", unsure_,
       [](World& w) {
         deployed(w).probe(old);
         w.header.purge.failures_left_out = 3;
       }},
      {"purge-failed", silent_, [](World& w) { deployed(w).probe(old); }},
      {"purge-failed", silent_,
       [](World& w) {
         deployed(w).probe({});
         w.header.purge.failures = {failed_purge(url_of_cell)};
       }},

      {"clock-skew", fires_,
       [](World& w) {
         w.origins({}).probe(old_with("Age: 99\r\n" + hour_ahead));
         w.probe(old_with("Age: 999\r\n" + hour_ahead), {.tenant = 1});
       }},
      {"clock-skew", unsure_,
       [](World& w) {  // by this much now, by that much then
         w.origins({}).probe(old_with("Age: 99\r\n" + hour_ahead));
         w.probe(old_with("Age: 999\r\nDate: Sun, 23 Nov 2025 05:00:00 GMT\r\n"), {.tenant = 1});
       }},
      {"clock-skew", unsure_, [](World& w) { w.origins({}).probe(old_with("Age: 99\r\n" + hour_ahead)); }},
      {"clock-skew", passes_, [](World& w) { w.origins({}).probe(old); }},
      {"clock-skew", silent_, [](World& w) { deployed(w).probe(old_with("Age: 99\r\n" + hour_ahead)); }},
      {"clock-skew", silent_, [](World& w) { w.origins({}).probe(new_with("Age: 99\r\n" + hour_ahead)); }},

      {"alias-not-purged", fires_, [](World& w) { with_alias(w, {}, old_with("Age: 99\r\n")); }},
      {"alias-not-purged", passes_, [](World& w) { with_alias(w, {}, old_with("Age: 9\r\n")); }},
      {"alias-not-purged", unsure_,
       [](World& w) {
         w.roster.edges[0].servers = 2;
         with_alias(w, {}, old_with("Age: 99\r\n"));
       }},
      {"alias-not-purged", silent_, [](World& w) { with_alias(w, old, old_with("Age: 99\r\n")); }},
      {"alias-not-purged", silent_, [](World& w) { with_alias(w, {}, {}); }},
      {"alias-not-purged", silent_,
       [](World& w) {  // the origin gives something else there
         w.roster.assets.intern("/Asset.js");
         deployed(w).origins({.body = "home"}, {.asset = 1}).probe({.body = "home"}, {.asset = 1});
         w.probe(old_with("Age: 99\r\n"));
       }},
      {"alias-not-purged", silent_,
       [](World& w) {  // no spelling of it
         w.roster.assets.intern("/asset.css");
         deployed(w).origins({}, {.asset = 1}).probe({}, {.asset = 1}).probe(old_with("Age: 99\r\n"));
       }},

      {"downstream-cache", fires_,
       [](World& w) {
         by_cloudflare(w).probe(new_with("CF-Ray: 8a1b-FRA\r\n"));
         w.probe({.body = "old", .at = 61, .fields = "CF-Ray: 8a1b-FRA\r\n"});
       }},
      {"downstream-cache", fires_,
       [](World& w) {  // kept since before the deploy
         by_cloudflare(w).baseline(old_with("CF-Ray: 8a1b-FRA\r\n")).probe(old_with("CF-Ray: 8a1b-FRA\r\n"));
       }},
      {"downstream-cache", passes_,
       [](World& w) {
         by_cloudflare(w).probe(new_with("CF-Ray: 8a1b-FRA\r\n"));
         w.probe({.at = 61, .fields = "CF-Ray: 8a1c-FRA\r\n"});
       }},
      {"downstream-cache", passes_,
       [](World& w) {  // another asset: no answer can stand for both
         w.roster.assets.intern("/asset.css");
         by_cloudflare(w).probe(new_with("CF-Ray: 8a1b-FRA\r\n"));
         w.probe({.at = 61, .fields = "CF-Ray: 8a1b-FRA\r\n"}, {.asset = 1});
       }},
      {"downstream-cache", silent_, [](World& w) { by_cloudflare(w).probe({}); }},
      {"downstream-cache", silent_,
       [](World& w) {
         w.origins({}).probe(new_with("CF-Ray: 8a1b-FRA\r\n"));
         w.probe({.at = 61, .fields = "CF-Ray: 8a1b-FRA\r\n"});
       }},

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

TEST(Rule, RulesByItselfAsTheTableSays) {
  int number = 0;
  for (const Row& row : rows()) {
    World world;
    row.arrange(world);
    Books books(world.header, world.roster);
    for (const auto& one : world.evidence) {
      books.add(one);
    }
    const Rule* rule = find_rule(row.rule);
    ASSERT_NE(rule, nullptr) << row.rule;
    const Dossier dossier = books.dossier(World::cell());
    CellView view = dossier.view(World::cell());
    Survey(books).look_across(view);
    const Ruling ruling = rule->judge(view);
    EXPECT_EQ(name(ruling.outcome), name(row.expected)) << row.rule << ", row " << number << ": " << ruling.reason();
    EXPECT_EQ(ruling.reason().empty(), row.expected == Outcome::does_not_apply) << row.rule << ", row " << number;
    ++number;
  }
}

TEST(Rule, FiresOnItsOccasionAlone) {
  for (const Row& row : rows()) {
    World world;
    row.arrange(world);
    Books books(world.header, world.roster);
    for (const auto& one : world.evidence) {
      books.add(one);
    }
    const Dossier dossier = books.dossier(World::cell());
    CellView view = dossier.view(World::cell());
    Survey(books).look_across(view);
    const bool has_other_answer = !std::ranges::all_of(view.looks, &Look::is_current);
    for (const Rule* rule : rules()) {
      const bool is_its_occasion = rule->occasion == Occasion::any ||
                                   (rule->occasion == Occasion::failure ? !view.failures.empty() : has_other_answer);
      EXPECT_TRUE(is_its_occasion || rule->judge(view).outcome != Outcome::fires)
          << rule->id << ", world of " << row.rule;
    }
  }
}

}  // namespace
}  // namespace cachewitness::verdict
