#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

namespace cachewitness::base {

namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool is_valid = false;
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint decode_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    return {lead, 1, true};
  }
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) {
    return {};
  }
  auto value = static_cast<char32_t>(lead & (0xFF >> (size + 1)));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return {};
    }
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[size] || is_surrogate || value > 0x10FFFF) {
    return {};
  }
  return {value, size, true};
}

// Bidi controls, zero-width characters, line separators and the byte-order mark: they make a terminal or a
// reviewer see something else than what is there.
bool is_deceptive(char32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF ||
         c == 0x061C || c == 0x00AD;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

bool matches_class(std::string_view set, char c) {
  bool is_negated = set.starts_with('!') || set.starts_with('^');
  set.remove_prefix(is_negated ? 1 : 0);
  bool is_in = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      is_in = is_in || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      is_in = is_in || set[i] == c;
    }
  }
  return is_in != is_negated;
}

// One alternative. Linear with one point to return to, so that a hostile glob costs no exponential time.
bool matches_one(std::string_view glob, std::string_view name) {
  std::size_t g = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    std::size_t after = g + 1;
    bool is_match = false;
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = n;
      continue;
    }
    if (g < glob.size() && glob[g] == '[' && glob.find(']', g + 2) != std::string_view::npos) {
      const std::size_t close = glob.find(']', g + 2);
      is_match = matches_class(glob.substr(g + 1, close - g - 1), name[n]);
      after = close + 1;
    } else {
      is_match = g < glob.size() && (glob[g] == '?' || glob[g] == name[n]);
    }
    if (is_match) {
      g = after;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') {
    ++g;
  }
  return g == glob.size();
}

// Damerau-Levenshtein in its restricted form: one transposition counts one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    above[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Whatever may not stand in a JSON string as it is, and every byte that is not ASCII, which has to be looked at.
bool needs_json_escape(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\';
}

// How many bytes at the front need no escape. Eight at a time: a carry of the subtractions reaches the top bit of a
// byte that is below the subtrahend, so that no such byte is missed; one that only seems so is then looked at alone.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101;
  constexpr std::uint64_t tops = each * 0x80;
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    const std::uint64_t quote = bytes ^ (each * '"');
    const std::uint64_t backslash = bytes ^ (each * '\\');
    const std::uint64_t is_special = (bytes - each * 0x20) | (bytes + each) | (quote - each) | (backslash - each);
    if (((is_special | bytes) & tops) != 0) {
      break;
    }
  }
  while (at < text.size() && !needs_json_escape(text[at])) {
    ++at;
  }
  return at;
}

// Appends the first character of `text`, escaped where it has to be; returns how many bytes it was.
std::size_t append_json_escape(std::string& out, std::string_view text) {
  const char c = text[0];
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else if (static_cast<unsigned char>(c) < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  } else if (const CodePoint point = decode_utf8(text); point.is_valid) {
    if (is_control(point.value) || is_deceptive(point.value)) {
      // JSON allows them as they are; a terminal that shows the file would obey them.
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(point.value));
    } else {
      out += text.substr(0, point.bytes);
    }
    return point.bytes;
  } else {
    fmt::format_to(std::back_inserter(out), "\\\\x{:02X}", static_cast<unsigned char>(c));
  }
  return 1;
}

}  // namespace

std::string printable(std::string_view untrusted, std::size_t max_bytes) {
  std::string out;
  const bool is_cut = untrusted.size() > max_bytes;
  std::string_view rest = untrusted.substr(0, max_bytes);
  while (!rest.empty()) {
    const CodePoint point = decode_utf8(rest);
    if (!point.is_valid || is_control(point.value)) {
      const char32_t shown = point.is_valid ? point.value : static_cast<unsigned char>(rest[0]);
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(shown));
    } else if (is_deceptive(point.value)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<unsigned>(point.value));
    } else {
      out += rest.substr(0, point.bytes);
    }
    rest.remove_prefix(point.bytes);
  }
  return is_cut ? out + "..." : out;
}

std::string utf8_or_escaped(std::string_view untrusted) {
  std::string out;
  out.reserve(untrusted.size());
  while (!untrusted.empty()) {
    const CodePoint point = decode_utf8(untrusted);
    if (point.is_valid) {
      out += untrusted.substr(0, point.bytes);
    } else {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(untrusted[0]));
    }
    untrusted.remove_prefix(point.bytes);
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    // What JSON would escape but is ASCII is a character too.
    text.remove_prefix(plain_prefix(text));
    if (text.empty()) {
      return true;
    }
    const CodePoint point = decode_utf8(text);
    if (!point.is_valid) {
      return false;
    }
    text.remove_prefix(point.bytes);
  }
  return true;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // Most text needs no escape at all, and is copied a run at a time.
    const std::size_t plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) {
      text.remove_prefix(append_json_escape(out, text));
    }
  }
  out += '"';
}

std::optional<std::string> nearest(std::string_view given, const std::vector<std::string_view>& known) {
  const std::string wanted = lower_case(given);
  std::optional<std::string> best;
  // A third of the word may be wrong, and always one letter.
  std::size_t best_distance = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(wanted, lower_case(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

bool matches_glob(std::string_view glob, std::string_view name) {
  std::size_t start = 0;
  while (true) {
    const std::size_t comma = glob.find(',', start);
    if (matches_one(glob.substr(start, comma - start), name)) {
      return true;
    }
    if (comma == std::string_view::npos) {
      return false;
    }
    start = comma + 1;
  }
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

void append_lower_case(std::string_view text, std::string& out) {
  std::ranges::transform(text, std::back_inserter(out), lower);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::optional<std::string> parse_hex(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace cachewitness::base
