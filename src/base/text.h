// Text for people and for machines: escaping, nearest names, globs. Edge bytes are untrusted; nothing
// of them reaches a terminal, a page or a log but through one of these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::base {

// Safe on a terminal and in a log: C0, C1, DEL, bidi and zero-width controls and invalid UTF-8 become
// visible escapes ("\x1b", "\u{202e}"); at most `max_bytes` of input, then "...".
[[nodiscard]] std::string printable(std::string_view untrusted, std::size_t max_bytes = 200);

// Valid UTF-8 for a JSON string: a byte that is not becomes the text "\xHH" (and a backslash stays one).
[[nodiscard]] std::string utf8_or_escaped(std::string_view untrusted);

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

// Appends `text` as a JSON string with its quotes; the input goes through utf8_or_escaped where needed.
void append_json_string(std::string& out, std::string_view text);

// The known name nearest to `given` by edit distance (Damerau), where it is near enough to suggest.
[[nodiscard]] std::optional<std::string> nearest(std::string_view given, const std::vector<std::string_view>& known);

// Shell-style glob over a whole name: '*', '?', '[a-z]', and ',' between alternatives. Case-sensitive.
[[nodiscard]] bool matches_glob(std::string_view glob, std::string_view name);

// ASCII only, as header names and tokens are.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string lower_case(std::string_view text);
void append_lower_case(std::string_view text, std::string& out);
[[nodiscard]] std::string_view trim(std::string_view text);

// "1,234,567": for people. No blank, which a line could be broken at.
[[nodiscard]] std::string grouped(std::uint64_t number);

// Lower-case hexadecimal of bytes, and back (nothing where the text is not such).
[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::optional<std::string> parse_hex(std::string_view text);

}  // namespace cachewitness::base
