// One field line of a head or of a trailer section, without its line end. Sans-I/O, strict.
#pragma once

#include <expected>
#include <string_view>

#include "http/head.h"

namespace cachewitness::http {

// RFC 9110 5.6.2.
[[nodiscard]] bool is_token(std::string_view text);
// RFC 9110 5.5: visible characters, obs-text, space and tab; no other control character.
[[nodiscard]] bool is_field_text(std::string_view text);
// RFC 9110 5.6.3: without spaces and tabs at both ends.
[[nodiscard]] std::string_view without_white_space_around(std::string_view text);

// RFC 9112 5: `name ":" OWS value OWS`. The views of the field point into `line`.
[[nodiscard]] std::expected<Field, HeadDefect> parse_field_line(std::string_view line);

}  // namespace cachewitness::http
