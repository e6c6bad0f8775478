#include "mcp/line_splitter.h"

#include <gtest/gtest.h>

#include <string>

namespace cachewitness::mcp {

TEST(LineSplitter, CutsLinesWhereverTheBytesAreTorn) {
  const std::string bytes = "one\n\ntwo\nthis one is too long\nthree\nunfinished";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    LineSplitter lines(10);
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      lines.feed(
          std::string_view(bytes).substr(at, step), [&](std::string_view line) { seen += std::string(line) + "|"; },
          [&] { seen += "(refused)|"; });
    }
    EXPECT_EQ(seen, "one||two|(refused)|three|") << step;
  }
}

}  // namespace cachewitness::mcp
