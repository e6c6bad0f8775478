#include "base/shell_word.h"

#include "base/text.h"

namespace cachewitness::base {

std::string shell_word(std::string_view text) {
  constexpr std::size_t longest_shown = 2000;
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";
  std::string shown = printable(text, longest_shown);
  if (!shown.empty() && shown.find_first_not_of(plain) == std::string::npos) {
    return shown;
  }
  std::string word = "'";
  for (const char c : shown) {
    word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return word + "'";
}

}  // namespace cachewitness::base
