#include "app/load_plan.h"

#include <utility>

#include "app/load_manifest.h"
#include "plan/describe.h"

namespace cachewitness::app {

base::Result<LoadedPlan, base::Errors> load_plan(const Ports& ports, const CommonOptions& options) {
  auto manifest = load_manifest(ports, options);
  if (!manifest) {
    return std::unexpected(std::move(manifest).error());
  }
  auto plan = plan::make_plan(**manifest, options.narrowing);
  if (!plan) {
    return std::unexpected(base::Errors{std::move(plan).error()});
  }
  return LoadedPlan{std::move(*manifest), std::move(*plan)};
}

void print_plan(const Ports& ports, Format format, const plan::Plan& plan) {
  ports.console.out(format == Format::json ? plan::describe_json(plan) : plan::describe(plan));
}

}  // namespace cachewitness::app
