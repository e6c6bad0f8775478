#include "mcp/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>

namespace cachewitness::mcp {

namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

const std::string modern_meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

Server server(bool allows_purge = false) { return Server({"1.2.3", "How to use it.", allows_purge}); }

std::string request(std::string_view method, std::string_view params, std::string_view id = "1") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) + R"(","params":{)" +
         std::string(params) + "}}";
}

// The line as JSON; a line is one line.
json::object read(const std::string& line) {
  EXPECT_TRUE(line.ends_with('\n'));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  return json::parse(line).as_object();
}

json::object answer_to(Server& server, const std::string& line) {
  const Reaction reaction = server.take(line);
  EXPECT_FALSE(reaction.call.has_value());
  return read(reaction.reply);
}

std::string_view text(const json::value& value) { return {value.as_string().data(), value.as_string().size()}; }

Call called(Server& server, const std::string& line) {
  Reaction reaction = server.take(line);
  EXPECT_EQ(reaction.reply, "");
  EXPECT_TRUE(reaction.call.has_value());
  return reaction.call.value_or(Call{});
}

}  // namespace

TEST(McpServer, NegotiatesTheLegacyVersions) {
  struct Row {
    const char* asked;
    const char* spoken;
  };
  for (const Row& row : {Row{"2025-11-25", "2025-11-25"}, Row{"2025-06-18", "2025-06-18"},
                         Row{"2024-11-05", "2024-11-05"}, Row{"2026-07-28", "2025-11-25"}, Row{"1999", "2025-11-25"}}) {
    Server each = server();
    const auto answer =
        answer_to(each, request("initialize", R"("protocolVersion":")" + std::string(row.asked) +
                                                  R"(","capabilities":{},"clientInfo":{"name":"c","version":"1"})"));
    const json::object& result = answer.at("result").as_object();
    EXPECT_EQ(text(result.at("protocolVersion")), row.spoken);
    EXPECT_TRUE(result.at("capabilities").as_object().contains("tools"));
    EXPECT_EQ(text(result.at("serverInfo").at("version")), "1.2.3");
    EXPECT_EQ(text(result.at("instructions")), "How to use it.");
    EXPECT_FALSE(result.contains("resultType"));
    EXPECT_EQ(each.take(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").reply, "");
    EXPECT_EQ(each.take(R"({"jsonrpc":"2.0","id":"p","method":"ping"})").reply,
              "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}\n");
  }
}

TEST(McpServer, DiscoversWithoutAHandshake) {
  Server each = server();
  const auto answer = answer_to(each, request("server/discover", modern_meta));
  const json::object& result = answer.at("result").as_object();
  EXPECT_EQ(text(result.at("resultType")), "complete");
  EXPECT_EQ(json::serialize(result.at("supportedVersions")), R"(["2026-07-28"])");
  EXPECT_GE(result.at("ttlMs").to_number<int>(), 0);
  EXPECT_EQ(text(result.at("cacheScope")), "private");
  EXPECT_EQ(text(result.at("_meta").at("io.modelcontextprotocol/serverInfo").at("name")), "cachewitness");
}

TEST(McpServer, ListsToolsInOneOrderAndPurgeOnlyWhereItIsAllowed) {
  for (const bool allows_purge : {false, true}) {
    Server each = server(allows_purge);
    const auto legacy = answer_to(each, request("tools/list", ""));
    const auto modern = answer_to(each, request("tools/list", modern_meta));
    EXPECT_EQ(legacy.at("result").at("tools"), modern.at("result").at("tools"));
    EXPECT_TRUE(modern.at("result").as_object().contains("ttlMs"));
    EXPECT_FALSE(legacy.at("result").as_object().contains("ttlMs"));
    std::string names;
    for (const json::value& tool : legacy.at("result").at("tools").as_array()) {
      names += std::string(text(tool.at("name"))) + " ";
      EXPECT_EQ(text(tool.at("inputSchema").at("type")), "object");
      EXPECT_EQ(text(tool.at("outputSchema").at("type")), "object");
      EXPECT_EQ(tool.at("annotations").at("destructiveHint").as_bool(), text(tool.at("name")) == "purge");
    }
    EXPECT_EQ(names, std::string("manifest_check manifest_plan arm verify parity judge explain ") +
                         (allows_purge ? "purge " : ""));
  }
}

TEST(McpServer, HandsOutCallsAndTakesTheirAnswers) {
  for (const bool is_modern : {false, true}) {
    Server each = server();
    const std::string meta = is_modern ? modern_meta.substr(0, modern_meta.size() - 1) + R"(,"progressToken":"t"})"
                                       : R"("_meta":{"progressToken":"t"})";
    const Call call = called(
        each, request("tools/call",
                      R"("name":"verify","arguments":{"environments":["production"],"tenants":"a*","fail_fast":true,)"
                      R"("purged_at":"2026-11-23T14:32:18Z","evidence":"after.jsonl.zst","baseline":null},)" +
                          meta,
                      R"("call-1")"));
    EXPECT_EQ(call.tool->name, "verify");
    EXPECT_EQ(call.arguments.texts("environments"), std::vector<std::string>{"production"});
    EXPECT_EQ(call.arguments.text("tenants"), "a*");
    EXPECT_TRUE(call.arguments.flag("fail_fast"));
    EXPECT_EQ(call.arguments.text("evidence"), "after.jsonl.zst");
    EXPECT_FALSE(call.arguments.has("baseline"));
    const json::object told = read(each.progress(call, 5, 10, "probing"));
    EXPECT_EQ(json::serialize(told.at("params")),
              R"({"progressToken":"t","progress":5,"total":10,"message":"probing"})");
    const json::object ended = read(each.answer(call, {false, R"({"exit_code":0})"}));
    EXPECT_EQ(text(ended.at("id")), "call-1");
    const json::object& result = ended.at("result").as_object();
    EXPECT_EQ(json::serialize(result.at("structuredContent")), R"({"exit_code":0})");
    EXPECT_EQ(text(result.at("content").at(0).at("text")), R"({"exit_code":0})");
    EXPECT_FALSE(result.at("isError").as_bool());
    EXPECT_EQ(result.contains("resultType"), is_modern);
    EXPECT_EQ(each.answer(call, {}), "") << "a call is answered once";
    EXPECT_EQ(each.progress(call, 6, {}, "late"), "");
  }
}

TEST(McpServer, AnswersNoCallThatWasCancelled) {
  Server each = server();
  const Call call = called(each, request("tools/call", R"("name":"manifest_check")", "7"));
  const Reaction reaction =
      each.take(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"bored"}})");
  EXPECT_EQ(reaction.cancelled, "7");
  EXPECT_EQ(reaction.reply, "");
  EXPECT_EQ(each.answer(call, {false, "{}"}), "");
  EXPECT_EQ(each.take(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})").cancelled,
            std::nullopt)
      << "what is over cannot be cancelled";
}

