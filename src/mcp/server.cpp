#include "mcp/server.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "mcp/read_arguments.h"

namespace cachewitness::mcp {

namespace {

namespace json = boost::json;
using base::JsonWriter;

constexpr std::string_view modern_version = "2026-07-28";
// Newest first. What this server uses of them has not changed since; older clients pass over what they do not know.
constexpr std::array<std::string_view, 4> legacy_versions{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

constexpr std::string_view version_key = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view capabilities_key = "io.modelcontextprotocol/clientCapabilities";
constexpr std::string_view server_key = "io.modelcontextprotocol/serverInfo";

// JSON-RPC 2.0 5.1, and what the protocol's schema adds.
constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int method_not_found = -32601;
constexpr int invalid_params = -32602;
constexpr int too_many_calls = -32000;
constexpr int unsupported_version = -32022;

// The list of tools depends on how the server was started alone.
constexpr std::uint64_t list_lifetime_ms = 3'600'000;
constexpr std::size_t deepest_message = 32;

std::string_view view_of(const json::string& text) { return {text.data(), text.size()}; }

const json::object* object_at(const json::object* object, std::string_view key) {
  const json::value* const value = object == nullptr ? nullptr : object->if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

std::optional<std::string_view> text_at(const json::object* object, std::string_view key) {
  const json::value* const value = object == nullptr ? nullptr : object->if_contains(key);
  const json::string* const text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::nullopt : std::optional(view_of(*text));
}

// A string or a number, as an id or a progress token is; empty where it is neither.
std::string token_at(const json::object* object, std::string_view key) {
  const json::value* const value = object == nullptr ? nullptr : object->if_contains(key);
  return value != nullptr && (value->is_string() || value->is_number()) ? json::serialize(*value) : std::string();
}

class Line {
 public:
  Line() : writer_(text_, JsonWriter::Layout::compact) {
    writer_.begin_object();
    writer_.member("jsonrpc", "2.0");
  }
  JsonWriter& operator*() { return writer_; }
  JsonWriter* operator->() { return &writer_; }
  void id(std::string_view raw) {
    writer_.key("id");
    writer_.raw(raw);
  }
  std::string finish() {
    writer_.end_object();
    return text_ + '\n';
  }

 private:
  std::string text_;
  JsonWriter writer_;
};

// Without an id where the message was too broken to have one.
std::string error_line(std::string_view id, int code, std::string_view message) {
  Line line;
  if (!id.empty()) {
    line.id(id);
  }
  line->begin_object("error");
  line->member("code", code);
  line->member("message", message);
  line->end_object();
  return line.finish();
}

std::string refusal_of_version(std::string_view id, std::string_view requested) {
  Line line;
  line.id(id);
  line->begin_object("error");
  line->member("code", unsupported_version);
  line->member("message", fmt::format("protocol version {} is not spoken here; use {}, or begin with initialize",
                                      base::printable(requested), modern_version));
  line->begin_object("data");
  line->strings("supported", std::array{modern_version});
  line->member("requested", requested);
  line->end_object();
  line->end_object();
  return line.finish();
}

void write_identity(JsonWriter& json, std::string_view version) {
  json.member("name", "cachewitness");
  json.member("title", "Cachewitness");
  json.member("version", version);
}

void write_capabilities(JsonWriter& json) {
  json.begin_object("capabilities");
  json.begin_object("tools");
  json.end_object();
  json.end_object();
}

// What every result of the stateless era carries.
void write_result_head(JsonWriter& json, Era era, std::string_view version) {
  if (era == Era::legacy) {
    return;
  }
  json.member("resultType", "complete");
  json.begin_object("_meta");
  json.begin_object(server_key);
  write_identity(json, version);
  json.end_object();
  json.end_object();
}

void write_lifetime(JsonWriter& json, Era era) {
  if (era == Era::modern) {
    json.member("ttlMs", list_lifetime_ms);
    json.member("cacheScope", "private");
  }
}

void write_tool(JsonWriter& json, const Tool& tool) {
  json.begin_object();
  json.member("name", tool.name);
  json.member("title", tool.title);
  json.member("description", tool.description);
  json.key("inputSchema");
  json.raw(input_schema(tool));
  json.key("outputSchema");
  json.raw(output_schema(tool));
  json.begin_object("annotations");
  json.member("title", tool.title);
  json.member("readOnlyHint", tool.is_read_only);
  json.member("destructiveHint", tool.is_destructive);
  json.member("idempotentHint", !tool.is_destructive);
  json.member("openWorldHint", tool.is_open_world);
  json.end_object();
  json.end_object();
}

}  // namespace

ToolResult failed_result(base::ExitCode exit_code, std::string_view meaning, std::string_view diagnostic) {
  std::string structured;
  JsonWriter json(structured, JsonWriter::Layout::compact);
  json.begin_object();
  json.member("exit_code", static_cast<int>(exit_code));
  json.member("meaning", meaning);
  json.strings("diagnostics", std::array{diagnostic});
  json.end_object();
  return {true, std::move(structured)};
}

struct Server::Request {
  std::string id;
  std::string_view method;
  const json::object* params = nullptr;
  const json::object* meta = nullptr;
  Era era = Era::legacy;
};

Reaction Server::take(std::string_view line) {
  if (base::trim(line).empty()) {
    return {};
  }
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = deepest_message;
  const json::value message = json::parse(line, error, {}, options);
  if (error) {
    return {error_line({}, parse_error, "this line is no JSON; send one JSON-RPC message a line, in UTF-8"), {}, {}};
  }
  const json::object* const object = message.if_object();
  const std::string id = token_at(object, "id");
  const auto method = text_at(object, "method");
  if (object != nullptr && !method && (object->contains("result") || object->contains("error"))) {
    return {};  // an answer to a question that was never asked
  }
  if (object == nullptr || text_at(object, "jsonrpc") != "2.0" || !method) {
    return {error_line(id, invalid_request,
                       "this is no JSON-RPC 2.0 request; send one object with jsonrpc, method and id, and no batch"),
            {},
            {}};
  }
  const json::object* const params = object_at(object, "params");
  if (!object->contains("id")) {
    const std::string cancelled = *method == "notifications/cancelled" ? token_at(params, "requestId") : "";
    return open_.erase(cancelled) > 0 ? Reaction{{}, {}, cancelled} : Reaction{};
  }
  if (id.empty()) {
    return {error_line({}, invalid_request, "the id of a request is a string or a number"), {}, {}};
  }
  if (object->contains("params") && params == nullptr) {
    return {error_line(id, invalid_params, "params must be an object"), {}, {}};
  }
  const json::object* const meta = object_at(params, "_meta");
  return take_request(
      {id, *method, params, meta, meta != nullptr && meta->contains(version_key) ? Era::modern : Era::legacy});
}

Reaction Server::take_request(const Request& request) {
  const auto reply = [](std::string line) { return Reaction{std::move(line), {}, {}}; };
  const bool is_modern = request.era == Era::modern;
  if (is_modern) {
    if (const auto version = text_at(request.meta, version_key); version != modern_version) {
      return reply(refusal_of_version(request.id, version.value_or("(not a string)")));
    }
    if (object_at(request.meta, capabilities_key) == nullptr) {
      return reply(
          error_line(request.id, invalid_params,
                     fmt::format("params._meta lacks {}; send an object, empty if need be", capabilities_key)));
    }
  }
  if (request.method == "tools/call") {
    return call_tool(request);
  }
  if (request.method == "tools/list") {
    return reply(list_tools(request));
  }
  if (request.method == "server/discover") {
    return reply(is_modern ? discover(request)
                           : error_line(request.id, invalid_params,
                                        fmt::format("params._meta lacks {}; send {}", version_key, modern_version)));
  }
  if (!is_modern && request.method == "initialize") {
    return reply(initialize(request));
  }
  if (!is_modern && request.method == "ping") {
    Line line;
    line.id(request.id);
    line->begin_object("result");
    line->end_object();
    return reply(line.finish());
  }
  return reply(
      error_line(request.id, method_not_found,
                 fmt::format("{} is not offered here; this server has tools only", base::printable(request.method))));
}

std::string Server::initialize(const Request& request) const {
  const std::string_view wanted = text_at(request.params, "protocolVersion").value_or("");
  const auto known = std::ranges::find(legacy_versions, wanted);
  Line line;
  line.id(request.id);
  line->begin_object("result");
  line->member("protocolVersion", known == legacy_versions.end() ? legacy_versions.front() : *known);
  write_capabilities(*line);
  line->begin_object("serverInfo");
  write_identity(*line, settings_.version);
  line->end_object();
  line->member("instructions", settings_.instructions);
  line->end_object();
  return line.finish();
}

std::string Server::discover(const Request& request) const {
  Line line;
  line.id(request.id);
  line->begin_object("result");
  write_result_head(*line, request.era, settings_.version);
  write_lifetime(*line, request.era);
  line->strings("supportedVersions", std::array{modern_version});
  write_capabilities(*line);
  line->member("instructions", settings_.instructions);
  line->end_object();
  return line.finish();
}

std::string Server::list_tools(const Request& request) const {
  if (request.params != nullptr && request.params->contains("cursor")) {
    return error_line(request.id, invalid_params, "the list of tools is one page; leave cursor out");
  }
  Line line;
  line.id(request.id);
  line->begin_object("result");
  write_result_head(*line, request.era, settings_.version);
  write_lifetime(*line, request.era);
  line->begin_array("tools");
  for (const Tool& tool : all_tools()) {
    if (offers(tool)) {
      write_tool(*line, tool);
    }
  }
  line->end_array();
  line->end_object();
  return line.finish();
}

Reaction Server::call_tool(const Request& request) {
  const auto refuse = [&request](int code, const std::string& why) {
    return Reaction{error_line(request.id, code, why), {}, {}};
  };
  const std::string_view name = text_at(request.params, "name").value_or("");
  const auto tool = std::ranges::find(all_tools(), name, &Tool::name);
  if (tool == all_tools().end()) {
    std::vector<std::string_view> known;
    for (const Tool& offered : all_tools()) {
      known.push_back(offered.name);
    }
    const auto near = base::nearest(name, known);
    return refuse(invalid_params, fmt::format("there is no tool \"{}\"; {}", base::printable(name),
                                              near ? fmt::format("did you mean \"{}\"?", *near)
                                                   : std::string("tools/list names them")));
  }
  if (!offers(*tool)) {
    return refuse(invalid_params,
                  "purge is not offered: this server was started without --allow-purge, which is for "
                  "the person who runs it to decide");
  }
  if (open_.contains(request.id)) {
    return refuse(invalid_request, "another call with this id is still open; give each its own");
  }
  if (open_.size() >= max_open_calls) {
    return refuse(too_many_calls, fmt::format("{} calls are open already; wait for one of them", open_.size()));
  }
  static const json::object none;
  const json::value* const given = request.params->if_contains("arguments");
  if (given != nullptr && !given->is_object()) {
    return refuse(invalid_params, "arguments must be an object");
  }
  Call call{request.id, token_at(request.meta, "progressToken"), request.era, &*tool, {}};
  auto arguments = read_arguments(*tool, given == nullptr ? none : given->get_object());
  open_.insert(request.id);
  if (!arguments) {
    // As a result, not as an error of the protocol: a model reads it and calls again (revision 2025-11-25).
    return {answer(call, failed_result(base::ExitCode::usage, "an argument is wrong", arguments.error())), {}, {}};
  }
  call.arguments = std::move(*arguments);
  return {{}, std::move(call), {}};
}

std::string Server::refuse_oversized() {
  return error_line({}, invalid_request,
                    fmt::format("a message may have {} bytes; this one had more", max_message_bytes));
}

std::string Server::answer(const Call& call, const ToolResult& result) {
  if (open_.erase(call.id) == 0) {
    return {};
  }
  Line line;
  line.id(call.id);
  line->begin_object("result");
  write_result_head(*line, call.era, settings_.version);
  // The same twice, as the protocol advises: clients of before 2025-06-18 know text alone.
  line->begin_array("content");
  line->begin_object();
  line->member("type", "text");
  line->member("text", result.structured);
  line->end_object();
  line->end_array();
  line->key("structuredContent");
  line->raw(result.structured);
  line->member("isError", result.is_error);
  line->end_object();
  return line.finish();
}

std::string Server::progress(const Call& call, std::uint64_t done, std::optional<std::uint64_t> total,
                             std::string_view message) const {
  if (call.progress_token.empty() || !open_.contains(call.id)) {
    return {};
  }
  Line line;
  line->member("method", "notifications/progress");
  line->begin_object("params");
  line->key("progressToken");
  line->raw(call.progress_token);
  line->member("progress", done);
  if (total) {
    line->member("total", *total);
  }
  line->member("message", message);
  line->end_object();
  return line.finish();
}

}  // namespace cachewitness::mcp
