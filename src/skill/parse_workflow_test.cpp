#include "skill/parse_workflow.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "skill/document.h"
#include "support/skill_commands.h"

namespace cachewitness::skill {
namespace {

using ::testing::HasSubstr;

std::expected<Workflow, base::Errors> parse(const std::string& steps) {
  return parse_workflow("version: 1\ninputs: {urls: {type: list, default: []}, m: {type: path}}\nsteps:\n" + steps,
                        "w.yaml", testing_support::skill_commands());
}

TEST(ParseWorkflow, ReadsEveryKey) {
  const auto made = parse(R"(  - id: purge
    run: [./purge, --soft, 5, "${inputs.urls}"]
    with: {urls: "${inputs.urls}", n: 5, deep: [{a: true}]}
    outputs: {id: text, stale: {type: count, from: a.b}}
    timeout: 90s
    max_output: 1KiB
    retry: {times: 3, wait: 2s, factor: 3, most: 1m}
    on_failure: rollback
    rollback: {run: [./purge, --undo, "${steps.purge.outputs.id}"], timeout: 10s}
    mutates: true
    env: [A]
    secrets: {TOKEN: {env: B}}
    as: requesting_purge
  - id: verify
    action: verify
    needs: [purge]
    if: steps.purge.outputs.stale > 0
    with: {manifest: "${inputs.m}", environment: [a, b], fail-fast: true, report: r.json}
    matrix: {region: [eu, us]}
)");
  ASSERT_TRUE(made) << made.error().front().text();
  const Step& purge = made->steps[0];
  EXPECT_EQ(purge.kind, Step::Kind::exec);
  EXPECT_EQ(purge.run.size(), 4U);
  EXPECT_EQ(purge.outputs[1].from, "a.b");
  EXPECT_EQ(purge.limits.timeout, std::chrono::seconds(90));
  EXPECT_EQ(purge.limits.max_output_bytes, 1024U);
  EXPECT_EQ(purge.retry.times, 3U);
  EXPECT_EQ(purge.on_failure, Step::OnFailure::rollback);
  EXPECT_EQ(purge.rollback->timeout, std::chrono::seconds(10));
  EXPECT_EQ(purge.secrets[0].name, "TOKEN");
  EXPECT_EQ(purge.log_action(), "requesting_purge");
  const Step& verify = made->steps[1];
  EXPECT_EQ(verify.kind, Step::Kind::command);
  EXPECT_FALSE(verify.mutates);
  EXPECT_EQ(verify.matrix[0].name, "region");
  EXPECT_EQ(verify.where.line, 17U);
}

struct Row {
  std::string what;
  std::string steps;
  std::string fault;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"a misspelt key", "  - {id: a, run: [x], time_out: 5s}\n",
       "w.yaml:4:23: unknown key \"time_out\"; did you mean \"timeout\"?"},
      {"no program", "  - {id: a}\n", "\"exec\" needs \"run\""},
      {"a misspelt action", "  - {id: a, action: verfy}\n", "unknown action \"verfy\"; did you mean \"verify\"?"},
      {"a misspelt option", "  - {id: a, action: verify, with: {manifset: x}}\n",
       "verify has no option \"manifset\"; did you mean \"manifest\"?"},
      {"a flag with text", "  - {id: a, action: verify, with: {fail-fast: [x]}}\n",
       "\"fail-fast\": expected true or false"},
      {"a list where one is meant", "  - {id: a, action: verify, with: {report: [x, y]}}\n", "expected one value"},
      {"a second id", "  - {id: a, run: [x]}\n  - {id: a, run: [x]}\n", "w.yaml:5:5: a second step \"a\""},
      {"a bad id", "  - {id: 'a b', run: [x]}\n", "letters, digits"},
      {"an unknown need", "  - {id: aa, run: [x], needs: [ab]}\n",
       "w.yaml:4:32: step \"aa\" needs \"ab\", which is no step; did you mean \"aa\"?"},
      {"itself", "  - {id: a, run: [x], needs: [a]}\n", "a -> a"},
      {"a cycle",
       "  - {id: a, run: [x], needs: [c]}\n  - {id: b, run: [x], needs: [a]}\n  - {id: c, run: [x], needs: [b]}\n",
       "a -> c -> b -> a"},
      {"a reference to nothing", "  - {id: a, run: [x, '${inputs.url}']}\n",
       "unknown input \"url\" in ${inputs.url}; did you mean \"urls\"?"},
      {"an unknown root", "  - {id: a, run: [x, '${input.urls}']}\n", "did you mean \"inputs\"?"},
      {"a step that is not needed",
       "  - {id: a, run: [x], outputs: {i: text}}\n  - {id: b, run: [x, '${steps.a.outputs.i}']}\n",
       "w.yaml:5:23: ${steps.a.outputs.i} may be asked for before step \"a\" has ended; add it to \"needs\""},
      {"an unknown output",
       "  - {id: a, run: [x], outputs: {id: text}}\n  - {id: b, run: [x, '${steps.a.outputs.ids}'], needs: [a]}\n",
       "unknown output \"ids\""},
      {"an output of nothing", "  - {id: a, run: [x]}\n  - {id: b, run: [x, '${steps.a.outputs.id}'], needs: [a]}\n",
       "step \"a\" has no outputs; declare"},
      {"a member of text",
       "  - {id: a, run: [x], outputs: {id: text}}\n  - {id: b, run: [x, '${steps.a.outputs.id.x}'], needs: [a]}\n",
       "which has no members"},
      {"a matrix from elsewhere", "  - {id: a, run: [x, '${matrix.region}']}\n", "in no step with a matrix"},
      {"a matrix of steps", "  - {id: a, run: [x], matrix: {r: '${steps.b.outputs.l}'}}\n", "expected a list"},
      {"a matrix of no list", "  - {id: a, run: [x], matrix: {r: '${inputs.m}'}}\n", "a matrix needs a list"},
      {"an unclosed reference", "  - {id: a, run: [x, '${inputs.urls']}\n", "no closing brace"},
      {"a bad condition", "  - {id: a, run: [x], if: 'inputs.urls >'}\n", "w.yaml:4:28: in the condition"},
      {"types that do not fit", "  - {id: a, run: [x], if: \"inputs.m == 1\"}\n", "== compares text with a number"},
      {"a condition on nothing before", "  - {id: a, run: [x], if: failed()}\n", "name them in \"needs\""},
      {"no way back", "  - {id: a, run: [x], on_failure: rollback}\n", "needs a \"rollback\""},
      {"a way back from nothing", "  - {id: a, run: [x], rollback: {run: [y]}}\n", "say \"mutates: true\""},
      {"outputs of a command without JSON", "  - {id: a, action: arm, outputs: {x: text}}\n", "gives no JSON"},
      {"a literal secret", "  - {id: a, run: [x], secrets: {T: abc}}\n", "w.yaml:4:36"},
      {"a shell line", "  - {id: a, run: 'x | y'}\n", "expected a list"},
      {"an anchor", "  - &a {id: a, run: [x]}\n", "anchors (\"&name\") are not allowed in a workflow"},
      {"no steps", "  []\n", "at least one entry"},
  };
  return table;
}

