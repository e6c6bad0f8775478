#include "http/via.h"

#include <algorithm>
#include <initializer_list>

#include "base/text.h"

namespace cachewitness::http {

namespace {

// A member ends at a comma outside a comment; comments nest (RFC 9110 5.6.5), counted and not recursed.
std::size_t end_of_hop(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && depth > 0) {
      --depth;
    } else if (text[i] == ',' && depth == 0) {
      return i;
    }
  }
  return text.size();
}

std::string_view take_word(std::string_view& rest) {
  rest = base::trim(rest);
  const std::size_t end = rest.find_first_of(" \t");
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : base::trim(rest.substr(end));
  return word;
}

struct Key {
  char key;
  char* value;
};

// Whether a 'c' was among them. Keys are lower case, their values are not: a value never looks like a key.
bool read_keys(std::string_view code, std::initializer_list<Key> keys) {
  bool has_lookup = false;
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    for (const Key& one : keys) {
      if (code[i] == one.key && *one.value == ' ') {
        *one.value = code[i + 1];
        has_lookup = has_lookup || one.key == 'c';
      }
    }
  }
  return has_lookup;
}

}  // namespace

std::vector<ViaHop> parse_via(std::string_view value) {
  std::vector<ViaHop> hops;
  while (!value.empty() && hops.size() < max_via_hops) {
    const std::size_t end = end_of_hop(value);
    std::string_view member = base::trim(value.substr(0, end));
    value.remove_prefix(end < value.size() ? end + 1 : end);
    if (member.empty()) {
      continue;
    }
    ViaHop hop;
    hop.protocol = take_word(member);
    hop.received_by = take_word(member);
    if (member.starts_with('(') && member.ends_with(')')) {
      hop.comment = member.substr(1, member.size() - 2);
    }
    hops.push_back(hop);
  }
  return hops;
}

std::string_view last_via_member(std::string_view value) {
  std::string_view last;
  while (!value.empty()) {
    const std::size_t end = end_of_hop(value);
    const std::string_view member = base::trim(value.substr(0, end));
    last = member.empty() ? last : member;
    value.remove_prefix(end < value.size() ? end + 1 : end);
  }
  return last;
}

std::optional<TrafficServerCode> parse_traffic_server_code(std::string_view comment) {
  const std::size_t open = comment.find('[');
  const std::size_t close = comment.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view code = comment.substr(open + 1, close - open - 1);
  // Older releases write a semicolon. Before it stands what happened, after it why, with the same keys.
  const std::size_t middle = std::min(code.find_first_of(":;"), code.size());
  TrafficServerCode out;
  const bool has_lookup = read_keys(code.substr(0, middle), {{'u', &out.request},
                                                             {'c', &out.lookup},
                                                             {'s', &out.origin},
                                                             {'f', &out.fill},
                                                             {'p', &out.proxy},
                                                             {'e', &out.failure}});
  const std::string_view why = code.substr(middle);
  read_keys(why, {{'t', &out.tunnel}, {'c', &out.cache_type}});
  const std::size_t type = why.find('c');
  if (type != std::string_view::npos && type + 2 < why.size()) {
    out.cache_detail = why[type + 2];
  }
  return has_lookup ? std::optional(out) : std::nullopt;
}

CacheMark TrafficServerCode::mark() const {
  if (origin == 'E') {
    return CacheMark::error;
  }
  switch (lookup) {
    case 'H':
    case 'R':
    case 'W':
      return CacheMark::hit;
    case 'M':
      return CacheMark::miss;
    case 'S':
      return origin == 'N' ? CacheMark::revalidated : origin == 'S' ? CacheMark::expired : CacheMark::stale;
    case 'A':
      return CacheMark::bypass;
    default:
      return CacheMark::none;
  }
}

CacheMark traffic_server_mark(std::string_view comment) {
  const auto code = parse_traffic_server_code(comment);
  return code ? code->mark() : CacheMark::none;
}

}  // namespace cachewitness::http
