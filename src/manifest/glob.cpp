#include "manifest/glob.h"

#include <algorithm>
#include <array>

namespace cachewitness::manifest {

bool is_glob(std::string_view text) { return text.find_first_of("*?[,") != std::string_view::npos; }

std::string glob_fault(std::string_view glob) {
  constexpr std::array<std::string_view, 6> regex_marks{".*", ".+", "\\", "(", "|", "$"};
  const bool is_regex = glob.starts_with('^') || std::ranges::any_of(regex_marks, [glob](std::string_view mark) {
                          return glob.find(mark) != std::string_view::npos;
                        });
  if (is_regex) {
    return "this looks like a regular expression; globs know * ? [a-z] and a comma between alternatives";
  }
  for (std::size_t at = glob.find('['); at != std::string_view::npos; at = glob.find('[', at)) {
    at = glob.find(']', at + 2);  // "[]a]": the first may be the bracket itself
    if (at == std::string_view::npos) {
      return "a \"[\" without its \"]\"";
    }
  }
  return {};
}

}  // namespace cachewitness::manifest
