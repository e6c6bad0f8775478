#include "skill/run_journal.h"

#include <fmt/format.h>

#include "base/json_writer.h"
#include "report/read_log.h"
#include "skill/fault_ids.h"

namespace cachewitness::skill {

namespace {

class Line {
 public:
  Line(std::string& out, std::string_view type) : out_(out), json_(out, base::JsonWriter::Layout::compact) {
    json_.begin_object();
    json_.member("type", type);
  }
  ~Line() {
    json_.end_object();
    out_ += '\n';
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  base::JsonWriter& json() { return json_; }

 private:
  std::string& out_;
  base::JsonWriter json_;
};

Value::Members members_at(const Value& line, std::string_view key) {
  const Value* value = line.find(key);
  const Value::Members* members = value == nullptr ? nullptr : value->if_members();
  return members == nullptr ? Value::Members{} : *members;
}

std::int64_t number_at(const Value& line, std::string_view key) {
  const Value* value = line.find(key);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(&value->data);
  return number == nullptr ? 0 : *number;
}

class Reader {
 public:
  Reader(RunJournal& journal, const std::string& file) : journal_(journal), file_(file) {}

  base::Result<void> take(std::string_view text) {
    ++line_;
    const auto line = parse_json(text);
    if (!line || line->if_members() == nullptr) {
      return trouble("not a line of a run's journal");
    }
    const std::string type = line->text_at("type");
    if (line_ == 1) {
      return type == "run" && line->text_at("schema") == journal_schema_name ? take_header(*line)
                                                                             : trouble("no journal of a run");
    }
    const std::string id = line->text_at("step");
    if (type == "start") {
      std::erase(journal_.started, id);
      journal_.started.push_back(id);
    } else if (type == "end") {
      return take_end(*line, id);
    }
    return {};
  }

 private:
  std::unexpected<base::Error> trouble(std::string_view what) const {
    return base::fail(faults::bad_log, std::string(what), {file_, line_, 1});
  }

  base::Result<void> take_header(const Value& line) {
    JournalHeader& header = journal_.header;
    header.run_id = line.text_at("run_id");
    header.tool_version = line.text_at("tool_version");
    header.skill = line.text_at("skill");
    header.task = line.text_at("task");
    header.agent = line.text_at("agent");
    header.plan_digest = line.text_at("plan_sha256");
    header.approved_by = line.text_at("approved_by");
    header.inputs = members_at(line, "inputs");
    header.started_at = base::parse_instant(line.text_at("started_at")).value_or(base::Instant{});
    return {};
  }

  base::Result<void> take_end(const Value& line, const std::string& id) {
    std::erase(journal_.started, id);
    const Value* is_over = line.find("over");
    if (is_over == nullptr || is_over->if_boolean() == nullptr || !*is_over->if_boolean()) {
      return {};  // an attempt before the last
    }
    JournalStep step;
    step.id = id;
    step.record.exit_code = static_cast<int>(number_at(line, "exit_code"));
    step.record.stdout_path = line.text_at("stdout");
    step.record.outputs = members_at(line, "outputs");
    const Value* log = line.find("log");
    const Value::List* entries = log == nullptr ? nullptr : log->if_list();
    for (const Value& entry : entries == nullptr ? Value::List{} : *entries) {
      auto read = report::read_log_step(compact_json(entry));
      if (!read) {
        return trouble(read.error().message);
      }
      step.log.push_back(*std::move(read));
    }
    step.record.status = report::parse_step_status(line.text_at("status")).value_or(step.record.status);
    journal_.steps.push_back(std::move(step));
    return {};
  }

  RunJournal& journal_;
  const std::string& file_;
  std::uint32_t line_ = 0;
};

}  // namespace

void append_header(const JournalHeader& header, std::string& out) {
  Line line(out, "run");
  line.json().member("schema", journal_schema_name);
  line.json().member("run_id", header.run_id);
  line.json().member("tool_version", header.tool_version);
  line.json().member("skill", header.skill);
  line.json().member("task", header.task);
  line.json().member("agent", header.agent);
  line.json().member("plan_sha256", header.plan_digest);
  line.json().member("approved_by", header.approved_by);
  line.json().key("inputs");
  append_json(Value{header.inputs}, line.json());
  line.json().member("started_at", base::rfc3339(header.started_at, 9));
}

void append_start(const std::string& id, std::uint32_t attempt, base::Instant at, std::string& out) {
  Line line(out, "start");
  line.json().member("step", id);
  line.json().member("attempt", attempt);
  line.json().member("at", base::rfc3339(at, 9));
}

void append_end(const JournalStep& step, bool is_over, base::Instant at, std::string& out) {
  Line line(out, "end");
  line.json().member("step", step.id);
  line.json().member("over", is_over);
  line.json().member("status", report::name(step.record.status));
  line.json().member("exit_code", step.record.exit_code);
  line.json().member("stdout", step.record.stdout_path);
  line.json().key("outputs");
  append_json(Value{step.record.outputs}, line.json());
  line.json().begin_array("log");
  for (std::size_t i = 0; i < step.log.size(); ++i) {
    line.json().raw(report::render_step(step.log[i], i + 1));
  }
  line.json().end_array();
  line.json().member("at", base::rfc3339(at, 9));
}

void append_finish(std::string_view outcome, int exit_code, base::Instant at, std::string& out) {
  Line line(out, "finish");
  line.json().member("outcome", outcome);
  line.json().member("exit_code", exit_code);
  line.json().member("at", base::rfc3339(at, 9));
}

base::Result<RunJournal> read_journal(std::string_view text, const std::string& file) {
  RunJournal journal;
  Reader reader(journal, file);
  bool is_empty = true;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    if (auto taken = reader.take(text.substr(0, end)); !taken) {
      return std::unexpected(std::move(taken).error());
    }
    is_empty = false;
    text.remove_prefix(end + 1);
  }
  if (is_empty) {
    return base::fail(faults::bad_log, fmt::format("{} holds no whole line, so nothing was started", file));
  }
  return journal;
}

}  // namespace cachewitness::skill