TEST(McpServer, TellsAModelWhatIsWrongWithItsArguments) {
  struct Row {
    const char* tool;
    const char* arguments;
    const char* told;
  };
  const Row rows[] = {
      {"verify", R"({"tenant":"a"})", "verify has no argument \\\"tenant\\\"; did you mean \\\"tenants\\\"?"},
      {"verify", R"({"environments":"production"})", "\\\"environments\\\" must be an array of at most 1000 strings"},
      {"verify", R"({"fail_fast":"yes"})", "\\\"fail_fast\\\" must be true or false"},
      {"verify", R"({"purged_at":"yesterday"})", "must be a time, RFC 3339 such as"},
      {"verify", R"({"timeout":"0s"})", "must be a duration such as 60s"},
      {"verify", R"({"evidence":"../etc/passwd"})", "must be the plain name of a file in the server's folder"},
      {"verify", R"({"evidence":"/etc/passwd"})", "plain name"},
      {"verify", R"({"evidence":".profile"})", "plain name"},
      {"verify", R"({"report":"-"})", "plain name"},
      {"verify", R"({"manifest":"evil.yaml"})", "has no argument \\\"manifest\\\""},
      {"judge", "{}", "\\\"evidence\\\" is missing: The file that verify kept"},
      {"explain", R"({"evidence":"a","most":0})", "\\\"most\\\" must be a whole number from 1 on"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.arguments);
    Server each = server();
    const Reaction reaction =
        each.take(request("tools/call", R"("name":")" + std::string(row.tool) + R"(","arguments":)" + row.arguments));
    EXPECT_FALSE(reaction.call.has_value());
    const json::object result = read(reaction.reply).at("result").as_object();
    EXPECT_TRUE(result.at("isError").as_bool());
    EXPECT_THAT(json::serialize(result.at("structuredContent").at("diagnostics")), HasSubstr(row.told));
  }
}

