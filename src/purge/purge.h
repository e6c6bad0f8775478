// What is asked of a CDN: the words that every provider shares. Values only; providers turn them into requests
// (provider.h), and what becomes of those is told by answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace cachewitness::purge {

enum class Kind : std::uint8_t { url, prefix, host, tag, everything };
[[nodiscard]] std::string_view name(Kind kind);
[[nodiscard]] std::optional<Kind> parse_kind(std::string_view text);

struct Header {
  std::string name;
  std::string value;

  friend bool operator==(const Header&, const Header&) = default;
};

// An absolute URL (url, prefix), a host name, a tag; empty for everything.
struct Item {
  std::string text;
  std::vector<Header> headers;  // of a URL: what else is in the cache key, that is, a variant

  friend bool operator==(const Item&, const Item&) = default;
};

// A cache of one's own that is asked by itself. Without a name: the provider's API.
struct Node {
  std::string name;
  std::string host;
  std::uint16_t port = 0;          // 0 = the URL's
  std::uint8_t tier = 0;           // 0 = innermost; a tier is asked when those before it have answered
  std::uint16_t visitor_port = 0;  // where it serves visitors; 0 = where it is asked to purge

  friend bool operator==(const Node&, const Node&) = default;
};

struct Order {
  Kind kind = Kind::url;
  bool is_soft = false;
  std::vector<Item> items;  // one empty item for everything
};

// An order and where it is carried out. Without nodes: by the provider's API.
struct Errand {
  Order order;
  std::vector<Node> nodes;
};

// What goes out as one request, to one place.
struct Call {
  std::uint64_t number = 0;  // from 1, in a purge
  Kind kind = Kind::url;
  bool is_soft = false;
  std::vector<Item> items;
  Node node;
  std::string key;          // the same for every attempt: where a provider takes one, a repeated call is the same call
  std::uint16_t stage = 0;  // goes out when every call of the stages before it has ended
  bool is_fetched = false;  // purged, its URL is fetched: that uncovers the other variants
};

struct Request {
  std::string method;
  std::string url;
  std::vector<Header> headers;
  std::string body;
  Node node;  // where to connect, whatever the URL's host says; without a name, the URL's host
};

struct Response {
  int status = 0;
  std::string head;  // status line and fields
  std::string body;
};

struct Refusal {
  std::string item;
  std::string reason;
};

// What a response says of its call.
struct Answer {
  enum class Outcome : std::uint8_t {
    accepted,   // the provider took it, which proves nothing about a cache
    pending,    // taken, and its end can be asked for
    completed,  // the provider says that it is done
    refused,    // it will not be better the next time
    denied,     // the credentials are not good (any more)
    postponed,  // not now: a limit, or a trouble of the provider's own
    unknown     // sent, and no answer that tells what became of it
  };
  Outcome outcome = Outcome::unknown;
  std::string id;                // the provider's; may be empty
  std::string reason;            // of what was not taken; untrusted text
  std::vector<Refusal> refused;  // items of a call that was otherwise taken
  std::optional<base::Duration> retry_after;
};
[[nodiscard]] std::string_view name(Answer::Outcome outcome);
// accepted, pending or completed.
[[nodiscard]] bool is_taken(Answer::Outcome outcome);

}  // namespace cachewitness::purge
