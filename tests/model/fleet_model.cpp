#include "model/fleet_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace cachewitness::testing_support {

namespace {

using verdict::Cause;

constexpr double never = 1e9;
constexpr double baseline_at = -110;
constexpr double origin_asked_at = 50;
constexpr double first_look_at = 60;

std::string date_of(double second) {
  const std::time_t whole = at_second(second).ns / 1'000'000'000;
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(whole));
}

std::string body_of(std::uint32_t tenant, bool is_new) {
  return fmt::format("{}-of-tenant-{}", is_new ? "new" : "old", tenant);
}

}  // namespace

const char* name(Story story) {
  constexpr std::array names{"new version",   "kept",          "kept by the shield", "refilled early",
                             "refilled late", "served softly", "unreachable"};
  return names.at(static_cast<std::size_t>(story));
}

// SplitMix64, so that a seed means the same on every machine.
std::uint64_t FleetModel::next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double FleetModel::between(double least, double most) {
  return least + (most - least) * (static_cast<double>(next() >> 11) * 0x1p-53);
}

FleetModel::FleetModel(std::uint64_t seed) : state_(seed) {
  tenants_ = static_cast<std::uint32_t>(2 + below(8));
  make_origin();
  make_edges();
  misaddress_some_purges();
}

void FleetModel::make_origin() {
  for (double& ready : ready_at_) {
    ready = between(-60, -2);
  }
  if (chance(0.25)) {
    ready_at_[below(2)] = between(2, 25);
  }
  if (chance(0.15)) {
    ready_at_[0] = ready_at_[1] = between(2, 25);
  }
  if (chance(0.15)) {
    ready_at_[below(2)] = never;
  }
}

