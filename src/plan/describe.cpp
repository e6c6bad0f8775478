#include "plan/describe.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <span>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "plan/leak_trials.h"

namespace cachewitness::plan {

namespace {

constexpr std::uint64_t requests_shown = 5;

std::string_view plural(std::uint64_t count) { return count == 1 ? "" : "s"; }

// The first requests, in the order in which they would be sent.
template <typename Show>
void for_first_requests(const Plan& plan, const Show& show) {
  Request request;
  for (std::uint64_t cell = 0; cell < std::min(requests_shown, plan.cells()); ++cell) {
    const Lane& lane = plan.lanes()[cell % plan.lanes().size()];
    const evidence::Cell combination = plan.combination(cell / plan.lanes().size());
    plan.render(lane, combination, request);
    show(lane, combination, request);
  }
}

std::string environment_names(const Plan& plan) {
  std::string out;
  for (const std::size_t index : plan.environments()) {
    out += fmt::format("{}{}", out.empty() ? "" : ", ", plan.manifest().environments[index].name);
  }
  return out;
}

// "150 requests to each of" or, where an address hides several servers, "150 to 750 requests to each of".
std::string requests_phrase(const Plan& plan, std::span<const Lane> lanes) {
  const auto [least, most] =
      std::ranges::minmax(lanes | std::views::transform([&](const Lane& lane) { return plan.samples(lane); }));
  const std::uint64_t requests = plan.combinations() * most;
  const std::string from = least == most ? "" : base::grouped(plan.combinations() * least) + " to ";
  return fmt::format("{}{} request{}", from, base::grouped(requests), plural(requests));
}

void append_regions(const Plan& plan, std::string& out) {
  const auto& lanes = plan.lanes();
  for (auto first = lanes.begin(); first != lanes.end();) {
    const auto end = std::find_if(first, lanes.end(), [&](const Lane& lane) {
      return lane.environment != first->environment || lane.region != first->region;
    });
    std::string names;
    for (auto lane = first; lane != end; ++lane) {
      const auto& edge = plan.roster().edge(lane->edge);
      names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", edge.name, base::printable(edge.address));
    }
    const auto& edge = plan.roster().edge(first->edge);
    fmt::format_to(std::back_inserter(out), "  {} / {}: {} to each of {} edge{}: {}\n", edge.environment, edge.region,
                   requests_phrase(plan, {first, end}), end - first, plural(static_cast<std::uint64_t>(end - first)),
                   names);
    first = end;
  }
}

// At least as long as the slowest edge's own pace lets it last.
double leak_seconds(const Plan& plan) {
  return static_cast<double>(leak_requests_per_edge(plan)) / plan.manifest().leaks->per_edge_rps;
}

void append_leaks(const Plan& plan, std::string& out) {
  if (!plan.manifest().leaks) {
    return;
  }
  const auto tenants = opted_in(plan).size();
  const std::uint64_t requests = leak_requests_per_edge(plan);
  fmt::format_to(std::back_inserter(out),
                 "  leak checks: up to {} request{} to each edge for {} tenant{} that opted in (tag \"{}\"), at least "
                 "{:.0f} s afterwards\n",
                 base::grouped(requests), plural(requests), base::grouped(tenants), plural(tenants),
                 base::printable(plan.manifest().leaks->tag, 60), leak_seconds(plan));
}

std::string rate_phrase(const manifest::Limits& limits) {
  return limits.per_edge_rps > 0 ? fmt::format("at {} requests a second to one edge", limits.per_edge_rps)
                                 : std::string("without a limit of the rate");
}

}  // namespace

std::string describe(const Plan& plan) {
  const Estimate numbers = estimate(plan);
  const manifest::Limits& limits = plan.manifest().limits;
  const auto variants = plan.manifest().variants.size();
  std::string out;
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "Plan for {}: {} cell{} = {} edge{} x {} combination{} of {} tenant{}, asset and {} variant{}.\n",
                 environment_names(plan), base::grouped(numbers.cells), plural(numbers.cells), plan.lanes().size(),
                 plural(plan.lanes().size()), base::grouped(plan.combinations()), plural(plan.combinations()),
                 base::grouped(plan.tenants()), plural(plan.tenants()), variants, plural(variants));
  append_regions(plan, out);
  if (numbers.origin_requests == 0) {
    out += "  origin: not asked; the manifest says what to expect\n";
  } else {
    fmt::format_to(end, "  origin: {} request{} to {} replica{}, before the edges\n",
                   base::grouped(numbers.origin_requests), plural(numbers.origin_requests),
                   plan.roster().replicas.size(), plural(plan.roster().replicas.size()));
  }
  fmt::format_to(end, "  time: at least {} {}, up to {} in flight; the limit for the run is {}\n",
                 base::human(numbers.at_least), rate_phrase(limits), limits.concurrency, base::human(limits.total));
  if (numbers.at_least > limits.total) {
    out += "  WARNING: that cannot end in time; raise limits.total or limits.per_edge_rps, or narrow the plan\n";
  }
  append_leaks(plan, out);
  out += "First requests:\n";
  for_first_requests(plan, [&](const Lane& lane, const evidence::Cell& cell, const Request& request) {
    fmt::format_to(end, "  {}: GET {} (variant {})\n", plan.roster().edge(lane.edge).name, base::printable(request.url),
                   plan.roster().variant(cell.variant));
  });
  return out;
}

std::string describe_json(const Plan& plan) {
  const Estimate numbers = estimate(plan);
  std::string out;
  base::JsonWriter json(out, base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", std::string_view("cachewitness.plan/v1"));
  json.begin_array("environments");
  for (const std::size_t index : plan.environments()) {
    json.value(std::string_view(plan.manifest().environments[index].name));
  }
  json.end_array();
  json.member("cells", numbers.cells);
  json.member("combinations", plan.combinations());
  json.member("tenants", plan.tenants());
  json.member("variants", plan.manifest().variants.size());
  json.member("origin_requests", numbers.origin_requests);
  json.member("requests_per_edge", numbers.requests_per_edge);
  if (plan.manifest().leaks) {
    json.member("leak_requests_per_edge", leak_requests_per_edge(plan));
  }
  json.member("at_least_ms", std::chrono::duration_cast<std::chrono::milliseconds>(numbers.at_least).count());
  json.member("limit_ms", std::chrono::duration_cast<std::chrono::milliseconds>(plan.manifest().limits.total).count());
  json.begin_array("edges");
  for (const Lane& lane : plan.lanes()) {
    const auto& edge = plan.roster().edge(lane.edge);
    json.begin_object();
    json.member("environment", std::string_view(edge.environment));
    json.member("region", std::string_view(edge.region));
    json.member("edge", std::string_view(edge.name));
    json.member("address", std::string_view(edge.address));
    json.member("requests", plan.combinations() * plan.samples(lane));
    json.end_object();
  }
  json.end_array();
  json.begin_array("first_requests");
  for_first_requests(plan, [&](const Lane& lane, const evidence::Cell& cell, const Request& request) {
    json.begin_object();
    json.member("edge", std::string_view(plan.roster().edge(lane.edge).name));
    json.member("tenant", plan.roster().tenant(cell.tenant));
    json.member("variant", plan.roster().variant(cell.variant));
    json.member("url", std::string_view(request.url));
    json.end_object();
  });
  json.end_array();
  json.end_object();
  return out + "\n";
}

}  // namespace cachewitness::plan
