#include "purge/journal.h"

#include <boost/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"

namespace cachewitness::purge {

namespace {

namespace json = boost::json;
using base::JsonWriter;

// One line: begun with its type, ended by the destructor.
class Line {
 public:
  Line(std::string& out, std::string_view type) : out_(out), writer_(out, JsonWriter::Layout::compact) {
    writer_.begin_object();
    if (type == "purge") {
      writer_.member("schema", journal_schema);
    }
    writer_.member("type", type);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() {
    writer_.end_object();
    out_ += '\n';
  }
  JsonWriter& operator*() { return writer_; }
  JsonWriter* operator->() { return &writer_; }
  void moment(const Moment& now) {
    writer_.member("at", base::rfc3339(now.wall, 9));
    writer_.member("tick_ns", now.tick.ns);
  }

 private:
  std::string& out_;
  JsonWriter writer_;
};

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::uint64_t count_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) {
    return 0;
  }
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

bool flag_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::array& list_of(const json::object& object, std::string_view key) {
  static const json::array none;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

Item item_of(const json::value& value) {
  Item item;
  if (const json::object* object = value.if_object()) {
    item.text = text_of(*object, "item");
    for (const json::value& header : list_of(*object, "headers")) {
      if (const json::object* each = header.if_object()) {
        item.headers.push_back({std::string(text_of(*each, "name")), std::string(text_of(*each, "value"))});
      }
    }
  }
  return item;
}

Answer::Outcome outcome_of(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(Answer::Outcome::unknown); ++i) {
    if (name(static_cast<Answer::Outcome>(i)) == word) {
      return static_cast<Answer::Outcome>(i);
    }
  }
  return Answer::Outcome::unknown;
}

class Reader {
 public:
  // False where the line makes no sense where it stands.
  bool take(const json::object& line) {
    const std::string_view type = text_of(line, "type");
    if (type == "purge") {
      journals.emplace_back();
      return text_of(line, "schema") == journal_schema && take_header(line);
    }
    if (journals.empty()) {
      return false;
    }
    Journal& journal = journals.back();
    if (type == "call") {
      return take_call(line);
    }
    if (type == "ready") {
      journal.is_ready = journal.calls.size() == journal.header.calls;
      return journal.is_ready;
    }
    if (type == "end") {
      journal.is_complete = flag_of(line, "complete");
      return true;
    }
    const std::uint64_t number = count_of(line, "call");
    if (number == 0 || number > journal.calls.size()) {
      return false;
    }
    CallRecord& record = journal.calls[number - 1];
    return type == "request" ? take_request(line, record) : type == "answer" && take_answer(line, record);
  }

  std::vector<Journal> journals;

 private:
  bool take_header(const json::object& line) {
    JournalHeader& header = journals.back().header;
    header.purge_id = text_of(line, "purge_id");
    header.tool_version = text_of(line, "tool_version");
    header.project = text_of(line, "project");
    header.environment = text_of(line, "environment");
    header.provider = text_of(line, "provider");
    header.manifest_sha256 = text_of(line, "manifest_sha256");
    const auto kind = parse_kind(text_of(line, "kind"));
    header.kind = kind.value_or(Kind::url);
    header.is_soft = flag_of(line, "soft");
    header.calls = count_of(line, "calls");
    header.round = static_cast<std::uint16_t>(count_of(line, "round"));
    header.origin_ready_at = base::parse_instant(text_of(line, "origin_ready_at"));
    return kind.has_value() && !header.purge_id.empty();
  }

  bool take_call(const json::object& line) {
    Journal& journal = journals.back();
    CallRecord& record = journal.calls.emplace_back();
    record.call.number = count_of(line, "call");
    record.call.kind = journal.header.kind;
    record.call.is_soft = journal.header.is_soft;
    record.call.key = text_of(line, "key");
    record.call.node = {std::string(text_of(line, "node")), std::string(text_of(line, "node_host")),
                        static_cast<std::uint16_t>(count_of(line, "node_port")),
                        static_cast<std::uint8_t>(count_of(line, "tier")),
                        static_cast<std::uint16_t>(count_of(line, "visitor_port"))};
    // Earlier versions had a stage for each tier and no others.
    record.call.stage = static_cast<std::uint16_t>(count_of(line, line.contains("stage") ? "stage" : "tier"));
    record.call.is_fetched = flag_of(line, "fetched");
    for (const json::value& item : list_of(line, "items")) {
      record.call.items.push_back(item_of(item));
    }
    return record.call.number == journal.calls.size() && !record.call.items.empty();
  }

