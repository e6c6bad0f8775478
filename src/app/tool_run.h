// One call of a tool: its arguments become a command's options, the command runs with all that it prints caught, and
// what it printed becomes the call's result.
#pragma once

#include <cstddef>
#include <string>

#include "app/ports.h"
#include "app/purge_command.h"
#include "mcp/server.h"

namespace cachewitness::app {

struct ToolSettings {
  std::string manifest;  // as given on the command line
  std::string folder;    // where files are kept, ending in a slash
  std::size_t max_result_bytes = 0;
};

// `ports.console` is not used. Returns once the command has ended, which `ports.interrupts` can hasten.
[[nodiscard]] mcp::ToolResult run_tool(const Ports& ports, const PurgePorts& purge_ports, const ToolSettings& settings,
                                       const mcp::Call& call);

// Of a call that could not even begin.
[[nodiscard]] mcp::ToolResult failed_result(const base::Error& error);

}  // namespace cachewitness::app
