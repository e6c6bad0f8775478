// One command of a fenced `sh` block as arguments. Quotes, backslashes and comments mean what they mean to a POSIX
// shell (XCU 2.2); whatever only a shell could carry out is refused, since there is none.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::skill {

struct CommandWord {
  std::string text;
  std::uint32_t line = 1;  // in the block's text, from 1
  std::uint32_t column = 1;
};

struct WordFault {
  std::string message;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

// A reference ${...} stays as it is, also where it holds a dot. Exactly one command; a backslash at the end of a line
// continues it.
[[nodiscard]] std::expected<std::vector<CommandWord>, WordFault> split_command(std::string_view text);

}  // namespace cachewitness::skill
