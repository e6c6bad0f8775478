// Provider: one vendor's API as functions without I/O: what it can do, requests out, answers in.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "manifest/manifest.h"
#include "purge/purge.h"

namespace cachewitness::purge {

// Tokens a second and how many may be saved up. A rate of 0 is without limit.
struct Pace {
  double per_second = 0;
  double burst = 1;
};

// What a provider keeps apart under one URL, by its vendor's default, and what a purge by URL must name because of
// that. A manifest may say otherwise of its own zone or cache: `query_order`, `variants`.
struct CacheKey {
  enum class Query : std::uint8_t {
    kept,     // as it stands: the same parameters in another order are another object
    sorted,   // in one order, whatever the visitor's
    left_out  // a purge is of a path, and takes every query with it
  };
  enum class Variants : std::uint8_t {
    together,  // all go with their URL
    apart,     // each is named by the request headers that select it
    in_turn    // so too, and a purged one hides the others from a purge until its URL was fetched again
  };
  Query query = Query::kept;  // where the vendor says nothing too: a URL too many costs a call, one too few stays old
  Variants variants = Variants::together;
  std::string_view caveat{};  // what a purge by URL leaves of several variants, for a person
};

// One kind of purge that a provider has. Figures are the vendor's published ones.
struct Ability {
  Kind kind = Kind::url;
  bool has_hard = true;
  bool has_soft = false;
  std::size_t most_items = 1;
  std::size_t most_bytes = std::numeric_limits<std::size_t>::max();  // of a body
  Pace calls{};
  Pace items{};                     // a second bucket, that items are taken from
  std::size_t most_under_way = 64;  // calls that were sent and are not done
  bool is_by_host = false;          // the items of a call have one host
  CacheKey key{};                   // set by ability_for()
};

// How an OAuth 2.0 access token is fetched, where the manifest names what with.
struct Grant {
  enum class Type : std::uint8_t {
    none,
    service_account,    // RFC 7523: a key file signs the request
    client_credentials  // RFC 6749 4.4
  };
  Type type = Type::none;
  std::string_view secret{};  // a key of the manifest's `purge`
  std::string_view scope{};
};

// How a request shows who sends it. `secret` is a key of the manifest's `purge`.
struct Credential {
  enum class Scheme : std::uint8_t {
    none,
    header,
    basic_user,
    sigv4,
    edgegrid,
    challenge  // of Varnish's command line, which the session answers: the secret goes beside the request
  };
  Scheme scheme = Scheme::none;
  std::string_view header{};
  std::string_view prefix{};
  std::string_view secret{};
  Grant grant{};
};

// What carries its requests.
enum class Transport : std::uint8_t { http, program, varnish_cli, htcp };

struct Provider {
  std::string_view name;
  Transport transport = Transport::http;
  std::vector<Ability> (*abilities)(const manifest::PurgeSettings& settings) = nullptr;
  Request (*write)(const manifest::PurgeSettings& settings, const Call& call) = nullptr;
  Answer (*read)(const Call& call, const Response& response) = nullptr;
  // Of a pending call, by the provider's id; null where it has no status to ask for.
  Request (*ask)(const manifest::PurgeSettings& settings, const Call& call, const std::string& id) = nullptr;
  // Of what was asked; null where it is read as every answer is.
  Answer (*read_state)(const manifest::PurgeSettings& settings, const Call& call, const Response& response) = nullptr;
  base::Duration ask_every = std::chrono::seconds(2);
  base::Duration ask_for = std::chrono::minutes(20);  // then it is left as taken: it may well be done unseen
  Credential credential{};
  base::Duration propagation = std::chrono::seconds(30);  // after its answer; the default of policy.propagation
  bool is_at_nodes = false;                               // every edge is asked by itself
  std::uint16_t port = 0;                                 // of an edge, where it is not the one that serves visitors
  bool is_by_path = false;                                // it is told of no host: a path is purged at all of them
  CacheKey key{};
};

// Every provider of the manifest's table. The request of `driver` is what a program gets on standard input.
[[nodiscard]] std::span<const Provider> providers();
[[nodiscard]] const Provider* find_provider(std::string_view name);

// The provider's, or what the manifest says of its own.
[[nodiscard]] CacheKey cache_key(const Provider& provider, const manifest::PurgeSettings& settings);

// The ability that an order takes, or why there is none: what the provider can do is named. Nothing was sent.
[[nodiscard]] base::Result<Ability> ability_for(const Provider& provider, const manifest::PurgeSettings& settings,
                                                Kind kind, bool is_soft);

// How a refusing status is read where a provider has nothing of its own to say: 401 and 403 deny, 429 and 5xx
// postpone, with Retry-After; anything else refuses. `reason` is for a person.
[[nodiscard]] Answer read_failure(const Response& response, std::string reason = {});

namespace errors {
inline constexpr base::ErrorId cannot_purge{"purge-not-possible", base::ExitCode::usage};
inline constexpr base::ErrorId nothing_to_purge{"purge-empty", base::ExitCode::usage};
}  // namespace errors

}  // namespace cachewitness::purge
