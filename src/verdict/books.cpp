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
      leaks_(header, roster),
      background_{header_, roster_, notebook_, expectations_, purge_failures_, leaks_, count_sampled(roster)} {
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  environment_of_edge_ = number_environments(roster.edges, numbers);
  environment_of_replica_ = number_environments(roster.replicas, numbers);
  environments_ = static_cast<std::uint32_t>(numbers.size());
  next_of_edge_.resize(roster.edges.size());
  next_of_replica_.resize(roster.replicas.size());
}

// Ids that the roster does not know come from a damaged file: there is no cell to file them under.
bool Books::is_known(const evidence::Evidence& evidence) const {
  const bool is_origin = evidence.role == evidence::Role::origin;
  const bool has_place = is_origin ? evidence.replica.index() < environment_of_replica_.size()
                                   : evidence.cell.edge.index() < environment_of_edge_.size();
  return has_place && evidence.cell.variant.index() < roster_.variants.size();
}

Books::Subject Books::subject_of(const evidence::Evidence& evidence) const {
  const std::uint32_t environment = evidence.role == evidence::Role::origin
                                        ? environment_of_replica_[evidence.replica.index()]
                                        : environment_of_edge_[evidence.cell.edge.index()];
  return {environment, evidence.cell.tenant, evidence.cell.asset};
}

void Books::add_leak(const evidence::Evidence& evidence) {
  leaks_.add(evidence);
  const std::uint32_t number = slots_.empty() ? 0 : slots_[slot_of(subject_of(evidence))];
  if (number != 0) {
    files_[number - 1].plain = Plain::unknown;
  }
}

void Books::add(const evidence::Evidence& evidence) {
  if (!is_known(evidence) || !Notebook::is_telling(evidence)) {
    return;
  }
  if (evidence.role == evidence::Role::leak) {
    return add_leak(evidence);
  }
  leaks_.add(evidence);
  const evidence::Response* response = evidence.response();
  if (response != nullptr && response->body.masked_bytes > 0 && evidence.role != evidence::Role::baseline) {
    ++masked_.answers;
    masked_.bytes += response->body.masked_bytes;
  }
  std::size_t& next = evidence.role == evidence::Role::origin ? next_of_replica_[evidence.replica.index()]
                                                              : next_of_edge_[evidence.cell.edge.index()];
  const std::size_t file = file_of(subject_of(evidence), next);
  next = file + 1;
  files_[file].plain = Plain::unknown;
  notebook_.add(evidence, files_[file].trail);
}

CellView Books::leak_view(const evidence::Cell& cell) const {
  CellView view;
  view.header = &header_;
  view.notebook = &notebook_;
  view.cell = cell;
  view.edge = roster_.edge(cell.edge).name;
  view.tenant = roster_.tenant(cell.tenant);
  view.variant = roster_.variant(cell.variant);
  view.leaks = leaks_.of(cell);
  view.leak_book = &leaks_;
  return view;
}

Dossier Books::dossier(const evidence::Cell& cell) const {
  const Subject subject{environment_of(cell.edge), cell.tenant, cell.asset};
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

void Books::for_each_site(
    const std::function<void(std::uint32_t, evidence::TenantId, const std::string&)>& visit) const {
  std::vector<bool> is_seen(environments_ * roster_.tenants.size());
  for (const File& file : files_) {
    const Subject& subject = file.subject;
    const std::size_t site = subject.environment * roster_.tenants.size() + subject.tenant.index();
    const bool is_probed = file.trail.last.at(static_cast<std::size_t>(evidence::Role::probe)) != Trail::none;
    if (is_probed && !is_seen[site]) {
      is_seen[site] = true;
      visit(subject.environment, subject.tenant, notebook_.base_url_of(file.trail, subject.tenant));
    }
  }
}

std::size_t Books::memory_bytes() const {
  return notebook_.memory_bytes() + files_.size() * sizeof(File) + slots_.capacity() * sizeof(std::uint32_t);
}

}  // namespace cachewitness::verdict
