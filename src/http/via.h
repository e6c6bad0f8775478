// Via (RFC 9110 7.6.3), and the codes that Traffic Server writes into its comment.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "http/cache_mark.h"

namespace cachewitness::http {

// Views into the value.
struct ViaHop {
  std::string_view protocol;     // "1.1", "HTTP/2"
  std::string_view received_by;  // host[:port] or a pseudonym
  std::string_view comment;      // without the parentheses; may hold a Traffic Server code
};

inline constexpr std::size_t max_via_hops = 64;

// In order: the last is the nearest to us.
[[nodiscard]] std::vector<ViaHop> parse_via(std::string_view value);

// The member that the nearest hop added, as it was written; empty where there is none.
[[nodiscard]] std::string_view last_via_member(std::string_view value);

// What Traffic Server writes into its comment, "[uScMsSfWpSeN:t cCMp sS]" or the short form "[cHs f ]": a letter
// after each key, a blank where nothing happened (docs.trafficserver.apache.org, appendix "Via header decoder").
struct TrafficServerCode {
  char request = ' ';       // u: I if-modified-since, N no-cache, C cookie, E error, S simple
  char lookup = ' ';        // c: H, R, W fresh, S stale, A not acceptable, M miss
  char origin = ' ';        // s: S served, N not modified, E error
  char fill = ' ';          // f: W written, U updated, D deleted
  char proxy = ' ';         // p: S served, R revalidated, N not modified
  char failure = ' ';       // e: N none, C connect, T timeout, D DNS, S server ...
  char tunnel = ' ';        // t, after the colon: U, M, O, F, N, A = why it was not looked up
  char cache_type = ' ';    // c: C cache, P parent, S server
  char cache_detail = ' ';  // what follows it: H hit, S expired, C and U revalidation forced, M miss ...

  friend bool operator==(const TrafficServerCode&, const TrafficServerCode&) = default;

  // A stale object that the origin was not asked about was served stale.
  [[nodiscard]] CacheMark mark() const;
};

// Nothing where the comment holds no code.
[[nodiscard]] std::optional<TrafficServerCode> parse_traffic_server_code(std::string_view comment);
[[nodiscard]] CacheMark traffic_server_mark(std::string_view comment);

}  // namespace cachewitness::http
