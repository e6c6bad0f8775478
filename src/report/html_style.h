// The head that every HTML page begins with: one style, no script, nothing loaded from elsewhere.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::report {

// Up to and with the heading. `title` is escaped here; `tone` is a class of the style: good, bad, doubtful.
[[nodiscard]] std::string html_head(std::string_view title, std::string_view tone);

}  // namespace cachewitness::report