TEST(ParseWorkflow, TellsEachFaultWithItsPlace) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.what);
    const auto made = parse(row.steps);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().front().text(), HasSubstr(row.fault));
    EXPECT_THAT(made.error().front().text(), HasSubstr("w.yaml:"));
    EXPECT_THAT(std::string(made.error().front().id.slug), ::testing::StartsWith("workflow-"));
  }
}

TEST(ParseWorkflow, TellsThatThereAreMoreFaultsInTheWordsOfAWorkflow) {
  std::string steps;
  for (int i = 0; i < 200; ++i) {
    steps += "  - {id: a" + std::to_string(i) + ", run: [x], tiemout: 5s}\n";
  }
  const auto made = parse(steps);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().back().id.slug, "workflow-too-many-faults");
}

TEST(ParseWorkflow, PurgeAlwaysMutates) {
  const auto made = parse("  - {id: a, action: purge}\n");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->steps[0].mutates);
}

std::expected<std::optional<Workflow>, base::Errors> of_blocks(const std::string& body) {
  static std::string text;
  text = "---\nname: a\n---\n" + body;
  return workflow_of_blocks(*split_document(text, "SKILL.md"), "SKILL.md", testing_support::skill_commands());
}

TEST(WorkflowOfBlocks, TakesMarkedBlocksAndNoOthers) {
  const auto made = of_blocks(R"(# A
```sh
rm -rf /
```
```yaml inputs
m: {type: path, default: shop.yaml}
```
```sh step=before timeout=30s
# what every edge holds
cachewitness arm -m ${inputs.m} \
  --evidence 'before it.jsonl'
```
```yaml step=purge needs=before
run: [./purge, "${inputs.m}"]
mutates: true
```
```sh step=say needs=before,purge if="steps.purge.exit_code == 0"
echo "it's ${steps.purge.exit_code}" done
```
)");
  ASSERT_TRUE(made) << made.error().front().text();
  ASSERT_TRUE(made->has_value());
  const Workflow& workflow = **made;
  ASSERT_EQ(workflow.steps.size(), 3U);
  EXPECT_EQ(workflow.steps[0].action, "arm");
  EXPECT_EQ(workflow.steps[0].kind, Step::Kind::command);
  ASSERT_EQ(workflow.steps[0].run.size(), 4U);
  EXPECT_EQ(workflow.steps[0].run[3].source(), "before it.jsonl");
  EXPECT_EQ(workflow.steps[0].limits.timeout, std::chrono::seconds(30));
  EXPECT_TRUE(workflow.steps[1].mutates);
  EXPECT_EQ(workflow.steps[2].run[1].source(), "it's ${steps.purge.exit_code}");
  EXPECT_TRUE(workflow.steps[2].condition.has_value());
}

