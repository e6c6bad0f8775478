#include "http/via.h"

#include <utility>

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

CacheMark traffic_server_mark(std::string_view comment) {
  const std::size_t open = comment.find('[');
  const std::size_t close = comment.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) {
    return CacheMark::none;
  }
  // The part before the colon is what happened; after it come error and tunnel details with the same letters.
  std::string_view code = comment.substr(open + 1, close - open - 1);
  code = code.substr(0, code.find(':'));
  const auto letter_after = [code](char key) {
    for (std::size_t i = 0; i + 1 < code.size(); ++i) {
      // Keys are lower case, their values are not: a value never looks like a key.
      if (code[i] == key) {
        return code[i + 1];
      }
    }
    return '\0';
  };
  const char lookup = letter_after('c');
  const char origin = letter_after('s');
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
      return origin == 'N' ? CacheMark::revalidated : CacheMark::expired;
    case 'A':
      return CacheMark::bypass;
    default:
      return CacheMark::none;
  }
}

}  // namespace cachewitness::http
