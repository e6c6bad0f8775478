#include "lab/control.h"

#include <charconv>
#include <optional>

#include "base/json_writer.h"
#include "base/text.h"
#include "lab/http_text.h"
#include "lab/lab.h"

namespace cachewitness::lab {

namespace {

struct Answer {
  int status = 200;
  std::string json;
};

// The value of `name` in a query of plain name=value pairs; the lab's names need no percent-encoding.
std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? "" : query.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return pair.substr(equals + 1);
    }
  }
  return "";
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Answer refusal(std::string_view message) {
  Answer answer{400, "{\"error\":"};
  base::append_json_string(answer.json, message);
  answer.json.push_back('}');
  return answer;
}

Answer answer_of(const Lab& lab, const base::Result<void>& result) {
  return result ? Answer{200, state_json(lab)} : refusal(result.error().message);
}

Answer deploy(Lab& lab, std::string_view query) {
  const auto release = parse_number(parameter(query, "release"));
  const std::string_view replica_text = parameter(query, "replica");
  const auto replica = parse_number(replica_text);
  if (!release || (!replica && !replica_text.empty())) {
    return refusal("give a release: POST /deploy?release=2, or /deploy?release=2&replica=0 for one replica alone");
  }
  return answer_of(lab, lab.deploy(*release, replica ? std::optional<std::size_t>(*replica) : std::nullopt));
}

Answer plant(Lab& lab, std::string_view query) {
  auto orders = parse_fault_orders(parameter(query, "kind"));
  if (!orders || orders->size() != 1) {
    return refusal(!orders ? orders.error().message
                           : "give one kind: POST /fault?kind=node-not-purged&edge=us-west-1&tenant=tenant-xyz");
  }
  FaultOrder& order = orders->front();
  order.server = parameter(query, "edge");
  order.tenant = parameter(query, "tenant");
  const auto planted = lab.plant(order);
  return planted ? Answer{200, state_json(lab)} : refusal(planted.error().message);
}

Answer route(Lab& lab, const http::RequestHead& request) {
  const std::size_t question = request.target.find('?');
  const std::string_view path = request.target.substr(0, question);
  const std::string_view query = question == std::string_view::npos ? "" : request.target.substr(question + 1);
  if (request.method == "GET" && path == "/") {
    return {200, state_json(lab)};
  }
  if (request.method != "POST") {
    return {405, R"({"error":"GET / shows the state; POST /deploy, /fault and /reset change it"})"};
  }
  if (path == "/deploy") {
    return deploy(lab, query);
  }
  if (path == "/fault") {
    return plant(lab, query);
  }
  if (path == "/reset") {
    return answer_of(lab, lab.reset());
  }
  return {404, R"({"error":"there are GET /, POST /deploy, POST /fault and POST /reset"})"};
}

// A web page in a person's browser can send requests here too, but not with such a Host unless it is ours.
bool is_loopback_name(const http::RequestHead& request) {
  std::string host;
  append_host_name(host, request);
  return host == "localhost" || host.starts_with("127.") || host == "[";  // "[::1]" up to its first colon
}

}  // namespace

Control::Control(ports::Network& network, Lab& lab) : lab_(lab), server_(network, nullptr, *this) {}

void Control::on_request(const http::RequestHead& request, Ticket ticket) {
  const Answer answer = is_loopback_name(request)
                            ? route(lab_, request)
                            : Answer{403, R"({"error":"ask by a loopback name, such as 127.0.0.1 or localhost"})"};
  const std::string body = answer.json + "\n";
  std::string head;
  append_status_line(head, answer.status);
  append_field(head, "Content-Type", "application/json");
  append_field(head, "Cache-Control", "no-store");
  append_field(head, "Content-Length", std::to_string(body.size()));
  ticket.reply(Reply{.head = head, .body = request.method == "HEAD" ? std::string_view() : body});
}

std::string state_json(const Lab& lab) {
  std::string json;
  base::JsonWriter writer(json, base::JsonWriter::Layout::indented);
  writer.begin_object();
  writer.member("release", lab.release());
  writer.member("tenants", lab.directory().tenants.size());
  writer.strings("assets", lab.directory().assets);
  writer.begin_array("replicas");
  for (const auto& replica : lab.replicas()) {
    writer.begin_object();
    writer.member("name", replica->name());
    writer.member("address", replica->server().address().text());
    writer.member("release", replica->release());
    writer.member("listening", replica->server().is_open());
    writer.end_object();
  }
  writer.end_array();
  writer.begin_array("edges");
  for (const auto& edge : lab.edges()) {
    writer.begin_object();
    writer.member("name", edge->profile().name);
    writer.member("region", edge->profile().region);
    writer.member("address", edge->server().address().text());
    writer.member("listening", edge->server().is_open());
    writer.member("urls_held", edge->store().urls());
    writer.end_object();
  }
  writer.end_array();
  writer.begin_array("faults");
  for (const PlantedFault& fault : lab.planted()) {
    writer.begin_object();
    writer.member("kind", entry(fault.kind).slug);
    writer.member("server", fault.server);
    writer.member("tenant", fault.tenant);
    writer.member("expected_state", fault.expected_state);
    writer.member("expected_cause", fault.expected_cause);
    writer.member("what", entry(fault.kind).sentence);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return json;
}

}  // namespace cachewitness::lab
