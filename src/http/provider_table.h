// The one table of what CDNs and caches write into responses: how each is recognised, which field tells what its
// cache did and in which words, and where the place (PoP) and the machine (node) stand that answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http/cache_mark.h"
#include "http/provider.h"
#include "http/provider_field.h"

namespace cachewitness::http {

// Every field that the table reads, in lower case.
[[nodiscard]] std::span<const std::string_view> provider_fields();
// Those of one response, in the order of provider_fields(), each joined over its lines; nothing where it is absent.
using ProviderValues = std::span<const std::optional<std::string_view>>;

// Something that recognises a provider.
struct ProviderSign {
  // How much it says about who is nearest to us, in ascending order. What stands in front replaces Server and adds
  // the last member of Via; other fields pass through caches of others, and CDNs stand in front of software.
  enum class Strength : std::uint8_t { weak = 1, of_software, of_cdn, last_via, server };
  enum class Match : std::uint8_t { present, prefix, part };
  Strength strength;
  FieldNumber field;
  Match match = Match::present;
  std::string_view text = {};  // whatever its case
};

struct StatusWord {
  std::string_view text;  // whatever its case; up to a blank or a semicolon of the field's last member
  CacheMark mark;
};

// A field that tells what the cache did.
struct StatusField {
  enum class Syntax : std::uint8_t { words, cache_status, via_code, transactions };
  FieldNumber field;
  Syntax syntax = Syntax::words;
  std::span<const StatusWord> words = {};
  // Squid's X-Cache-Lookup: with HIT in it, for the same machine, a miss was of something that had expired.
  FieldNumber lookup = no_field;
};

// A field that names who answered.
struct IdentityField {
  // What of the field: all of it, or the part of it, or of its last member.
  enum class Cut : std::uint8_t {
    whole,
    last_member,
    after_first_dash,     // all that follow: of the last member
    after_last_dash,      //
    between_dashes,       // the first and the last
    before_first_dash,    //
    before_two_colons,    // "iad1" of "iad1::x"
    after_from,           // "cache1" of "HIT from cache1"
    address_after_from,   // "192.0.2.7" of "TCP_HIT from a192-0-2-7.deploy ..."
    via_host,             // received-by of the last hop
    last_cache,           // the last name in Cache-Status
    timing_pop,           // desc of cdn-pop in Server-Timing
    machine_in_azure_ref  // of the older, decodable form
  };
  enum class What : std::uint8_t { pop, node };
  What what;
  FieldNumber field;
  Cut cut = Cut::whole;
  std::string_view prefix = {};  // what the last member has to start with
};

struct ProviderRow {
  Provider provider;
  std::string_view slug;
  bool is_cdn;  // or software that anyone runs
  std::span<const ProviderSign> signs;
  std::span<const StatusField> status;         // the most telling first
  std::span<const IdentityField> identity;     // of each kind the first that is there counts
  std::span<const std::string_view> targeted;  // RFC 9213 2.2, the first one first
  // Unique to one exchange among all of its edges; no_field where there is none such. X-Timer of Fastly counts
  // microseconds and X-Varnish the exchanges of one machine: those of two edges may be alike.
  FieldNumber exchange = no_field;
};

// By Provider, `unknown` left out.
[[nodiscard]] std::span<const ProviderRow> provider_rows();
// Fields that tell what some cache did, by rank where nothing is known of the provider: what speaks for the nearest
// node first. X-Cache can be a shield's, so a server's own field (Via code, X-Cache-Status) goes before it.
[[nodiscard]] std::span<const FieldNumber> status_fields();
// Requires: not `unknown`.
[[nodiscard]] const ProviderRow& row_of(Provider provider);

}  // namespace cachewitness::http
