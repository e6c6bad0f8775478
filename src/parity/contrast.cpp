#include "parity/contrast.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cachewitness::parity {

namespace {

using Sets = std::vector<std::vector<std::uint32_t>>;

bool agree(const Sets& sets) {
  const std::vector<std::uint32_t>* first = nullptr;
  for (const auto& set : sets) {
    if (set.empty()) {
      continue;
    }
    if (first != nullptr && *first != set) {
      return false;
    }
    first = &set;
  }
  return true;
}

void sort_and_unite(std::vector<std::uint32_t>& set) {
  std::ranges::sort(set);
  const auto repeated = std::ranges::unique(set);
  set.erase(repeated.begin(), repeated.end());
}

TraitIds trait_of(const std::vector<TraitIds>& behaviour, std::uint32_t what) {
  const auto found = std::ranges::find(behaviour, what, &TraitIds::what);
  return found == behaviour.end() ? TraitIds{what, Sightings::absent, Sightings::absent} : *found;
}

// Whether every environment shows the same behaviours: nearly always, and then no trait needs a look.
bool behave_alike(std::span<const Sighting> seen, std::span<const std::size_t> environment_of,
                  std::size_t environments) {
  Sets behaviours(environments);
  for (const Sighting& sighting : seen) {
    if (sighting.behaviour != Sighting::unanswered) {
      behaviours[environment_of[sighting.edge]].push_back(sighting.behaviour);
    }
  }
  std::ranges::for_each(behaviours, sort_and_unite);
  return agree(behaviours);
}

Contrast contrast_of(const Sightings& sightings, std::span<const Sighting> seen,
                     std::span<const std::size_t> environment_of, std::uint32_t what, Sets& raws) {
  Contrast contrast;
  contrast.what = what;
  contrast.seen.resize(raws.size());
  contrast.values.resize(raws.size());
  for (const Sighting& sighting : seen) {
    if (sighting.behaviour == Sighting::unanswered) {
      continue;
    }
    const std::size_t environment = environment_of[sighting.edge];
    const TraitIds trait = trait_of(sightings.behaviour(sighting.behaviour), what);
    contrast.seen[environment].push_back({evidence::EdgeId{sighting.edge}, trait.value, trait.raw});
    contrast.values[environment].push_back(trait.value);
    raws[environment].push_back(trait.raw);
  }
  std::ranges::for_each(contrast.values, sort_and_unite);
  std::ranges::for_each(raws, sort_and_unite);
  return contrast;
}

void keep_what_does_not_follow(const Sightings& sightings, std::vector<Contrast>& contrasts) {
  const auto is = [&](const Contrast& contrast, std::string_view what) {
    return sightings.what(contrast.what) == what;
  };
  if (std::ranges::any_of(contrasts, [&](const Contrast& contrast) { return is(contrast, "status"); })) {
    std::erase_if(contrasts, [&](const Contrast& contrast) {
      return !is(contrast, "status") && !is(contrast, "protocol") && !is(contrast, "tls");
    });
  }
}

}  // namespace

bool Contrast::differ(std::size_t one, std::size_t other) const {
  return !values[one].empty() && !values[other].empty() && (is_mapped || values[one] != values[other]);
}

std::vector<evidence::EdgeId> Contrast::deviating(std::size_t one, std::size_t other) const {
  std::vector<evidence::EdgeId> edges;
  for (const Seen& each : seen[one]) {
    if (is_mapped || !std::ranges::binary_search(values[other], each.value)) {
      edges.push_back(each.edge);
    }
  }
  return edges;
}

std::vector<bool> Contrast::conforming() const {
  std::map<std::vector<std::uint32_t>, std::pair<std::size_t, std::size_t>> supporters;  // how many, the last one
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].empty()) {
      auto& [count, last] = supporters[values[i]];
      ++count;
      last = i;
    }
  }
  const auto most = std::ranges::max_element(supporters, {}, [](const auto& entry) { return entry.second; });
  std::vector<bool> conforms;
  for (const auto& set : values) {
    conforms.push_back(set.empty() || set == most->first);
  }
  return conforms;
}

std::vector<Contrast> find_contrasts(const Sightings& sightings, std::span<const Sighting> seen,
                                     std::span<const std::size_t> environment_of, std::size_t environments) {
  std::vector<Contrast> contrasts;
  if (behave_alike(seen, environment_of, environments)) {
    return contrasts;
  }
  std::set<std::uint32_t> whats;
  for (const Sighting& sighting : seen) {
    if (sighting.behaviour != Sighting::unanswered) {
      for (const TraitIds& trait : sightings.behaviour(sighting.behaviour)) {
        whats.insert(trait.what);
      }
    }
  }
  for (const std::uint32_t what : whats) {
    Sets raws(environments);
    Contrast contrast = contrast_of(sightings, seen, environment_of, what, raws);
    contrast.is_mapped = agree(contrast.values) && !agree(raws);
    if (contrast.is_mapped || !agree(contrast.values)) {
      contrasts.push_back(std::move(contrast));
    }
  }
  keep_what_does_not_follow(sightings, contrasts);
  return contrasts;
}

}  // namespace cachewitness::parity
