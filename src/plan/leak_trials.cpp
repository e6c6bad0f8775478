#include "plan/leak_trials.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace cachewitness::plan {

namespace {

using manifest::LeakCheck;

constexpr std::string_view buster_reference = "{buster}";
constexpr std::uint64_t guard_requests = 3;   // before any header is tried
constexpr std::uint64_t header_requests = 2;  // for each that is tried

std::uint64_t requests_of_trial(const manifest::Leaks& leaks, LeakCheck check) {
  switch (check) {
    case LeakCheck::cross_tenant:
      return 2;
    case LeakCheck::poisoning:
      return guard_requests + header_requests * leaks.poisoning->headers.size();
    case LeakCheck::deception:
      return 3;
  }
  return 0;
}

// How many trials of the check there are at one edge.
std::uint64_t trials_per_edge(const Plan& plan, LeakCheck check, std::size_t tenants) {
  const bool has_partner = check != LeakCheck::cross_tenant || tenants > 1;
  return has_partner ? plan.leak_assets(check).size() * tenants : 0;
}

constexpr std::array all_checks{LeakCheck::cross_tenant, LeakCheck::poisoning, LeakCheck::deception};

void add_trials(const Plan& plan, std::size_t lane, const std::vector<evidence::TenantId>& tenants,
                std::vector<LeakTrial>& out) {
  for (const LeakCheck check : all_checks) {
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      const bool is_pair = check == LeakCheck::cross_tenant;
      if (is_pair && tenants.size() < 2) {
        continue;
      }
      for (const evidence::AssetId asset : plan.leak_assets(check)) {
        LeakTrial trial;
        trial.check = check;
        trial.cell = {plan.lanes()[lane].edge, tenants[i], asset, evidence::VariantId{0}};
        trial.other = is_pair ? tenants[(i + tenants.size() - 1) % tenants.size()] : evidence::TenantId::none();
        trial.lane = lane;
        trial.number = static_cast<std::uint32_t>(out.size());
        out.push_back(trial);
      }
    }
  }
}

void insert_query(std::string& url, std::string_view parameter, std::string_view buster) {
  url += url.contains('?') ? '&' : '?';
  url.append(parameter).append("=").append(buster);
}

}  // namespace

std::vector<evidence::TenantId> opted_in(const Plan& plan) {
  std::vector<evidence::TenantId> out;
  if (!plan.manifest().leaks) {
    return out;
  }
  for (const evidence::TenantId tenant : plan.chosen_tenants()) {
    const auto tags = plan.manifest().tenants.tags(tenant);
    if (std::ranges::find(tags, plan.manifest().leaks->tag) != tags.end()) {
      out.push_back(tenant);
    }
  }
  return out;
}

std::vector<LeakTrial> leak_trials(const Plan& plan) {
  const std::vector<evidence::TenantId> tenants = opted_in(plan);
  std::vector<LeakTrial> out;
  for (std::size_t lane = 0; lane < plan.lanes().size() && !tenants.empty(); ++lane) {
    add_trials(plan, lane, tenants, out);
  }
  return out;
}

std::uint64_t leak_requests_per_edge(const Plan& plan) {
  const std::size_t tenants = opted_in(plan).size();
  std::uint64_t requests = 0;
  for (const LeakCheck check : all_checks) {
    const std::uint64_t trials = trials_per_edge(plan, check, tenants);
    requests += trials == 0 ? 0 : trials * requests_of_trial(*plan.manifest().leaks, check);
  }
  return requests;
}

std::string poison_value(std::string_view header, std::string_view canary, bool is_tls) {
  const std::string name = base::lower_case(header);
  if (name.ends_with("-scheme") || name.ends_with("-proto") || name == "x-forwarded-protocol") {
    return is_tls ? "http" : "https";
  }
  if (name.ends_with("-url") || name.ends_with("-uri") || name.ends_with("-path")) {
    return std::string("/").append(canary);
  }
  // RFC 6761 6.4: a name that can never be anyone's.
  const bool is_host = name.contains("host") || name.ends_with("-server") || name == "forwarded";
  const std::string host = std::string(canary) + ".invalid";
  return name == "forwarded" ? "host=" + host : is_host ? host : std::string(canary);
}

void bust(Request& request, std::string_view parameter, std::string_view buster) {
  for (std::string* text : {&request.target, &request.url}) {
    const std::size_t at = text->find(buster_reference);
    if (at == std::string::npos) {
      insert_query(*text, parameter, buster);
    } else {
      text->replace(at, buster_reference.size(), buster);
    }
  }
}

}  // namespace cachewitness::plan
