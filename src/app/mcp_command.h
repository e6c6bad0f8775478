// `cachewitness mcp`: the verbs as tools for assistants, over standard input and output.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "app/ports.h"
#include "app/purge_command.h"
#include "ports/files.h"

namespace cachewitness::app {

struct McpOptions {
  std::string manifest;  // empty = $CACHEWITNESS_MANIFEST, then cachewitness.yaml
  std::string directory = "cachewitness-mcp";
  bool allows_purge = false;
  std::size_t max_result_bytes = std::size_t{128} << 10;
};

// What a server alone touches.
struct McpPorts {
  ports::InputFile& input;  // the client
  PurgePorts purge;
  // Programs of a call, which stop when the call is cancelled.
  std::function<std::unique_ptr<ports::Processes>(const ports::Interrupts&)> make_processes;
};

// Serves until the client closes its end (0) or a signal comes (130/143). Calls run one after the other, on a thread
// of their own with a network of its own.
int run_mcp(const Ports& ports, const McpPorts& mcp_ports, const McpOptions& options);

}  // namespace cachewitness::app
