#include "verdict/books.h"

#include <map>
#include <string>

namespace cachewitness::verdict {

namespace {

constexpr std::uint32_t no_sighting = 0xFFFFFFFF;
static_assert(sizeof(Sighting) <= 168, "a million sightings must fit in memory");

template <typename Entry>
std::vector<std::uint32_t> number_environments(const std::vector<Entry>& entries,
                                               std::map<std::string, std::uint32_t, std::less<>>& numbers) {
  std::vector<std::uint32_t> out;
  for (const Entry& entry : entries) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    out.push_back(numbers.try_emplace(entry.environment, next).first->second);
  }
  return out;
}

}  // namespace

std::size_t Books::SubjectHash::operator()(const Subject& subject) const noexcept {
  std::uint64_t h = (std::uint64_t{subject.tenant.value} << 32 | subject.asset.value) * 0x9E3779B97F4A7C15ULL;
  h ^= subject.environment + (h >> 29);
  return static_cast<std::size_t>(h * 0xBF58476D1CE4E5B9ULL ^ (h >> 32));
}

Books::Books(const evidence::RunHeader& header, const evidence::Roster& roster)
    : header_(header), roster_(roster), notebook_(header.policy), expectations_(header.expect, notebook_) {
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  environment_of_edge_ = number_environments(roster.edges, numbers);
  environment_of_replica_ = number_environments(roster.replicas, numbers);
}

void Books::add(const evidence::Evidence& evidence) {
  // Ids that the roster does not know come from a damaged file: there is no cell to file them under.
  const bool is_origin = evidence.role == evidence::Role::origin;
  if (is_origin ? evidence.replica.index() >= environment_of_replica_.size()
                : evidence.cell.edge.index() >= environment_of_edge_.size()) {
    return;
  }
  if (evidence.cell.variant.index() >= roster_.variants.size()) {
    return;
  }
  const auto sighting = notebook_.add(evidence);
  if (!sighting) {
    return;
  }
  const Subject subject{
      is_origin ? environment_of_replica_[evidence.replica.index()] : environment_of_edge_[evidence.cell.edge.index()],
      evidence.cell.tenant, evidence.cell.asset};
  const auto [place, is_first] = numbers_.try_emplace(subject, static_cast<std::uint32_t>(files_.size()));
  if (is_first) {
    files_.push_back({subject, no_sighting, 0});
  }
  File& file = files_[place->second];
  notebook_.at(*sighting).next = file.last;
  file.last = *sighting;
  ++file.count;
}

Dossier Books::dossier_of(const File& file) const {
  std::vector<const Sighting*> sightings;
  sightings.reserve(file.count);
  for (std::uint32_t at = file.last; at != no_sighting; at = sightings.back()->next) {
    sightings.push_back(&notebook_.at(at));
  }
  return {{header_, roster_, notebook_, expectations_}, file.subject.tenant, file.subject.asset, std::move(sightings)};
}

Dossier Books::dossier(const evidence::Cell& cell) const {
  const Subject subject{environment_of_edge_.at(cell.edge.index()), cell.tenant, cell.asset};
  const auto found = numbers_.find(subject);
  return dossier_of(found == numbers_.end() ? File{subject, no_sighting, 0} : files_[found->second]);
}

void Books::for_each_dossier(const std::function<void(const Dossier&)>& visit) const {
  for (const File& file : files_) {
    visit(dossier_of(file));
  }
}

}  // namespace cachewitness::verdict
