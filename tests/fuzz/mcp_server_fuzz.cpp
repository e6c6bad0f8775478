// Any bytes as what a client sends: every line that comes back is one JSON object, and every call can be answered once.
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "mcp/bounded_json.h"
#include "mcp/line_splitter.h"
#include "mcp/server.h"

namespace {

void check(std::string_view line) {
  if (line.empty()) {
    return;
  }
  CW_ASSERT(line.find('\n') == line.size() - 1);
  boost::system::error_code error;
  CW_ASSERT(boost::json::parse(line, error).is_object() && !error);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cachewitness;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  mcp::Server server({"0", "use it", size % 2 == 0});
  mcp::LineSplitter lines(4096);
  lines.feed(
      input,
      [&](std::string_view line) {
        const mcp::Reaction reaction = server.take(line);
        check(reaction.reply);
        CW_ASSERT(!reaction.call || reaction.reply.empty());
        if (reaction.call) {
          check(server.progress(*reaction.call, 1, 2, line));
          const std::string structured = mcp::bounded_json(line, 200);
          check(server.answer(*reaction.call, {false, structured.empty() ? "{}" : structured}));
          CW_ASSERT(server.answer(*reaction.call, {}).empty());
        }
      },
      [] { check(mcp::Server::refuse_oversized()); });
  return 0;
}
