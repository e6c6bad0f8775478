#include "verdict/books.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "base/assert.h"

namespace cachewitness::verdict {

namespace {

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

// At least one: the number is a share of something only where there is such an edge.
std::size_t count_sampled(const evidence::Roster& roster) {
  const auto hides_servers = [](const evidence::EdgeEntry& edge) { return edge.servers > 1; };
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(1, std::ranges::count_if(roster.edges, hides_servers)));
}

}  // namespace

std::size_t Books::hash_of(const Subject& subject) {
  std::uint64_t h = (std::uint64_t{subject.tenant.value} << 32 | subject.asset.value) * 0x9E3779B97F4A7C15ULL;
  h ^= subject.environment + (h >> 29);
  h *= 0xBF58476D1CE4E5B9ULL;
  return static_cast<std::size_t>(h ^ (h >> 32));
}

std::size_t Books::slot_of(const Subject& subject) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(subject) & mask;
  while (slots_[slot] != 0 && files_[slots_[slot] - 1].subject != subject) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void Books::grow() {
  slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    slots_[slot_of(files_[i].subject)] = static_cast<std::uint32_t>(i + 1);
  }
}

std::size_t Books::file_of(const Subject& subject, std::size_t likely) {
  if (likely < files_.size() && files_[likely].subject == subject) {
    return likely;
  }
  if ((files_.size() + 1) * 4 > slots_.size() * 3) {
    grow();
  }
  std::uint32_t& number = slots_[slot_of(subject)];
  if (number == 0) {
    CW_ASSERT(files_.size() < 0xFFFFFFF0U);
    files_.push_back({subject, {}});
    number = static_cast<std::uint32_t>(files_.size());
  }
  return number - 1;
}

Books::Books(const evidence::RunHeader& header, const evidence::Roster& roster)
    : header_(header),
      roster_(roster),
      notebook_(header.policy, roster),
      expectations_(header.expect),
      purge_failures_(header.purge),
      background_{header_, roster_, notebook_, expectations_, purge_failures_, count_sampled(roster)} {
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  environment_of_edge_ = number_environments(roster.edges, numbers);
  environment_of_replica_ = number_environments(roster.replicas, numbers);
  next_of_edge_.resize(roster.edges.size());
  next_of_replica_.resize(roster.replicas.size());
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
  if (!Notebook::is_telling(evidence)) {
    return;
  }
  std::size_t& next =
      is_origin ? next_of_replica_[evidence.replica.index()] : next_of_edge_[evidence.cell.edge.index()];
  const std::size_t file = file_of(
      {is_origin ? environment_of_replica_[evidence.replica.index()] : environment_of_edge_[evidence.cell.edge.index()],
       evidence.cell.tenant, evidence.cell.asset},
      next);
  next = file + 1;
  files_[file].plain = Plain::unknown;
  notebook_.add(evidence, files_[file].trail);
}

Dossier Books::dossier(const evidence::Cell& cell) const {
  const Subject subject{environment_of_edge_.at(cell.edge.index()), cell.tenant, cell.asset};
  const std::uint32_t number = slots_.empty() ? 0 : slots_[slot_of(subject)];
  Dossier dossier(background_);
  dossier.take(cell.tenant, cell.asset, number == 0 ? Trail{} : files_[number - 1].trail);
  return dossier;
}

void Books::for_each_dossier(const std::function<Plain(const Dossier&)>& visit,
                             const std::function<void(Plain, std::span<const evidence::Cell>)>& visit_plain) const {
  Dossier dossier(background_);
  std::vector<evidence::Cell> cells;
  for (const File& file : files_) {
    if (file.plain == Plain::unknown || file.plain == Plain::no) {
      dossier.take(file.subject.tenant, file.subject.asset, file.trail);
      file.plain = visit(dossier);
    } else if (visit_plain) {
      notebook_.read_cells(file.trail, file.subject.tenant, file.subject.asset, cells);
      visit_plain(file.plain, cells);
    }
  }
}

void Books::for_every_dossier(const std::function<void(const Dossier&)>& visit) const {
  Dossier dossier(background_);
  for (const File& file : files_) {
    dossier.take(file.subject.tenant, file.subject.asset, file.trail);
    visit(dossier);
  }
}

std::size_t Books::memory_bytes() const {
  return notebook_.memory_bytes() + files_.size() * sizeof(File) + slots_.capacity() * sizeof(std::uint32_t);
}

}  // namespace cachewitness::verdict