TEST(McpServer, RefusesWhatIsNoRequestOfItsOwn) {
  struct Row {
    std::string line;
    int code;
    const char* told;
  };
  const Row rows[] = {
      {"{", -32700, "one JSON-RPC message a line"},
      {"\xff", -32700, "UTF-8"},
      {std::string(100, '['), -32700, "no JSON"},
      {"[]", -32600, "no batch"},
      {"42", -32600, "one object"},
      {R"({"id":1,"method":"ping"})", -32600, "jsonrpc"},
      {R"({"jsonrpc":"2.0","id":1})", -32600, "method"},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600, "id"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", -32602, "params must be an object"},
      {request("resources/list", ""), -32601, "resources/list is not offered"},
      {request("ping", modern_meta), -32601, "ping"},
      {request("initialize", modern_meta), -32601, "initialize"},
      {request("server/discover", ""), -32602, "lacks io.modelcontextprotocol/protocolVersion; send 2026-07-28"},
      {request("tools/list", R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"})"), -32602,
       "clientCapabilities"},
      {request("tools/list", R"("cursor":"x")"), -32602, "cursor"},
      {request("tools/call", R"("name":"verifi")"), -32602, "did you mean \"verify\"?"},
      {request("tools/call", R"("name":"purge")"), -32602, "--allow-purge"},
      {request("tools/call", R"("name":"judge","arguments":[])"), -32602, "arguments must be an object"},
      {request("tools/call", ""), -32602, "no tool"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.line);
    Server each = server();
    const json::object error = answer_to(each, row.line).at("error").as_object();
    EXPECT_EQ(error.at("code").to_number<int>(), row.code);
    EXPECT_THAT(std::string(text(error.at("message"))), HasSubstr(row.told));
  }
}

TEST(McpServer, NamesTheVersionsThatItSpeaks) {
  Server each = server();
  const json::object error =
      answer_to(each, request("tools/list", R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2027-01-01",)"
                                            R"("io.modelcontextprotocol/clientCapabilities":{}})"))
          .at("error")
          .as_object();
  EXPECT_EQ(error.at("code").to_number<int>(), -32022);
  EXPECT_EQ(json::serialize(error.at("data")), R"({"supported":["2026-07-28"],"requested":"2027-01-01"})");
}

TEST(McpServer, PassesOverWhatNeedsNoAnswer) {
  Server each = server();
  for (const char* line :
       {"", "  ", R"({"jsonrpc":"2.0","method":"notifications/whatever"})", R"({"jsonrpc":"2.0","id":1,"result":{}})",
        R"({"jsonrpc":"2.0","id":1,"error":{}})", R"({"jsonrpc":"2.0","method":"notifications/cancelled"})"}) {
    const Reaction reaction = each.take(line);
    EXPECT_EQ(reaction.reply, "") << line;
    EXPECT_FALSE(reaction.call || reaction.cancelled) << line;
  }
}

TEST(McpServer, BoundsTheCallsThatAreOpen) {
  Server each = server();
  for (std::size_t id = 0; id < max_open_calls; ++id) {
    called(each, request("tools/call", R"("name":"manifest_check")", std::to_string(id)));
  }
  const auto twice = answer_to(each, request("tools/call", R"("name":"manifest_check")", "3"));
  EXPECT_THAT(json::serialize(twice.at("error")), HasSubstr("still open"));
  const auto many = answer_to(each, request("tools/call", R"("name":"manifest_check")", "99"));
  EXPECT_EQ(many.at("error").at("code").to_number<int>(), -32000);
  EXPECT_THAT(json::serialize(many.at("error")), HasSubstr("16 calls are open already; wait for one of them"));
}

}  // namespace cachewitness::mcp
