#include "app/request_sources.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/assert.h"

namespace cachewitness::app {

void RequestWriter::finish(const evidence::Cell& cell, probe::ProbeRequest& out) const {
  out.headers = headers_[cell.variant.index()];
  out.cell = cell;
  out.wants_new_connection = false;
  out.round = 0;
}

void RequestWriter::write_probe(const plan::Lane& lane, const evidence::Cell& cell, probe::ProbeRequest& out) const {
  plan_.render(lane, cell, out);
  finish(cell, out);
  out.role = evidence::Role::probe;
  out.cell.edge = lane.edge;
  out.replica = evidence::ReplicaId::none();
}

void RequestWriter::write_origin(const ReplicaLane& lane, const evidence::Cell& cell, probe::ProbeRequest& out) const {
  plan_.render_origin(lane.environment, *lane.settings, cell, out);
  finish(cell, out);
  out.server_name = lane.settings->host;
  out.role = evidence::Role::origin;
  out.replica = lane.replica;
}

OriginSource::OriginSource(const plan::Plan& plan, const RequestWriter& writer, std::vector<ReplicaLane> lanes)
    : plan_(plan), writer_(writer), lanes_(std::move(lanes)), progress_(lanes_.size()) {}

OriginSource::OriginSource(const plan::Plan& plan, const RequestWriter& writer, std::vector<ReplicaLane> lanes,
                           std::vector<evidence::Cell> truths, std::uint16_t round)
    : OriginSource(plan, writer, std::move(lanes)) {
  named_ = std::move(truths);
  round_ = round;
}

bool OriginSource::next(std::size_t lane, probe::ProbeRequest& out) {
  if (lane >= lanes_.size()) {
    return false;
  }
  Progress& progress = progress_[lane];
  if (progress.next == truths() || progress.failures_on_end.load(std::memory_order_relaxed) >= patience) {
    return false;
  }
  const std::uint64_t number = progress.next++;
  const evidence::Cell cell = named_ ? (*named_)[number] : plan_.combination(number);
  writer_.write_origin(lanes_[lane], cell, out);
  out.sample = 0;
  out.round = round_;
  return true;
}

void OriginSource::take(const evidence::Evidence& evidence) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].replica == evidence.replica) {
      std::atomic<std::uint32_t>& failures = progress_[i].failures_on_end;
      const std::uint32_t before = failures.load(std::memory_order_relaxed);
      failures.store(evidence.failure() != nullptr ? before + 1 : 0, std::memory_order_relaxed);
    }
  }
}

std::uint64_t OriginSource::total() const { return truths() * lanes_.size(); }

AgainSource::AgainSource(const plan::Plan& plan, const RequestWriter& writer, std::size_t first_lane,
                         Connections connections, std::uint16_t round)
    : plan_(plan),
      writer_(writer),
      first_lane_(first_lane),
      connections_(connections),
      round_(round),
      queues_(plan.lanes().size()) {
  for (std::uint32_t lane = 0; lane < plan.lanes().size(); ++lane) {
    const std::size_t edge = plan.lanes()[lane].edge.index();
    lane_of_edge_.resize(std::max(lane_of_edge_.size(), edge + 1));
    lane_of_edge_[edge] = lane;
  }
}

void AgainSource::add(const evidence::Cell& cell, std::uint16_t sample) {
  CW_ASSERT(cell.edge.index() < lane_of_edge_.size());
  queues_[lane_of_edge_[cell.edge.index()]].push_back({cell, sample});
}

std::uint64_t AgainSource::left() const {
  const auto add = [](std::uint64_t sum, const std::deque<Again>& queue) { return sum + queue.size(); };
  return std::accumulate(queues_.begin(), queues_.end(), std::uint64_t{0}, add);
}

bool AgainSource::next(std::size_t lane, probe::ProbeRequest& out) {
  if (lane < first_lane_ || queues_[lane - first_lane_].empty()) {
    return false;
  }
  std::deque<Again>& queue = queues_[lane - first_lane_];
  writer_.write_probe(plan_.lanes()[lane - first_lane_], queue.front().cell, out);
  out.sample = queue.front().sample;
  out.wants_new_connection = connections_ == Connections::fresh;
  out.round = round_;
  queue.pop_front();
  return true;
}

PlanSource::PlanSource(const plan::Plan& plan, const RequestWriter& writer, std::size_t first_lane)
    : plan_(plan), writer_(writer), first_lane_(first_lane), again_(plan, writer, first_lane, Connections::fresh) {
  for (const plan::Lane& lane : plan.lanes()) {
    walks_.push_back({.combination = 0, .sample = 0, .samples = plan.samples(lane)});
  }
}

bool PlanSource::open_next_variant() {
  if (open_ == plan_.combinations()) {
    return false;
  }
  open_ += plan_.combinations_of_variant();
  return true;
}

evidence::VariantId PlanSource::variant() const {
  CW_ASSERT(open_ > 0);
  return plan_.combination(open_ - 1).variant;
}

std::uint64_t PlanSource::requests_of_variant() const {
  const auto add = [](std::uint64_t sum, const Walk& walk) { return sum + walk.samples; };
  return plan_.combinations_of_variant() * std::accumulate(walks_.begin(), walks_.end(), std::uint64_t{0}, add);
}

std::uint32_t PlanSource::samples(evidence::EdgeId edge) const {
  const auto lane = std::ranges::find(plan_.lanes(), edge, &plan::Lane::edge);
  CW_ASSERT(lane != plan_.lanes().end());
  return walks_[static_cast<std::size_t>(lane - plan_.lanes().begin())].samples;
}

bool PlanSource::next(std::size_t lane, probe::ProbeRequest& out) {
  if (again_.next(lane, out)) {
    return true;
  }
  if (lane < first_lane_ || walks_[lane - first_lane_].combination == open_) {
    return false;
  }
  Walk& walk = walks_[lane - first_lane_];
  writer_.write_probe(plan_.lanes()[lane - first_lane_], plan_.combination(walk.combination), out);
  out.sample = static_cast<std::uint16_t>(walk.sample);
  // A kept connection stays with the server that it met first.
  out.wants_new_connection = walk.samples > 1;
  if (++walk.sample == walk.samples) {
    walk.sample = 0;
    ++walk.combination;
  }
  return true;
}

std::uint64_t PlanSource::left() const {
  const auto add = [](std::uint64_t sum, const Walk& walk) { return sum + walk.combination; };
  return plan_.cells() - std::accumulate(walks_.begin(), walks_.end(), std::uint64_t{0}, add);
}

}  // namespace cachewitness::app
