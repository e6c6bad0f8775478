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
  constexpr std::array names{"new version",     "kept",          "kept by the shield",
                             "refilled early",  "refilled late", "served softly",
                             "kept while away", "given twice",   "unreachable"};
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
  has_alias_ = chance(0.2);
  is_behind_proxy_ = chance(0.04);
  proxy_.resize(subjects());
  make_origin();
  make_edges();
  misaddress_some_purges();
  refuse_some_purges();
  forget_the_other_spelling();
  swap_some_servers();
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
    edge.name = fmt::format("edge-{}", i);
    edge.has_shield = chance(0.4);
    edge.sends_age = chance(0.8);
    edge.keeps_date = chance(0.5);
    edge.tells_marks = chance(0.7) && !is_behind_proxy_;
    edge.names_servers = chance(0.5) && !is_behind_proxy_;
    edge.clock_error = chance(0.1) ? between(-7200, 7200) : 0;
    for (std::uint32_t tenant = 0; tenant < tenants_; ++tenant) {
      edge.is_looked_at.push_back(i == 0 || chance(0.9));
    }
    for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
      edge.caches.push_back(make_cache(0.15));
      edge.is_refused.push_back(edge.caches.back().purge == Purge::lost && chance(0.2));
    }
    edges_.push_back(std::move(edge));
  }
  for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
    shield_.push_back(make_cache(0.2));
    shield_.back().purge = shield_.back().purge == Purge::soft ? Purge::hard : shield_.back().purge;
  }
}

void FleetModel::lose_purge(std::uint32_t subject) {
  for (Edge& edge : edges_) {
    edge.caches[subject].purge = Purge::lost;
  }
  shield_[subject].purge = Purge::lost;
}

void FleetModel::misaddress_some_purges() {
  for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
    if (chance(0.05)) {
      lose_purge(subject);
    }
  }
}

void FleetModel::refuse_some_purges() {
  for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
    is_refused_.push_back(chance(0.05));
    if (is_refused_.back()) {
      lose_purge(subject);
    }
  }
}

void FleetModel::forget_the_other_spelling() {
  for (std::uint32_t subject = tenants_; subject < subjects(); ++subject) {
    if (chance(0.3)) {
      lose_purge(subject);
    }
  }
}

