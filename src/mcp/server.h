// Server: the Model Context Protocol from the server's side, without any I/O. A line of the client goes in, lines for
// the client and calls to be run come out. Both eras are spoken, told apart by each request alone: the stateless one of
// revision 2026-07-28, whose requests carry their protocol version in `_meta`, and the one that begins with
// `initialize` (2025-11-25 and before).
//
// One line is one JSON-RPC 2.0 message. Not for several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "mcp/arguments.h"
#include "mcp/tool.h"

namespace cachewitness::mcp {

inline constexpr std::size_t max_message_bytes = std::size_t{1} << 20;
// Calls that were asked for and not answered yet.
inline constexpr std::size_t max_open_calls = 16;

enum class Era : std::uint8_t { legacy, modern };

struct Call {
  std::string id;              // of the request, as JSON
  std::string progress_token;  // as JSON; empty = the client wants to hear of no progress
  Era era = Era::legacy;
  const Tool* tool = nullptr;
  Arguments arguments;
};

struct ToolResult {
  bool is_error = false;   // the tool could not do its work; `structured` tells why
  std::string structured;  // a JSON object on one line
};

// Of a call that came to nothing: `diagnostic` says why, in the shape of every tool's result.
[[nodiscard]] ToolResult failed_result(base::ExitCode exit_code, std::string_view meaning, std::string_view diagnostic);

// What a line of the client leads to: any of these, or nothing.
struct Reaction {
  std::string reply;                     // a whole line
  std::optional<Call> call;              // to be run, then answered
  std::optional<std::string> cancelled;  // the id of a call that is to be stopped; answer() will say nothing for it
};

class Server {
 public:
  struct Settings {
    std::string version;  // of the program
    std::string instructions;
    bool allows_purge = false;
  };
  explicit Server(Settings settings) : settings_(std::move(settings)) {}

  // `line` without its end.
  [[nodiscard]] Reaction take(std::string_view line);
  // For a line that grew beyond max_message_bytes.
  [[nodiscard]] static std::string refuse_oversized();
  // The line that ends a call; empty where it was cancelled meanwhile.
  [[nodiscard]] std::string answer(const Call& call, const ToolResult& result);
  // A line that tells how far a call has come; empty where nobody wants to hear. `done` grows from one to the next.
  [[nodiscard]] std::string progress(const Call& call, std::uint64_t done, std::optional<std::uint64_t> total,
                                     std::string_view message) const;

 private:
  struct Request;
  [[nodiscard]] Reaction take_request(const Request& request);
  [[nodiscard]] Reaction call_tool(const Request& request);
  [[nodiscard]] std::string initialize(const Request& request) const;
  [[nodiscard]] std::string discover(const Request& request) const;
  [[nodiscard]] std::string list_tools(const Request& request) const;
  [[nodiscard]] bool offers(const Tool& tool) const { return settings_.allows_purge || tool.name != purging_tool; }

  Settings settings_;
  std::set<std::string> open_;  // ids
};

}  // namespace cachewitness::mcp
