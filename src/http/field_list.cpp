#include "http/field_list.h"

#include "base/text.h"

namespace cachewitness::http {

namespace {

std::size_t end_of_member(std::string_view text, char separator) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == separator && !is_quoted) {
      return i;
    }
  }
  return text.size();
}

}  // namespace

bool next_member(std::string_view& rest, std::string_view& member, char separator) {
  while (!rest.empty()) {
    const std::size_t end = end_of_member(rest, separator);
    member = base::trim(rest.substr(0, end));
    rest.remove_prefix(end < rest.size() ? end + 1 : end);
    if (!member.empty()) {
      return true;
    }
  }
  return false;
}

}  // namespace cachewitness::http