TEST(WorkflowOfBlocks, IsNothingWithoutSteps) {
  const auto made = of_blocks("```sh\nls\n```\n```sh name=x\nls\n```\n");
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->has_value());
}

TEST(WorkflowOfBlocks, RefusesWhatOnlyAShellCouldDo) {
  const std::pair<std::string, std::string> rows[] = {
      {"```sh step=a\nls | wc\n```\n", "SKILL.md:5:4: \"|\" needs a shell"},
      {"```sh step=a\nls > f\n```\n", "\">\" needs a shell"},
      {"```sh step=a\nls *.js\n```\n", "\"*\" needs a shell"},
      {"```sh step=a\nls $HOME\n```\n", "\"$\" needs a shell"},
      {"```sh step=a\nls \"$(id)\"\n```\n", "\"$\" needs a shell"},
      {"```sh step=a\nls `id`\n```\n", "\"`\" needs a shell"},
      {"```sh step=a\nls\nid\n```\n", "SKILL.md:6:1: a second command"},
      {"```sh step=a\nls 'x\n```\n", "no closing '"},
      {"```sh step=a\n# nothing\n```\n", "an empty block"},
      {"```python step=a\nprint(1)\n```\n", "a step in \"python\""},
      {"```sh step=a tiemout=3s\nls\n```\n", "did you mean \"timeout\"?"},
      {"```sh step=a loud\nls\n```\n", "options are written name=value"},
      {"```sh step=a\ncachewitness serve\n```\n", "`cachewitness serve` is no step"},
  };
  for (const auto& [body, fault] : rows) {
    SCOPED_TRACE(body);
    const auto made = of_blocks(body);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().front().text(), HasSubstr(fault));
  }
}

}  // namespace
}  // namespace cachewitness::skill
