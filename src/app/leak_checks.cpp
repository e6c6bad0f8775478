#include "app/leak_checks.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "probe/body_mask.h"

namespace cachewitness::app {

namespace {

using manifest::LeakCheck;

// Two words of one run must not be taken for each other: a page may well repeat the URL that it was asked for.
constexpr std::string_view canary_sign = "x";
constexpr std::string_view buster_sign = "b";

void set(std::vector<probe::HeaderLine>& headers, probe::HeaderLine line) {
  std::erase_if(headers, [&line](const probe::HeaderLine& other) { return other.name == line.name; });
  headers.push_back(std::move(line));
}

}  // namespace

probe::ProbeRequest& LeakRound::add(std::size_t lane, std::vector<probe::HeaderLine> headers) {
  headers_.push_back(std::move(headers));
  probe::ProbeRequest& request = queues_.at(lane).emplace_back();
  request.headers = headers_.back();
  return request;
}

bool LeakRound::next(std::size_t lane, probe::ProbeRequest& out) {
  std::deque<probe::ProbeRequest>& queue = queues_.at(lane);
  if (queue.empty()) {
    return false;
  }
  out = std::move(queue.front());
  queue.pop_front();
  return true;
}

std::uint64_t LeakRound::left() const {
  const auto add = [](std::uint64_t sum, const auto& queue) { return sum + queue.size(); };
  return std::accumulate(queues_.begin(), queues_.end(), std::uint64_t{0}, add);
}

LeakChecks::LeakChecks(Inputs inputs) : inputs_(std::move(inputs)), trials_(plan::leak_trials(inputs_.plan)) {}

std::unique_ptr<LeakRound> LeakChecks::round(Step step, const IsSafe& is_safe) const {
  auto round = std::make_unique<LeakRound>(inputs_.plan.lanes().size());
  const bool may_harm = step == Step::prime || step == Step::ask;
  for (const plan::LeakTrial& trial : trials_) {
    if (trial.check == LeakCheck::cross_tenant) {
      add_cross_tenant(trial, step, *round);
    } else if (trial.check == LeakCheck::deception) {
      add_deception(trial, step, *round);
    } else if (!may_harm || is_safe(trial.cell)) {
      add_poisoning(trial, step, *round);
    }
  }
  return round;
}

probe::ProbeRequest& LeakChecks::add(const plan::LeakTrial& trial, const evidence::Cell& cell, Step step,
                                     LeakRound& round, std::vector<probe::HeaderLine> further) const {
  probe::ProbeRequest written;
  inputs_.writer.write_probe(inputs_.plan.lanes()[trial.lane], cell, written);
  std::vector<probe::HeaderLine> headers(written.headers.begin(), written.headers.end());
  for (probe::HeaderLine& line : further) {
    set(headers, std::move(line));
  }
  probe::ProbeRequest& request = round.add(trial.lane, std::move(headers));
  written.headers = request.headers;
  request = std::move(written);
  request.role = evidence::Role::leak;
  request.cell = trial.cell;
  request.leak = evidence::LeakProbe{trial.check, step, {}, {}, {}};
  return request;
}

void LeakChecks::bust(const plan::LeakTrial& trial, std::string_view part, probe::ProbeRequest& request) const {
  plan::bust(request, inputs_.plan.manifest().leaks->cache_buster,
             fmt::format("{}{}{:06}{}", inputs_.word, buster_sign, trial.number, part));
}

void LeakChecks::add_cross_tenant(const plan::LeakTrial& trial, Step step, LeakRound& round) const {
  if (step != Step::prime && step != Step::ask) {
    return;
  }
  evidence::Cell asked = trial.cell;
  asked.tenant = step == Step::prime ? trial.other : trial.cell.tenant;
  probe::ProbeRequest& request = add(trial, asked, step, round);
  request.leak->other_tenant = inputs_.plan.roster().tenant(trial.other);
  bust(trial, "", request);
}

void LeakChecks::add_poisoning(const plan::LeakTrial& trial, Step step, LeakRound& round) const {
  if (step != Step::prime && step != Step::ask) {
    bust(trial, step == Step::other ? "b" : "a", add(trial, trial.cell, step, round));
    return;
  }
  const std::vector<std::string>& headers = inputs_.plan.manifest().leaks->poisoning->headers;
  probe::ProbeRequest plain;
  inputs_.writer.write_probe(inputs_.plan.lanes()[trial.lane], trial.cell, plain);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string canary = fmt::format("{}{}{:06}{:02}", inputs_.word, canary_sign, trial.number, i);
    std::vector<probe::HeaderLine> poison;
    if (step == Step::prime) {
      poison.push_back({base::lower_case(headers[i]), plan::poison_value(headers[i], canary, plain.is_tls)});
    }
    probe::ProbeRequest& request = add(trial, trial.cell, step, round, std::move(poison));
    request.leak->header = base::lower_case(headers[i]);
    request.leak->canary = canary;
    bust(trial, fmt::format("h{:02}", i), request);
  }
}

void LeakChecks::add_deception(const plan::LeakTrial& trial, Step step, LeakRound& round) const {
  if (step == Step::again || step == Step::other) {
    return;
  }
  const bool is_account = step == Step::prime;
  probe::ProbeRequest& request =
      add(trial, trial.cell, step, round, is_account ? inputs_.account : std::vector<probe::HeaderLine>{});
  bust(trial, step == Step::first ? "a" : "b", request);
}

std::vector<probe::SoughtMark> LeakChecks::sought() const {
  const manifest::Manifest& manifest = inputs_.plan.manifest();
  std::vector<probe::SoughtMark> marks = tenant_marks(manifest);
  marks.push_back({evidence::BodyMark::Kind::canary, {fmt::format("{}{}", inputs_.word, canary_sign), ""}});
  if (manifest.leaks->deception && !manifest.leaks->deception->private_text.empty()) {
    marks.push_back({evidence::BodyMark::Kind::private_text, {manifest.leaks->deception->private_text, ""}});
  }
  return marks;
}

std::vector<probe::SoughtMark> tenant_marks(const manifest::Manifest& manifest) {
  const bool has_marker = manifest.leaks && manifest.leaks->cross_tenant && manifest.leaks->cross_tenant->marker.body;
  if (!has_marker) {
    return {};
  }
  return {{evidence::BodyMark::Kind::tenant, *manifest.leaks->cross_tenant->marker.body}};
}

std::shared_ptr<const probe::BodyRules> body_rules(const manifest::Policy& policy,
                                                   std::vector<probe::SoughtMark> marks) {
  if (policy.mask.empty() && marks.empty()) {
    return nullptr;
  }
  auto rules = std::make_shared<probe::BodyRules>();
  rules->marks = std::move(marks);
  if (!policy.mask.empty()) {
    rules->mask = std::make_shared<const probe::BodyMask>(policy.mask);
  }
  return rules;
}

}  // namespace cachewitness::app
