// Words of a command line that a person may paste.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::base {

// One word of a POSIX shell (IEEE 1003.1 2.2.2), in quotes where it needs them. What a terminal must not see is
// escaped, as base::printable does: it is not for pasting either. At most 2,000 bytes, then "...".
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace cachewitness::base
