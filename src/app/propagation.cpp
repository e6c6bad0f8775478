#include "app/propagation.h"

#include "purge/provider.h"

namespace cachewitness::app {

manifest::Policy policy_of(const plan::Plan& plan) {
  manifest::Policy policy = plan.manifest().policy;
  if (policy.propagation_from == "manifest") {
    return policy;
  }
  const purge::Provider* slowest = nullptr;
  for (const std::size_t index : plan.environments()) {
    const auto& purge = plan.manifest().environments[index].purge;
    const purge::Provider* provider = purge ? purge::find_provider(purge->provider) : nullptr;
    if (provider != nullptr && (slowest == nullptr || provider->propagation > slowest->propagation)) {
      slowest = provider;
    }
  }
  if (slowest != nullptr) {
    policy.propagation = slowest->propagation;
    policy.propagation_from = slowest->name;
  }
  return policy;
}

}  // namespace cachewitness::app