  bool take_request(const json::object& line, CallRecord& record) {
    Journal& journal = journals.back();
    const auto at = base::parse_instant(text_of(line, "at"));
    if (!at || !journal.is_ready) {
      return false;
    }
    if (!flag_of(line, "asking")) {
      record.is_open = true;
      record.attempts = static_cast<std::uint32_t>(count_of(line, "attempt"));
      journal.requested_at = journal.requested_at.value_or(*at);
    }
    return true;
  }

  bool take_answer(const json::object& line, CallRecord& record) {
    const auto at = base::parse_instant(text_of(line, "at"));
    const Answer::Outcome outcome = outcome_of(text_of(line, "outcome"));
    record.is_open = false;
    record.answer.outcome = outcome;
    record.answer.id = text_of(line, "id");
    record.answer.reason = text_of(line, "reason");
    record.answer.refused.clear();
    for (const json::value& refusal : list_of(line, "refused")) {
      if (const json::object* each = refusal.if_object()) {
        record.answer.refused.push_back({std::string(text_of(*each, "item")), std::string(text_of(*each, "reason"))});
      }
    }
    if (is_taken(outcome)) {
      journals.back().acknowledged_at = at;
    }
    return at.has_value();
  }
};

}  // namespace

void append_header(const JournalHeader& header, const Moment& now, std::string& out) {
  Line line(out, "purge");
  line->member("purge_id", header.purge_id);
  line->member("tool_version", header.tool_version);
  line->member("project", header.project);
  line->member("environment", header.environment);
  line->member("provider", header.provider);
  line->member("manifest_sha256", header.manifest_sha256);
  line->member("kind", name(header.kind));
  line->member("soft", header.is_soft);
  line->member("calls", header.calls);
  if (header.round != 0) {
    line->member("round", header.round);
  }
  if (header.origin_ready_at) {
    line->member("origin_ready_at", base::rfc3339(*header.origin_ready_at, 9));
  }
  line.moment(now);
}

void append_call(const Call& call, std::string& out) {
  Line line(out, "call");
  line->member("call", call.number);
  line->member("key", call.key);
  if (!call.node.name.empty()) {
    line->member("node", call.node.name);
    line->member("node_host", call.node.host);
    line->member("node_port", call.node.port);
    line->member("tier", call.node.tier);
    line->member("visitor_port", call.node.visitor_port);
    line->member("stage", call.stage);
    line->member("fetched", call.is_fetched);
  }
  line->begin_array("items");
  for (const Item& item : call.items) {
    line->begin_object();
    line->member("item", item.text);
    if (!item.headers.empty()) {
      line->begin_array("headers");
      for (const Header& header : item.headers) {
        line->begin_object();
        line->member("name", header.name);
        line->member("value", header.value);
        line->end_object();
      }
      line->end_array();
    }
    line->end_object();
  }
  line->end_array();
}

void append_ready(const Moment& now, std::string& out) { Line(out, "ready").moment(now); }

void append_request(const Call& call, std::uint32_t attempt, bool is_asking, const Request& request, const Moment& now,
                    std::string& out) {
  Line line(out, "request");
  line->member("call", call.number);
  line->member("attempt", attempt);
  line->member("asking", is_asking);
  line.moment(now);
  line->member("method", request.method);
  line->member("url", request.url);
}

void append_answer(const Call& call, std::uint32_t attempt, int status, const Answer& answer, const Moment& now,
                   std::string& out) {
  Line line(out, "answer");
  line->member("call", call.number);
  line->member("attempt", attempt);
  line.moment(now);
  line->member("status", status);
  line->member("outcome", name(answer.outcome));
  line->member("id", base::printable(answer.id));
  line->member("reason", base::printable(answer.reason));
  line->begin_array("refused");
  for (const Refusal& refusal : answer.refused) {
    line->begin_object();
    line->member("item", refusal.item);
    line->member("reason", base::printable(refusal.reason));
    line->end_object();
  }
  line->end_array();
}

void append_end(bool is_complete, const Moment& now, std::string& out) {
  Line line(out, "end");
  line->member("complete", is_complete);
  line.moment(now);
}

base::Result<std::vector<Journal>> read_journal(std::string_view text, const std::string& path) {
  Reader reader;
  std::uint32_t number = 0;
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      break;
    }
    ++number;
    boost::system::error_code error;
    const json::value line = json::parse(text.substr(0, end), error);
    text.remove_prefix(end + 1);
    if (error || !line.is_object() || !reader.take(line.get_object())) {
      return base::fail(errors::bad_journal,
                        fmt::format("this is no line of a purge journal ({}); give the file that `cachewitness purge` "
                                    "wrote",
                                    journal_schema),
                        {path, number, 1});
    }
  }
  if (number == 0) {
    return base::fail(errors::bad_journal, "it is empty, so nothing was sent; remove it and purge anew", {path, 0, 0});
  }
  return std::move(reader.journals);
}

}  // namespace cachewitness::purge
