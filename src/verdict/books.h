// Books: every sighting of a run, filed by the asset, tenant and environment that it is a sighting of, and
// the dossier of each on demand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "evidence/evidence.h"
#include "evidence/run_header.h"
#include "verdict/dossier.h"
#include "verdict/leak_book.h"
#include "verdict/notebook.h"
#include "verdict/purge_failures.h"

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

  // A dossier that says nothing but this: every cell is fresh, of one grade, and its origin gives no trouble.
  enum class Plain : std::uint8_t { unknown, no, consistent, proven };
  // Every dossier, in order of first appearance; it does not outlive the visit. The visit says whether the dossier is
  // plain: until more is added to it, `visit_plain`, where there is one, gets its cells instead.
  void for_each_dossier(const std::function<Plain(const Dossier&)>& visit,
                        const std::function<void(Plain, std::span<const evidence::Cell>)>& visit_plain) const;

  // Every dossier, whether plain or not.
  void for_every_dossier(const std::function<void(const Dossier&)>& visit) const;

  // Every tenant in every environment that it was probed in, with what the URL of one of its cells has before the
  // asset.
  void for_each_site(const std::function<void(std::uint32_t environment, evidence::TenantId,
                                              const std::string& base_url)>& visit) const;

  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }
  [[nodiscard]] const evidence::Roster& roster() const { return roster_; }
  [[nodiscard]] const Notebook& notebook() const { return notebook_; }
  [[nodiscard]] const LeakBook& leaks() const { return leaks_; }
  // Environments are numbered from 0, those of replicas included.
  [[nodiscard]] std::uint32_t environments() const { return environments_; }
  [[nodiscard]] std::uint32_t environment_of(evidence::EdgeId edge) const {
    return environment_of_edge_.at(edge.index());
  }
  // What leak rules need of the cell, and no more: nothing of ordinary probes.
  [[nodiscard]] CellView leak_view(const evidence::Cell& cell) const;
  // Answers of edges to ordinary probes and of replicas of which masks took something, and how much.
  struct Masked {
    std::uint64_t answers = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] const Masked& masked() const { return masked_; }
  // Bytes held for what was added.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Subject {
    std::uint32_t environment = 0;  // as environment_of() has it
    evidence::TenantId tenant;
    evidence::AssetId asset;

    friend bool operator==(const Subject&, const Subject&) = default;
  };
  struct File {
    Subject subject;
    Trail trail;
    mutable Plain plain = Plain::unknown;  // what a visit said, nothing that the file holds
  };

  [[nodiscard]] static std::size_t hash_of(const Subject& subject);
  // Where the subject's file is noted in slots_, or is to be.
  [[nodiscard]] std::size_t slot_of(const Subject& subject) const;
  // `likely`: where it probably is.
  [[nodiscard]] std::size_t file_of(const Subject& subject, std::size_t likely);
  void grow();
  // Its environment was numbered.
  [[nodiscard]] bool is_known(const evidence::Evidence& evidence) const;
  [[nodiscard]] Subject subject_of(const evidence::Evidence& evidence) const;
  void add_leak(const evidence::Evidence& evidence);

  const evidence::RunHeader& header_;
  const evidence::Roster& roster_;
  Notebook notebook_;
  Expectations expectations_;
  PurgeFailures purge_failures_;
  LeakBook leaks_;
  Masked masked_;
  Background background_;
  std::uint32_t environments_ = 0;
  std::vector<std::uint32_t> environment_of_edge_;
  std::vector<std::uint32_t> environment_of_replica_;
  std::deque<File> files_;            // does not move what it holds when it grows
  std::vector<std::uint32_t> slots_;  // open addressing; index into files_ + 1, 0 = empty
  // The file after the one that an edge's or a replica's evidence was added to last: all walk the same sequence.
  std::vector<std::size_t> next_of_edge_;
  std::vector<std::size_t> next_of_replica_;
};

}  // namespace cachewitness::verdict
