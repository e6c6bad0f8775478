#include "skill/workflow_keys.h"

#include <utility>

#include "manifest/bind.h"
#include "manifest/value_readers.h"
#include "skill/workflow_readers.h"

namespace cachewitness::skill {

namespace {

using manifest::key;
using manifest::key_with;
using manifest::required;
using manifest::Table;
using Kind = Shape::Kind;

Shape text(std::string_view expected = "text") { return {.kind = Kind::text, .expected = expected}; }
Shape scalar(std::string_view expected) { return {.kind = Kind::scalar, .expected = expected}; }
Shape anything(std::string_view expected) { return {.kind = Kind::anything, .expected = expected}; }
Shape words(std::vector<std::string_view> allowed) { return {.kind = Kind::text, .allowed = std::move(allowed)}; }
Shape seconds(double least, double most) { return {.kind = Kind::duration, .least = least, .most = most}; }
Shape list_of(Shape item, double least = 0) { return {.kind = Kind::list, .least = least, .parts = {std::move(item)}}; }
Shape map_of(Shape value) { return {.kind = Kind::map, .parts = {std::move(value)}}; }
Shape table_of(const Table& (*table)()) { return {.kind = Kind::table, .table = table}; }

constexpr double day_s = 86'400;

Shape input_reference() { return {.kind = Kind::text, .pattern = "^\\$\\{ *inputs\\.[A-Za-z0-9_-]+ *\\}$"}; }
Shape argument_list() { return list_of(scalar("an argument"), 1); }
Shape type_word() { return words({"text", "path", "count", "number", "boolean", "list", "json"}); }
Shape timeout() { return seconds(0.1, day_s); }

const Table& input_table() {
  static const Table table{
      "an input",
      {
          key<&Input::type>("type", words({"text", "path", "count", "number", "boolean", "list"}), R"("text")",
                            "What it must be; `list` is a list of text."),
          key<&Input::default_value>("default", anything("a value"), "", "Its value where none is given."),
          key<&Input::doc>("doc", text(), "", "One sentence for whoever gives it."),
      }};
  return table;
}

const Table& retry_table() {
  static const Table table{"\"retry\"",
                           {
                               required(key<&Retry::times>("times", {.kind = Kind::count, .least = 1, .most = 20}, "",
                                                           "How many further attempts a failure gets.")),
                               key<&Retry::wait>("wait", seconds(0, day_s), R"("1s")", "Before the first of them."),
                               key<&Retry::factor>("factor", {.kind = Kind::number, .least = 1, .most = 10}, "2",
                                                   "By how much each further wait is longer."),
                               key<&Retry::most>("most", seconds(0, day_s), R"("1m")", "The longest wait."),
                           }};
  return table;
}

const Table& limits_table() {
  constexpr double terabyte = 1ULL << 40;
  static const Table table{
      "\"limits\"",
      {
          key<&StepLimits::cpu_time>("cpu", seconds(1, day_s), "", "Processor time of each of its processes."),
          key<&StepLimits::memory_bytes>("memory", {.kind = Kind::size, .least = 1 << 20, .most = terabyte}, "",
                                         "Address space of each of its processes."),
          key<&StepLimits::file_bytes>("file_size", {.kind = Kind::size, .least = 1, .most = terabyte}, R"("4GiB")",
                                       "Of each file that it writes."),
          key<&StepLimits::processes>("processes", {.kind = Kind::count, .least = 1, .most = 32'768}, "256",
                                      "Processes and threads that it has at once."),
      }};
  return table;
}

std::vector<manifest::Key> deeds() {  // what a step does
  return {
      required(key<&Step::id>(
          "id", {.kind = Kind::text, .pattern = "^[A-Za-z0-9_-]{1,64}$", .expected = "letters, digits, _ and -"}, "",
          "Unique in the workflow.")),
      key<&Step::action>("action", text("a cachewitness command, exec or check"), R"("exec")", "What it does."),
      key<&Step::run>("run", argument_list(), "", "Program and arguments of `exec` and `check`."),
      key<&Step::with>("with", anything("a table of options"), "",
                       "Options of a command; what `exec` gets on standard input; what `check` looks at."),
      key<&Step::needs>("needs", list_of(text("the id of a step")), "[]", "Steps that must have ended well before."),
      key<&Step::condition>("if", scalar("a condition"), "", "Where it is false, the step is skipped."),
      key<&Step::outputs>("outputs", map_of({.kind = Kind::any_of, .parts = {type_word(), table_of(output_table)}}),
                          "{}", "Members of its answer that other steps may refer to."),
      key<&Step::answer>("result", words({"json", "exit-code"}), R"("json")", "How a `check` answers."),
      key<&Step::input>("input", words({"json", "none"}), R"("json")", "What `exec` gets on standard input."),
      key<&Step::as>("as", text(), "", "`action` of the execution log."),
  };
}

std::vector<manifest::Key> with_conduct(std::vector<manifest::Key> rows) {  // how it does it
  const auto bind_timeout = [](Binder& binder, const YamlNode& node, const Shape& shape, void* step) {
    manifest::read(binder, node, shape, static_cast<Step*>(step)->limits.timeout);
  };
  const auto bind_output_limit = [](Binder& binder, const YamlNode& node, const Shape& shape, void* step) {
    manifest::read(binder, node, shape, static_cast<Step*>(step)->limits.max_output_bytes);
  };
  const Shape output_limit{.kind = Kind::size, .least = 1, .most = 1ULL << 30};
  rows.push_back({"timeout", timeout(), R"("5m")", "Of one attempt; then TERM, then KILL.", bind_timeout});
  rows.push_back(
      {"max_output", output_limit, R"("8MiB")", "How much of each of its streams is kept.", bind_output_limit});
  rows.push_back(key<&Step::limits>("limits", table_of(limits_table), "", "What it may take of the machine."));
  rows.push_back(key<&Step::writes>("writes", list_of(scalar("a path")), "[]",
                                    "Directories that `exec` and `check` may write to besides the run's own."));
  rows.push_back(key<&Step::retry>("retry", table_of(retry_table), "", "Further attempts after a failure."));
  rows.push_back(key<&Step::on_failure>("on_failure", words({"stop", "continue", "rollback"}), R"("stop")",
                                        "What a failure does to the run."));
  rows.push_back(
      key<&Step::rollback>("rollback", table_of(rollback_table), "", "A program that takes back what the step did."));
  rows.push_back(key<&Step::mutates>("mutates", {.kind = Kind::boolean}, "false",
                                     "It changes something outside the run; needs --yes or an approval."));
  rows.push_back(key<&Step::environment>("env", list_of(text("the name of a variable")), "[]",
                                         "Further variables that it may see."));
  rows.push_back(key<&Step::secrets>("secrets", map_of(manifest::secret_shape()), "{}",
                                     "Variables whose values are secrets; masked in all that is kept."));
  rows.push_back(
      key<&Step::matrix>("matrix",
                         map_of({.kind = Kind::any_of,
                                 .parts = {list_of(text(), 1), table_of(matrix_source_table), input_reference()},
                                 .expected = "a list, an input such as ${inputs.regions}, or {manifest: FILE}"}),
                         "{}", "The step once for each value, or for each pair of values of two keys."));
  return rows;
}

}  // namespace

const Table& matrix_source_table() {
  static const Table table{"a matrix of a manifest",
                           {required({"manifest", scalar("a path"), "", "The manifest that names them.",
                                      [](Binder& binder, const YamlNode& node, const Shape& shape, void* out) {
                                        read(binder, node, shape, *static_cast<Template*>(out));
                                      }})}};
  return table;
}

const Table& rollback_table() {
  static const Table table{"\"rollback\"",
                           {
                               required(key<&Rollback::run>("run", argument_list(), "", "Program and arguments.")),
                               key<&Rollback::timeout>("timeout", timeout(), R"("5m")", "How long it may take."),
                           }};
  return table;
}

const Table& output_table() {
  static const Table table{"an output",
                           {
                               required(key<&Output::type>("type", type_word(), "", "What it must be.")),
                               key<&Output::from>("from", text("a path such as summary.cells.stale"), "",
                                                  "Where it stands in the answer; by default under its own name."),
                           }};
  return table;
}

const Table& step_table() {
  static const Table table{"a step", with_conduct(deeds())};
  return table;
}

const Shape& inputs_shape() {
  static const Shape shape = map_of(table_of(input_table));
  return shape;
}

const Table& workflow_table() {
  static const Table table{
      "a workflow",
      {
          required(key_with<Workflow, bind_version>("version", {.kind = Kind::count, .least = 1, .most = 1}, "",
                                                    "Version of this format: 1.")),
          key<&Workflow::task>("task", text(), "", "`task` of the execution log; by default the skill's name."),
          key<&Workflow::agent>("agent", text(), R"("DevOps")", "`agent` of the execution log."),
          key<&Workflow::inputs>("inputs", inputs_shape(), "{}", "What whoever runs it may or must give."),
          key<&Workflow::environment>("env", list_of(text("the name of a variable")), "[]",
                                      "Variables that every step may see."),
          key<&Workflow::concurrency>("concurrency", {.kind = Kind::count, .least = 1, .most = 64}, "4",
                                      "How many steps run at once."),
          key<&Workflow::timeout>("timeout", seconds(1, 7 * day_s), R"("1h")", "Of the whole run."),
          key<&Workflow::outcome>("outcome", scalar("text"), "", "`outcome` of the execution log."),
          required(key<&Workflow::steps>("steps", list_of(table_of(step_table), 1), "", "What is done.")),
      }};
  return table;
}

std::string workflow_json_schema() { return manifest::json_schema(workflow_table(), "Workflow of a skill, version 1"); }

}  // namespace cachewitness::skill