void FleetModel::swap_some_servers() {
  for (Edge& edge : edges_) {
    if (!is_behind_proxy_ && chance(0.06)) {
      edge.swapped_at = between(21, 50);
      while (edge.other_caches.size() < subjects()) {
        edge.other_caches.push_back(make_cache(1.0));
      }
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

FleetModel::Object FleetModel::ask_shield(std::uint32_t subject, double now) {
  Cache& cache = shield_[subject];
  apply_purge(cache, now);
  if (!cache.object.is_there || now - cache.object.generated_at >= cache.object.lifetime) {
    cache.object = ask_origin(now);
  }
  return cache.object;
}

FleetModel::Answer FleetModel::ask_edge(Edge& edge, std::uint32_t subject, double now) {
  const bool is_swapped = edge.swapped_at > 0 && now >= edge.swapped_at;
  Cache& cache = is_swapped ? edge.other_caches[subject] : edge.caches[subject];
  apply_purge(cache, now);
  const Object before = cache.object;
  const bool is_expired = before.is_there && now - before.generated_at >= before.lifetime;
  if (before.is_there && !is_expired && !before.is_soft) {
    Answer answer{before, Mark::hit};
    answer.is_of_other_server = is_swapped;
    if (is_swapped && before.story == Story::kept) {
      answer.object.story = Story::kept_while_away;
    }
    return answer;
  }
  Object fetched = edge.has_shield ? ask_shield(subject, now) : ask_origin(now);
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
  Answer answer{fetched, before.is_there ? Mark::expired : Mark::miss};
  answer.is_of_other_server = is_swapped;
  return answer;
}

// What the prober gets: from the edge, or from the proxy before it.
FleetModel::Answer FleetModel::ask_path(const Place& place, double now) {
  constexpr double kept_for = 20;
  Kept& kept = proxy_[subject_of(place)];
  if (is_behind_proxy_ && now < kept.since + kept_for) {
    ++times_given_[kept.answer.ray];
    return kept.answer;
  }
  Answer answer = ask_edge(edges_[place.edge], subject_of(place), now);
  answer.ray = fmt::format("{:016x}-FRA", ++exchanges_);
  ++times_given_[answer.ray];
  kept = {answer, now};
  return answer;
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
  std::string server = "edge";
  if (edge.names_servers) {
    server = fmt::format("{}-{}", edge.name, answer.is_of_other_server ? "b" : "a");
    reply.fields += fmt::format("Via: 1.1 {} (squid/6.1)\r\n", server);
  }
  if (is_behind_proxy_) {
    reply.fields += fmt::format("CF-Ray: {}\r\n", answer.ray);
  }
  if (edge.tells_marks) {
    constexpr std::array marks{"hit", "fwd=uri-miss", "fwd=stale", "hit; ttl=-5"};
    reply.fields += fmt::format("Cache-Status: {}; {}\r\n", server, marks.at(static_cast<std::size_t>(answer.mark)));
  }
  return reply;
}

// Of an answer whose age nobody knows, or whose old version was never seen.
void FleetModel::add_undated_causes(const Place& place, std::set<Cause>& causes) const {
  const Edge& edge = edges_[place.edge];
  const std::uint32_t subject = subject_of(place);
  if (!edge.sends_age || edge.clock_error != 0) {
    causes.insert({Cause::never_purged, Cause::shield_not_purged, Cause::purged_before_origin_ready});
    if (std::ranges::max(ready_at_) > origin_asked_at) {
      causes.insert(Cause::stale_origin_replica);
    }
    if (is_refused_[subject] || edge.is_refused[subject]) {
      causes.insert(Cause::purge_failed);
    }
  }
  if (!edge.is_looked_at[place.tenant]) {
    causes.insert({Cause::never_purged, Cause::unknown_version, Cause::no_age});
    if (edge.clock_error != 0) {
      causes.insert(Cause::clock_skew);
    }
  }
}

// What can be told apart is told apart: these are the causes that would leave the same evidence.
std::set<Cause> FleetModel::causes_of(Story story, const Place& place, const Answer& answer) const {
  const Edge& edge = edges_[place.edge];
  const std::uint32_t subject = subject_of(place);
  const bool is_kept = story == Story::kept || story == Story::kept_by_shield || story == Story::kept_while_away;
  std::set<Cause> causes;
  switch (story) {
    case Story::new_version:
      return {Cause::none};
    case Story::unreachable:
      return {Cause::timeout};
    case Story::given_twice:
      return {Cause::downstream_cache};
    case Story::served_softly:
      if (answer.next == Story::new_version) {
        return {Cause::stale_while_revalidate};
      }
      // What was fetched is old as well: the cell is stale for two reasons, and either may be told.
      causes = causes_of(answer.next, place, {answer.object, Mark::hit});
      causes.insert({Cause::stale_while_revalidate, Cause::never_purged});
      return causes;
    case Story::kept:
      causes = {Cause::never_purged};
      break;
    case Story::kept_by_shield:
      // Once an edge stored what a shield gave it, its answers are those of an edge that was never purged.
      causes = {Cause::shield_not_purged};
      if (answer.mark == Mark::hit || !edge.tells_marks) {
        causes.insert(Cause::never_purged);
      }
      break;
    case Story::kept_while_away:
      // Four answers of one server before the deploy are as few as show that there was no other.
      causes = {edge.names_servers && std::ranges::count(edge.is_looked_at, true) * (has_alias_ ? 2 : 1) >= 4
                    ? Cause::absent_during_purge
                    : Cause::never_purged};
      break;
    default:
      causes = {story == Story::refilled_early ? Cause::purged_before_origin_ready : Cause::stale_origin_replica};
      // One replica became new late and the other never: which of the two an edge asked leaves no trace.
      if (std::ranges::max(ready_at_) > origin_asked_at) {
        causes.insert({Cause::purged_before_origin_ready, Cause::stale_origin_replica});
      }
      break;
  }
  if (is_kept && (is_refused_[subject] || edge.is_refused[subject])) {
    causes = {Cause::purge_failed};
  }
  add_undated_causes(place, causes);
  // A server that came back, with an object that may as well be its own.
  const bool may_be_kept = causes.contains(Cause::never_purged);
  if (answer.is_of_other_server && edge.names_servers && may_be_kept) {
    causes.insert(Cause::absent_during_purge);
  }
  return causes;
}

FleetModel::Truth FleetModel::truth_of(const Place& place, const Answer& answer) const {
  const Edge& edge = edges_[place.edge];
  const Story story = answer.is_lost ? Story::unreachable : answer.object.story;
  return {.place = place,
          .story = story,
          .causes = causes_of(story, place, answer),
          .details =
              fmt::format("edge: shield {}, Age {}, {} Date, marks {}, clock {:+.0f} s; replicas new at {:.1f}, {:.1f}",
                          edge.has_shield, edge.sends_age, edge.keeps_date ? "kept" : "own", edge.tells_marks,
                          edge.clock_error, ready_at_[0], ready_at_[1])};
}

namespace {

// Where no edge shows anything of the purge, it may as well have named something else: nobody can tell from outside.
void allow_misaddressed(std::vector<FleetModel::Truth>& truths) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> is_kept_everywhere;
  const auto subject_of = [](const FleetModel::Truth& truth) {
    return std::pair(truth.place.tenant, truth.place.asset);
  };
  const auto is_kept = [](Story story) {
    return story == Story::kept || story == Story::kept_by_shield || story == Story::kept_while_away;
  };
  for (const FleetModel::Truth& truth : truths) {
    bool& is_so_far = is_kept_everywhere.try_emplace(subject_of(truth), true).first->second;
    is_so_far = is_so_far && (is_kept(truth.story) || truth.story == Story::unreachable);
  }
  for (FleetModel::Truth& truth : truths) {
    if (is_kept(truth.story) && is_kept_everywhere[subject_of(truth)]) {
      truth.causes.insert(Cause::purge_misaddressed);
    }
  }
}

}  // namespace

void FleetModel::note_purge_failures(EvidenceBuilder& world) const {
  const auto note = [&](std::uint32_t subject, const std::string& edge) {
    evidence::PurgeFailure failure;
    failure.item = fmt::format("https://{}.example{}", world.roster.tenants.at(subject % tenants_),
                               world.roster.assets.at(subject / tenants_));
    failure.environment = "production";
    failure.edge = edge;
    world.header.purge.failures.push_back(std::move(failure));
  };
  for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
    if (is_refused_[subject]) {
      note(subject, "");
    }
    for (const Edge& edge : edges_) {
      if (edge.is_refused[subject]) {
        note(subject, edge.name);
      }
    }
  }
}

void FleetModel::find_what_was_given_twice(const std::vector<std::string>& rays, std::vector<Truth>& truths) const {
  for (std::size_t i = 0; is_behind_proxy_ && i < truths.size(); ++i) {
    Truth& truth = truths[i];
    if (times_given_.at(rays[i]) > 1) {
      truth.story = Story::given_twice;
      truth.causes = {Cause::downstream_cache};
    } else if (!truth.causes.contains(Cause::none)) {
      truth.causes.insert(Cause::downstream_cache);  // once it is looked at again
    }
  }
}

// One spelling new and the other kept: whether the purge forgot that one or did not reach it looks the same.
void FleetModel::allow_aliases(std::vector<Truth>& truths) const {
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> is_new;
  for (const Truth& truth : truths) {
    if (truth.story == Story::new_version) {
      is_new.emplace(truth.place.edge, truth.place.tenant, truth.place.asset);
    }
  }
  for (Truth& truth : truths) {
    const bool is_other_new =
        has_alias_ && is_new.contains({truth.place.edge, truth.place.tenant, 1 - truth.place.asset});
    if (is_other_new && !truth.causes.contains(Cause::none)) {
      truth.causes.insert(Cause::alias_not_purged);
    }
  }
}

std::vector<FleetModel::Truth> FleetModel::run(EvidenceBuilder& world) {
  world.roster.edges.clear();
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    world.roster.edges.push_back({"production", "all", edges_[i].name, fmt::format("127.0.0.{}:80", i + 1),
                                  is_behind_proxy_ ? "cloudflare" : "", 1});
  }
  while (world.roster.tenants.size() < tenants_) {
    world.roster.tenants.intern(fmt::format("tenant-{}", world.roster.tenants.size()));
  }
  if (has_alias_) {
    world.roster.assets.intern("/Asset.js");
  }
  world.header.has_baseline = true;
  note_purge_failures(world);

  enum class Event : std::uint8_t { user, baseline, look };
  std::vector<std::tuple<double, Event, Place>> events;
  for (std::uint32_t e = 0; e < edges_.size(); ++e) {
    for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
      const Place place{.edge = e, .tenant = subject % tenants_, .asset = subject / tenants_};
      if (edges_[e].is_looked_at[place.tenant]) {
        events.emplace_back(baseline_at + between(0, 5), Event::baseline, place);
      }
      for (std::uint64_t users = below(4); users > 0; --users) {
        events.emplace_back(between(-100, first_look_at - 1), Event::user, place);
      }
      events.emplace_back(first_look_at + between(0, 5), Event::look, place);
    }
  }
  std::ranges::sort(events, {}, [](const auto& event) { return std::get<double>(event); });

  std::vector<Truth> truths;
  std::vector<std::string> rays;  // of the looks that the truths are of
  for (std::uint32_t subject = 0; subject < subjects(); ++subject) {
    const Place place{.tenant = subject % tenants_, .asset = subject / tenants_};
    for (std::uint32_t replica = 0; replica < 2; ++replica) {
      const bool is_new = origin_asked_at >= ready_at_[replica];
      world.origin({.body = body_of(place.tenant, is_new), .at = origin_asked_at}, replica, place);
    }
  }
  for (const auto& [now, event, place] : events) {
    Edge& edge = edges_[place.edge];
    if (event == Event::user) {
      ask_edge(edge, subject_of(place), now);
      continue;
    }
    Answer answer = ask_path(place, now);
    if (event == Event::baseline) {
      world.baseline(reply_of(edge, place.tenant, answer, now), place);
    } else if (event == Event::look) {
      answer.is_lost = !is_behind_proxy_ && chance(0.01);
      world.probe(reply_of(edge, place.tenant, answer, now), place);
      truths.push_back(truth_of(place, answer));
      rays.push_back(answer.ray);
    }
  }
  allow_misaddressed(truths);
  allow_aliases(truths);
  find_what_was_given_twice(rays, truths);
  return truths;
}

void FleetModel::look_again(EvidenceBuilder& world, const std::vector<evidence::Cell>& cells) {
  for (const evidence::Cell& cell : cells) {
    const Place place{.edge = cell.edge.value, .tenant = cell.tenant.value, .asset = cell.asset.value};
    const Answer answer = ask_path(place, second_look_at_);
    world.probe(reply_of(edges_[place.edge], place.tenant, answer, second_look_at_), place);
    second_look_at_ += 0.01;
  }
}

}  // namespace cachewitness::testing_support