FleetModel::Cache FleetModel::make_cache(double purge_fails) {
  Cache cache;
  cache.purge = chance(purge_fails) ? Purge::lost : chance(0.15) ? Purge::soft : Purge::hard;
  cache.purged_at = between(0.1, 20);
  if (chance(0.85)) {
    const double stored = between(-4000, -130);
    cache.object = {.is_there = true, .generated_at = stored, .stored_at = stored, .lifetime = between(60, 86'400)};
  }
  return cache;
}

void FleetModel::make_edges() {
  for (std::uint64_t i = 0, count = 1 + below(5); i < count; ++i) {
    Edge edge;
    edge.has_shield = chance(0.4);
    edge.sends_age = chance(0.8);
    edge.keeps_date = chance(0.5);
    edge.tells_marks = chance(0.7);
    edge.clock_error = chance(0.1) ? between(-7200, 7200) : 0;
    for (std::uint32_t tenant = 0; tenant < tenants_; ++tenant) {
      edge.caches.push_back(make_cache(0.15));
    }
    edges_.push_back(std::move(edge));
  }
  for (std::uint32_t tenant = 0; tenant < tenants_; ++tenant) {
    shield_.push_back(make_cache(0.2));
    shield_.back().purge = shield_.back().purge == Purge::soft ? Purge::hard : shield_.back().purge;
  }
}

void FleetModel::misaddress_some_purges() {
  for (std::uint32_t tenant = 0; tenant < tenants_; ++tenant) {
    if (chance(0.05)) {
      for (Edge& edge : edges_) {
        edge.caches[tenant].purge = Purge::lost;
      }
      shield_[tenant].purge = Purge::lost;
    }
  }
}

FleetModel::Object FleetModel::ask_origin(double now) {
  const double ready = ready_at_[below(2)];
  Object object{.is_there = true, .is_new = now >= ready, .generated_at = now, .stored_at = now};
  object.lifetime = between(120, 86'400);
  if (object.is_new) {
    object.story = Story::new_version;
  } else if (now > 0) {
    object.story = ready <= origin_asked_at ? Story::refilled_early : Story::refilled_late;
  }
  return object;
}

// A purge takes what is there at its moment, and nothing that comes later.
void FleetModel::apply_purge(Cache& cache, double now) const {
  Object& object = cache.object;
  if (cache.purge == Purge::lost || now < cache.purged_at || !object.is_there || object.stored_at >= cache.purged_at) {
    return;
  }
  if (cache.purge == Purge::hard) {
    object.is_there = false;
  } else {
    object.is_soft = true;
  }
}

FleetModel::Object FleetModel::ask_shield(std::uint32_t tenant, double now) {
  Cache& cache = shield_[tenant];
  apply_purge(cache, now);
  if (!cache.object.is_there || now - cache.object.generated_at >= cache.object.lifetime) {
    cache.object = ask_origin(now);
  }
  return cache.object;
}

FleetModel::Answer FleetModel::ask_edge(Edge& edge, std::uint32_t tenant, double now) {
  Cache& cache = edge.caches[tenant];
  apply_purge(cache, now);
  const Object before = cache.object;
  const bool is_expired = before.is_there && now - before.generated_at >= before.lifetime;
  if (before.is_there && !is_expired && !before.is_soft) {
    return {before, Mark::hit};
  }
  Object fetched = edge.has_shield ? ask_shield(tenant, now) : ask_origin(now);
  if (fetched.story == Story::kept) {
    fetched.story = Story::kept_by_shield;
  }
  fetched.stored_at = now;
  cache.object = fetched;
  if (before.is_soft && !is_expired) {  // RFC 5861 3: this one still gets what was there
    Object soft = before;
    soft.story = before.is_new ? Story::new_version : Story::served_softly;
    return {soft, Mark::stale, fetched.story};
  }
  return {fetched, before.is_there ? Mark::expired : Mark::miss};
}

Reply FleetModel::reply_of(const Edge& edge, std::uint32_t tenant, const Answer& answer, double now) const {
  Reply reply{.body = body_of(tenant, answer.object.is_new), .at = now};
  if (answer.is_lost) {
    reply = failing(base::FailureCause::timeout);
    reply.at = now;
    return reply;
  }
  const bool is_from_store = answer.mark == Mark::hit || answer.mark == Mark::stale || edge.has_shield;
  const double age = std::max(0.0, std::floor(now - answer.object.generated_at));
  if (edge.sends_age && is_from_store) {
    reply.fields += fmt::format("Age: {:.0f}\r\n", age);
  }
  const double dated = edge.keeps_date ? answer.object.generated_at : now;
  reply.fields += fmt::format("Date: {}\r\n", date_of(dated + edge.clock_error));
  if (edge.tells_marks) {
    constexpr std::array marks{"hit", "fwd=uri-miss", "fwd=stale", "hit; ttl=-5"};
    reply.fields += fmt::format("Cache-Status: edge; {}\r\n", marks.at(static_cast<std::size_t>(answer.mark)));
  }
  return reply;
}

// What can be told apart is told apart: these are the causes that would leave the same evidence.
std::set<Cause> FleetModel::causes_of(Story story, const Edge& edge, const Answer& answer) const {
  const bool is_dated = edge.sends_age && edge.clock_error == 0;
  const bool is_lagging = std::ranges::max(ready_at_) > origin_asked_at;
  switch (story) {
    case Story::new_version:
      return {Cause::none};
    case Story::unreachable:
      return {Cause::timeout};
    case Story::served_softly: {
      if (answer.next == Story::new_version) {
        return {Cause::stale_while_revalidate};
      }
      // What was fetched is old as well: the cell is stale for two reasons, and either may be told.
      std::set<Cause> causes = causes_of(answer.next, edge, {answer.object, Mark::hit});
      causes.insert({Cause::stale_while_revalidate, Cause::never_purged});
      return causes;
    }
    default:
      break;
  }
  std::set<Cause> causes;
  if (story == Story::kept) {
    causes = {Cause::never_purged};
  } else if (story == Story::kept_by_shield) {
    // Once an edge stored what a shield gave it, its answers are those of an edge that was never purged.
    causes = {Cause::shield_not_purged};
    if (answer.mark == Mark::hit || !edge.tells_marks) {
      causes.insert(Cause::never_purged);
    }
  } else {
    causes = {story == Story::refilled_early ? Cause::purged_before_origin_ready : Cause::stale_origin_replica};
    // One replica became new late and the other never: which of the two an edge asked leaves no trace.
    if (is_lagging) {
      causes.insert({Cause::purged_before_origin_ready, Cause::stale_origin_replica});
    }
  }
  if (!is_dated) {
    causes.insert({Cause::never_purged, Cause::shield_not_purged, Cause::purged_before_origin_ready});
    if (is_lagging) {
      causes.insert(Cause::stale_origin_replica);
    }
  }
  return causes;
}

FleetModel::Truth FleetModel::truth_of(const Place& place, const Edge& edge, const Answer& answer) const {
  const Story story = answer.is_lost ? Story::unreachable : answer.object.story;
  return {.place = place,
          .story = story,
          .causes = causes_of(story, edge, answer),
          .details =
              fmt::format("edge: shield {}, Age {}, {} Date, marks {}, clock {:+.0f} s; replicas new at {:.1f}, {:.1f}",
                          edge.has_shield, edge.sends_age, edge.keeps_date ? "kept" : "own", edge.tells_marks,
                          edge.clock_error, ready_at_[0], ready_at_[1])};
}

namespace {

// Where no edge shows anything of the purge, it may as well have named something else: nobody can tell from outside.
void allow_misaddressed(std::vector<FleetModel::Truth>& truths) {
  std::map<std::uint32_t, bool> is_kept_everywhere;
  const auto is_kept = [](Story story) { return story == Story::kept || story == Story::kept_by_shield; };
  for (const FleetModel::Truth& truth : truths) {
    bool& is_so_far = is_kept_everywhere.try_emplace(truth.place.tenant, true).first->second;
    is_so_far = is_so_far && (is_kept(truth.story) || truth.story == Story::unreachable);
  }
  for (FleetModel::Truth& truth : truths) {
    if (is_kept(truth.story) && is_kept_everywhere[truth.place.tenant]) {
      truth.causes.insert(Cause::purge_misaddressed);
    }
  }
}

}  // namespace

std::vector<FleetModel::Truth> FleetModel::run(EvidenceBuilder& world) {
  world.roster.edges.clear();
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    world.roster.edges.push_back(
        {"production", "all", fmt::format("edge-{}", i), fmt::format("127.0.0.{}:80", i + 1), "", 1});
  }
  while (world.roster.tenants.size() < tenants_) {
    world.roster.tenants.intern(fmt::format("tenant-{}", world.roster.tenants.size()));
  }
  world.header.has_baseline = true;

  enum class Event : std::uint8_t { user, baseline, look };
  std::vector<std::tuple<double, Event, Place>> events;
  for (std::uint32_t e = 0; e < edges_.size(); ++e) {
    for (std::uint32_t tenant = 0; tenant < tenants_; ++tenant) {
      const Place place{.edge = e, .tenant = tenant};
      events.emplace_back(baseline_at + between(0, 5), Event::baseline, place);
      for (std::uint64_t users = below(4); users > 0; --users) {
        events.emplace_back(between(-100, first_look_at - 1), Event::user, place);
      }
      events.emplace_back(first_look_at + between(0, 5), Event::look, place);
    }
  }
  std::ranges::sort(events, {}, [](const auto& event) { return std::get<double>(event); });

  std::vector<Truth> truths;
  for (std::uint32_t tenant = 0; tenant < tenants_; ++tenant) {
    for (std::uint32_t replica = 0; replica < 2; ++replica) {
      const bool is_new = origin_asked_at >= ready_at_[replica];
      world.origin({.body = body_of(tenant, is_new), .at = origin_asked_at}, replica, {.tenant = tenant});
    }
  }
  for (const auto& [now, event, place] : events) {
    Edge& edge = edges_[place.edge];
    Answer answer = ask_edge(edge, place.tenant, now);
    if (event == Event::baseline) {
      world.baseline(reply_of(edge, place.tenant, answer, now), place);
    } else if (event == Event::look) {
      answer.is_lost = chance(0.01);
      world.probe(reply_of(edge, place.tenant, answer, now), place);
      truths.push_back(truth_of(place, edge, answer));
    }
  }
  allow_misaddressed(truths);
  return truths;
}

void FleetModel::look_again(EvidenceBuilder& world, const std::vector<evidence::Cell>& cells) {
  for (const evidence::Cell& cell : cells) {
    Edge& edge = edges_[cell.edge.index()];
    const Answer answer = ask_edge(edge, cell.tenant.value, second_look_at_);
    world.probe(reply_of(edge, cell.tenant.value, answer, second_look_at_),
                {.edge = cell.edge.value, .tenant = cell.tenant.value});
    second_look_at_ += 0.01;
  }
}

}  // namespace cachewitness::testing_support
