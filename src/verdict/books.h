// Books: every sighting of a run, filed by the asset, tenant and environment that it is a sighting of, and
// the dossier of each on demand.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "evidence/evidence.h"
#include "evidence/run_header.h"
#include "verdict/dossier.h"

namespace cachewitness::verdict {

class Books {
 public:
  // Requires: both outlive it; the roster's edges, replicas and variants are complete.
  Books(const evidence::RunHeader& header, const evidence::Roster& roster);

  void add(const evidence::Evidence& evidence);

  // What belongs with the cell; empty where nothing of it was seen.
  [[nodiscard]] Dossier dossier(const evidence::Cell& cell) const;
  // In order of first appearance.
  void for_each_dossier(const std::function<void(const Dossier&)>& visit) const;

  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }
  [[nodiscard]] const evidence::Roster& roster() const { return roster_; }
  [[nodiscard]] const Notebook& notebook() const { return notebook_; }

 private:
  struct Subject {
    std::uint32_t environment = 0;  // numbered by this class
    evidence::TenantId tenant;
    evidence::AssetId asset;

    friend bool operator==(const Subject&, const Subject&) = default;
  };
  struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept;
  };
  struct File {
    Subject subject;
    std::uint32_t last = 0;   // the sighting that came last; Sighting::next leads to the one before it
    std::uint32_t count = 0;  // of sightings
  };

  [[nodiscard]] Dossier dossier_of(const File& file) const;

  const evidence::RunHeader& header_;
  const evidence::Roster& roster_;
  Notebook notebook_;
  Expectations expectations_;
  std::vector<std::uint32_t> environment_of_edge_;
  std::vector<std::uint32_t> environment_of_replica_;
  std::unordered_map<Subject, std::uint32_t, SubjectHash> numbers_;  // into files_
  std::vector<File> files_;
};

}  // namespace cachewitness::verdict
