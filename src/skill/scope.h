// Scope: what a reference means where it stands, before the run: whether it is known at all, and of which type.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "skill/template.h"
#include "skill/value.h"
#include "skill/workflow.h"

namespace cachewitness::skill {

// Every output of a step, declared or the action's own.
[[nodiscard]] std::vector<Output> outputs_of(const Step& step);

struct Scope {
  const Workflow& workflow;
  const Step* step = nullptr;       // where the reference stands; null = the workflow's outcome
  std::vector<const Step*> before;  // the steps that have ended by then

  // The error says what is known instead.
  [[nodiscard]] std::expected<Type, std::string> type_of(const Reference& reference) const;

 private:
  [[nodiscard]] std::expected<Type, std::string> type_of_input(const Reference& reference) const;
  [[nodiscard]] std::expected<Type, std::string> type_of_step(const Reference& reference) const;
  [[nodiscard]] std::expected<Type, std::string> type_of_output(const Reference& reference, const Step& of) const;
  [[nodiscard]] std::expected<Type, std::string> type_of_matrix(const Reference& reference) const;
};

}  // namespace cachewitness::skill
