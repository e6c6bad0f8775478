// Rules that look beyond the answers of one cell, each asked by itself: at servers, edges, variants and spellings, at
// the purge's journal and at what an edge does as a rule.
#include <cstdint>
#include <string>
#include <vector>

#include "support/rule_rows.h"

namespace cachewitness::testing_support {
namespace {

using base::FailureCause;

World& everywhere(World& w, std::uint32_t edges, const Reply& reply, std::uint32_t asset = 0) {
  w.roster.edges.resize(edges, w.roster.edges[0]);
  w.origins({}, {.asset = asset});
  for (std::uint32_t edge = 0; edge < edges; ++edge) {
    w.baseline(old, {.edge = edge, .asset = asset}).probe(reply, {.edge = edge, .asset = asset});
  }
  return w;
}

// By the server that names itself, in so many answers before the deploy.
World& met_before(World& w, const std::string& server, int answers) {
  w.origins({});
  for (; answers > 0; --answers) {
    w.baseline(old_with("Via: 1.1 " + server + " (squid/6.1)\r\n"));
  }
  return w;
}

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

// The object that two edges serve was generated 440 s before the purge.
const std::string stored = "Age: 500\r\nX-Cache: HIT\r\n";
const std::string fetched = "Age: 500\r\nX-Cache: MISS\r\n";
const std::string same_before = "Age: 320\r\n";
const std::string another_before = "Age: 40\r\n";
const std::string nothing_before;

// What each held before the deploy, and what it answers; the cell that is ruled on is the first one's.
World& by_two_edges(World& w, const std::string& own_before, const std::string& own_now,
                    const std::string& other_before, const std::string& other_now) {
  w.origins({});
  if (!own_before.empty()) {
    w.baseline(old_with(own_before));
  }
  w.baseline(old_with(other_before), {.edge = 1});
  return w.probe(old_with(own_now)).probe(old_with(other_now), {.edge = 1});
}

// The other variant is asked for by a URL of its own.
World& with_url(World& w, const std::string& url, const Reply& origin, const Reply& at_url, const Reply& own) {
  deployed(w).origins(origin, gzip).probe(at_url, gzip);
  for (auto& one : w.evidence) {
    one.url = one.cell.variant.value == gzip.variant ? url : one.url;
  }
  return w.probe(own);
}

// Another tenant of the manifest, asked for by that URL.
World& with_tenant(World& w, const std::string& url, const Reply& origin, const Reply& own) {
  deployed(w).origins(origin, {.tenant = 1}).probe(origin, {.tenant = 1});
  for (auto& one : w.evidence) {
    one.url = one.cell.tenant.value == 1 ? url : one.url;
  }
  return w.probe(own);
}

// Two variants, asked for with another value of that field; the answers vary by that one.
World& keyed_by(World& w, const std::string& asked_with, const std::string& vary) {
  w.header.selectors = {{asked_with, {0, 1}}};
  const std::string fields = "Age: 99\r\nVary: " + vary + "\r\n";
  return deployed(w).origins({}, gzip).probe(new_with("Vary: " + vary + "\r\n"), gzip).probe(old_with(fields));
}

const std::vector<RuleRow>& rows() {
  static const std::vector<RuleRow> table{
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

      {"shield-not-purged", fires_, [](World& w) { deployed(w).probe(old_with("Age: 99\r\nX-Cache: MISS\r\n")); }},
      {"shield-not-purged", unsure_, [](World& w) { deployed(w).probe(old_with("X-Cache: MISS\r\n")); }},
      {"shield-not-purged", passes_, [](World& w) { deployed(w).probe(old_with("Age: 9\r\nX-Cache: MISS\r\n")); }},
      {"shield-not-purged", silent_, [](World& w) { deployed(w).probe(old_with("Age: 99\r\nX-Cache: HIT\r\n")); }},
      {"shield-not-purged", fires_,
       [](World& w) {  // no Age, but an origin that could not have given it
         deployed(w).probe(old_with("X-Cache: MISS\r\n"));
         w.header.purge.origin_ready_at = at_second(-10);
       }},
      {"shield-not-purged", unsure_,
       [](World& w) {
         deployed(w).probe(old_with("X-Cache: MISS\r\n"));
         w.header.purge.origin_ready_at = at_second(10);
       }},
      {"shield-not-purged", fires_, [](World& w) { by_two_edges(w, another_before, stored, another_before, fetched); }},
      {"shield-not-purged", fires_, [](World& w) { by_two_edges(w, another_before, stored, same_before, fetched); }},
      {"shield-not-purged", fires_, [](World& w) { by_two_edges(w, another_before, stored, another_before, stored); }},
      {"shield-not-purged", fires_, [](World& w) { by_two_edges(w, nothing_before, stored, another_before, fetched); }},
      {"shield-not-purged", passes_, [](World& w) { by_two_edges(w, same_before, stored, another_before, fetched); }},
      {"shield-not-purged", passes_, [](World& w) { by_two_edges(w, same_before, stored, another_before, stored); }},
      {"shield-not-purged", unsure_, [](World& w) { by_two_edges(w, nothing_before, stored, another_before, stored); }},
      {"shield-not-purged", unsure_,
       [](World& w) {  // what another server held before says nothing about this one
         w.roster.edges[0].servers = 2;
         by_two_edges(w, another_before, stored, another_before, fetched);
       }},
      {"shield-not-purged", fires_,
       [](World& w) {  // unless it is the same one
         const std::string via = "Via: 1.1 s1 (squid/6.1)\r\n";
         w.roster.edges[0].servers = 2;
         by_two_edges(w, another_before + via, stored + via, another_before, fetched);
       }},
      {"shield-not-purged", fires_,
       [](World& w) {  // one object for both variants, which the probe before brought from behind
         w.origins({}).origins({}, gzip).baseline(old_with(same_before)).probe(old_with(fetched), gzip);
         w.probe({.body = "old", .at = 60.1, .fields = stored});
       }},
      {"shield-not-purged", silent_,
       [](World& w) {  // fetched only afterwards
         w.origins({}).origins({}, gzip).baseline(old_with(same_before)).probe(old_with(stored));
         w.probe({.body = "old", .at = 60.1, .fields = fetched}, gzip);
       }},
      {"shield-not-purged", silent_, [](World& w) { by_two_edges(w, another_before, stored, same_before, stored); }},
      {"shield-not-purged", silent_,
       [](World& w) {  // of another age
         by_two_edges(w, another_before, stored, another_before, "Age: 400\r\nX-Cache: MISS\r\n");
       }},
      {"shield-not-purged", silent_,
       [](World& w) {  // of another version
         w.origins({}).baseline(old_with(another_before)).probe(old_with(stored));
         w.baseline(old_with(another_before), {.edge = 1}).probe({.body = "older", .fields = fetched}, {.edge = 1});
       }},
      {"shield-not-purged", silent_,
       [](World& w) {  // another asset, which has nothing to do with it
         w.roster.assets.intern("/asset.css");
         deployed(w).origins({}, {.asset = 1}).baseline(old_with(another_before), {.edge = 1, .asset = 1});
         w.probe(old_with(stored)).probe(old_with(fetched), {.edge = 1, .asset = 1});
       }},
      {"shield-not-purged", silent_,
       [](World& w) {
         by_two_edges(w, another_before, stored, another_before, fetched);
         w.header.purge.is_known = false;
       }},

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
      {"variant-not-purged", fires_, [](World& w) { keyed_by(w, "accept-encoding", "Origin, Accept-Encoding"); }},
      {"variant-not-purged", fires_, [](World& w) { keyed_by(w, "user-agent", "*"); }},
      {"variant-not-purged", passes_, [](World& w) { keyed_by(w, "user-agent", "Accept-Encoding"); }},
      {"variant-not-purged", silent_,
       [](World& w) {  // another host's
         with_url(w, "https://www.tenant-a.example/asset.js", {}, {}, old_with("Vary: cookie\r\nAge: 99\r\n"));
       }},
      {"variant-not-purged", silent_,
       [](World& w) { deployed(w).origins({}, gzip).probe(old, gzip).probe(old_with("Vary: cookie\r\n")); }},
      {"variant-not-purged", silent_,
       [](World& w) {  // new, but at another edge
         deployed(w).origins({}, gzip).probe({}, {.edge = 1, .variant = 1}).probe(old_with("Vary: cookie\r\n"));
       }},

      {"cache-key-not-purged", fires_,
       [](World& w) { deployed(w).origins({}, gzip).probe({}, gzip).probe(old_with("Age: 99\r\n")); }},
      {"cache-key-not-purged", fires_, [](World& w) { keyed_by(w, "user-agent", "Accept-Encoding"); }},
      {"cache-key-not-purged", passes_, [](World& w) { keyed_by(w, "accept-encoding", "Accept-Encoding"); }},
      {"cache-key-not-purged", passes_,
       [](World& w) {  // both variants send it, and the same
         keyed_by(w, "user-agent", "Accept-Encoding, User-Agent");
         w.header.selectors.push_back({"accept-encoding", {1, 1}});
       }},
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
      {"alias-not-purged", fires_,
       [](World& w) { with_url(w, "https://www.tenant-a.example/asset.js", {}, {}, old_with("Age: 99\r\n")); }},
      {"alias-not-purged", fires_,
       [](World& w) { with_url(w, "http://tenant-a.example/asset.js", {}, {}, old_with("Age: 99\r\n")); }},
      {"alias-not-purged", passes_,
       [](World& w) { with_url(w, "http://tenant-a.example/asset.js", {}, {}, old_with("Age: 9\r\n")); }},
      {"alias-not-purged", fires_,
       [](World& w) { with_tenant(w, "http://tenant-a.example/asset.js", {}, old_with("Age: 99\r\n")); }},
      {"alias-not-purged", fires_,
       [](World& w) { with_tenant(w, "https://WWW.tenant-a.example/asset.js", {}, old_with("Age: 99\r\n")); }},
      {"alias-not-purged", silent_,
       [](World& w) {  // another site
         with_tenant(w, "https://m.tenant-a.example/asset.js", {}, old_with("Age: 99\r\n"));
       }},
      {"alias-not-purged", silent_,
       [](World& w) {  // the origin gives something else there
         with_tenant(w, "http://tenant-a.example/asset.js", {.body = "other"}, old_with("Age: 99\r\n"));
       }},
      {"alias-not-purged", silent_,
       [](World& w) {  // tenants that nothing in the URL tells apart are no names of one site
         while (w.roster.tenants.size() < 10) {
           w.roster.tenants.intern("tenant-" + std::to_string(w.roster.tenants.size()));
         }
         for (std::uint32_t tenant = 1; tenant < 10; ++tenant) {
           w.origins({}, {.tenant = tenant}).probe({}, {.tenant = tenant});
         }
         deployed(w).probe(old_with("Age: 99\r\n"));
         for (auto& one : w.evidence) {
           one.url = "https://shop.example/asset.js";
         }
       }},
      {"alias-not-purged", silent_,
       [](World& w) {  // old there too
         with_url(w, "http://tenant-a.example/asset.js", {}, old, old_with("Age: 99\r\n"));
       }},
      {"alias-not-purged", silent_,
       [](World& w) {  // the origin gives something else there
         const Reply other{.body = "other"};
         with_url(w, "https://www.tenant-a.example/asset.js", other, other, old_with("Age: 99\r\n"));
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
  };
  return table;
}

TEST(SharedRules, RuleAsTheTableSays) { expect_rulings(rows()); }

TEST(SharedRules, FireOnTheirOccasionAlone) { expect_occasions(rows()); }

}  // namespace
}  // namespace cachewitness::testing_support
