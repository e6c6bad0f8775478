#include "report/markup.h"

#include "base/text.h"

namespace cachewitness::report {

namespace {

// U+FFFE and U+FFFF are valid UTF-8, and no characters of XML.
bool is_no_character(std::string_view text) {
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF");
}

std::string_view entity(char c) {
  switch (c) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string markup(std::string_view untrusted, std::size_t max_bytes) {
  const std::string visible = base::printable(untrusted, max_bytes);
  std::string out;
  for (std::size_t i = 0; i < visible.size(); ++i) {
    if (is_no_character(std::string_view(visible).substr(i))) {
      out += "\\u{fff";
      out += visible[i + 2] == '\xBE' ? "e}" : "f}";
      i += 2;
    } else if (const std::string_view replacement = entity(visible[i]); !replacement.empty()) {
      out += replacement;
    } else {
      out += visible[i];
    }
  }
  return out;
}

}  // namespace cachewitness::report
