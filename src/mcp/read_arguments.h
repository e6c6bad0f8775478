// From the JSON of a tools/call to Arguments. For .cpp files of this layer: it shows the JSON library's types.
#pragma once

#include <boost/json.hpp>
#include <expected>
#include <string>

#include "mcp/arguments.h"
#include "mcp/tool.h"

namespace cachewitness::mcp {

// Or all faults, each a sentence that says what to write instead.
[[nodiscard]] std::expected<Arguments, std::string> read_arguments(const Tool& tool, const boost::json::object& given);

}  // namespace cachewitness::mcp
