#include "skill/parse_workflow.h"

#include "manifest/bind.h"
#include "skill/block_step.h"
#include "skill/check_workflow.h"
#include "skill/fault_ids.h"
#include "skill/workflow_keys.h"

namespace cachewitness::skill {

namespace {

std::expected<Workflow, base::Errors> finish(Workflow workflow, manifest::Binder& binder, const Commands& commands) {
  if (binder.faults().empty()) {
    check_workflow(workflow, commands, binder.faults());
  }
  if (!binder.faults().empty()) {
    return std::unexpected(as_workflow_faults(binder.faults().take()));
  }
  return workflow;
}

}  // namespace

std::expected<Workflow, base::Errors> parse_workflow(std::string_view text, const std::string& file,
                                                     const Commands& commands) {
  const auto root = manifest::parse_yaml(text, file, "workflow");
  if (!root) {
    return std::unexpected(as_workflow_faults(root.error()));
  }
  manifest::Binder binder(file);
  Workflow workflow;
  if (root->kind == manifest::YamlNode::Kind::mapping) {
    binder.bind_table(workflow_table(), *root, &workflow);
  } else {
    binder.fault(faults::wrong_type,
                 "expected a table of keys that starts with \"version: 1\", found " + manifest::found_phrase(*root),
                 *root);
  }
  return finish(std::move(workflow), binder, commands);
}

std::expected<std::optional<Workflow>, base::Errors> workflow_of_blocks(const Document& document,
                                                                        const std::string& file,
                                                                        const Commands& commands) {
  manifest::Binder binder(file);
  Workflow workflow;
  for (const CodeBlock& block : document.blocks()) {
    const auto info = parse_block_info(block.info);
    if (!info) {
      binder.fault(faults::block, info.error(), block.line, 1);
    } else if (info->find("step") != nullptr) {
      workflow.steps.push_back(read_block_step(block, *info, commands, binder));
    } else if (info->is_inputs) {
      read_block_inputs(block, binder, workflow);
    }
  }
  if (workflow.steps.empty() && binder.faults().empty()) {
    return std::nullopt;
  }
  auto finished = finish(std::move(workflow), binder, commands);
  if (!finished) {
    return std::unexpected(std::move(finished).error());
  }
  return std::move(*finished);
}

}  // namespace cachewitness::skill
