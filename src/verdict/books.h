// Books: every sighting of a run, filed by the asset, tenant and environment that it is a sighting of, and
// the dossier of each on demand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "evidence/evidence.h"
#include "evidence/run_header.h"
#include "verdict/dossier.h"
#include "verdict/notebook.h"

namespace cachewitness::verdict {

class Books {
 public:
  // Requires: both outlive it; the roster's edges, replicas and variants are complete.
  Books(const evidence::RunHeader& header, const evidence::Roster& roster);
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;
  ~Books() = default;

  void add(const evidence::Evidence& evidence);

  // What belongs with the cell; empty where nothing of it was seen.
  [[nodiscard]] Dossier dossier(const evidence::Cell& cell) const;
  // In order of first appearance. What is visited does not outlive the visit.
  void for_each_dossier(const std::function<void(const Dossier&)>& visit) const;

  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }
  [[nodiscard]] const evidence::Roster& roster() const { return roster_; }
  [[nodiscard]] const Notebook& notebook() const { return notebook_; }
  // Bytes held for what was added.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Subject {
    std::uint32_t environment = 0;  // numbered by this class
    evidence::TenantId tenant;
    evidence::AssetId asset;

    friend bool operator==(const Subject&, const Subject&) = default;
  };
  struct File {
    Subject subject;
    Trail trail;
  };

  [[nodiscard]] static std::size_t hash_of(const Subject& subject);
  // Where the subject's file is noted in slots_, or is to be.
  [[nodiscard]] std::size_t slot_of(const Subject& subject) const;
  [[nodiscard]] File& file_of(const Subject& subject);
  void grow();

  const evidence::RunHeader& header_;
  const evidence::Roster& roster_;
  Notebook notebook_;
  Expectations expectations_;
  std::vector<std::uint32_t> environment_of_edge_;
  std::vector<std::uint32_t> environment_of_replica_;
  std::deque<File> files_;            // does not move what it holds when it grows
  std::vector<std::uint32_t> slots_;  // open addressing; index into files_ + 1, 0 = empty
  std::size_t last_ = 0;              // the file that was added to last: edges are asked for the same thing in turn
};

}  // namespace cachewitness::verdict
