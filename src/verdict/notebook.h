// Notebook: every sighting of a run, a dozen bytes or two each, so that ten million fit in memory. Strings that
// answers share are kept once, the rest are packed numbers; what is read back is what was written down.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_table.h"
#include "evidence/evidence.h"
#include "manifest/policy.h"
#include "verdict/edge_profile.h"
#include "verdict/head_reader.h"
#include "verdict/ledger.h"
#include "verdict/nodes_before.h"
#include "verdict/nodes_met.h"
#include "verdict/provider_reader.h"
#include "verdict/sighting.h"

namespace cachewitness::verdict {

// Where the sightings of one asset of one tenant in one environment are: each leads to the one before it.
struct Trail {
  static constexpr std::uint32_t none = 0xFFFFFFFF;
  std::array<std::uint32_t, 3> last{none, none, none};  // by role
  std::uint32_t version = 0;                            // Sighting::version of what was added last: mostly the next's
};

class Notebook {
 public:
  // Requires: the roster outlives it, and its edges and replicas are complete.
  Notebook(const manifest::Policy& policy, const evidence::Roster& roster);
  Notebook(const Notebook&) = delete;
  Notebook& operator=(const Notebook&) = delete;
  ~Notebook() = default;

  // False where the evidence says nothing about the peer: we cancelled the request.
  [[nodiscard]] static bool is_telling(const evidence::Evidence& evidence);
  // Requires: is_telling(evidence); the roster has its edge, or the replica of an origin's.
  void add(const evidence::Evidence& evidence, Trail& trail);
  // All of a trail, in the place of what `out` held.
  void read(const Trail& trail, evidence::TenantId tenant, evidence::AssetId asset, std::vector<Sighting>& out) const;
  // The cells that probes of a trail were for, sorted, each once, in the place of what `out` held.
  void read_cells(const Trail& trail, evidence::TenantId tenant, evidence::AssetId asset,
                  std::vector<evidence::Cell>& out) const;
  [[nodiscard]] std::size_t size() const;

  // Field names of the policy's `compare`, in its order, "status" left out.
  [[nodiscard]] const std::vector<std::string>& compared() const { return compared_; }
  // The joined value of compared()[index].
  [[nodiscard]] Text field(const Sighting& sighting, std::size_t index) const;
  // The vendor's own words about its cache, "x-cache: HIT"; empty where it says nothing.
  [[nodiscard]] std::string words_of(const Sighting& sighting) const;
  [[nodiscard]] std::string url_of(const Sighting& sighting) const;
  // What the URL of the trail's last probe has before the asset, with nothing in the place of its edge's and its
  // region's names. Requires: there was a probe.
  [[nodiscard]] std::string base_url_of(const Trail& trail, evidence::TenantId tenant) const;
  [[nodiscard]] std::string_view edge_name(evidence::EdgeId edge) const { return roster_.edge(edge).name; }
  // The edge says that it answered from its store, and in words that would have said so if that had been stale.
  [[nodiscard]] bool says_fresh(const Sighting& sighting) const;
  // Of the edge: as the manifest names it, else as most of its answers have it.
  [[nodiscard]] http::Provider provider_of(evidence::EdgeId edge) const;

  struct Timing {
    evidence::EdgeId edge;
    bool is_answer = false;
    base::Duration took{};
    std::uint64_t connection = 0;
  };
  // Of every probe, in order of arrival, some at a time.
  void for_each_timing(const std::function<void(std::span<const Timing>)>& visit) const;

  // Of the edge's answers to probes.
  [[nodiscard]] EdgeProfile profile_of(evidence::EdgeId edge) const;
  [[nodiscard]] AgeMode age_mode_of(evidence::EdgeId edge) const;
  // As EdgeProfile::nodes_seen.
  [[nodiscard]] std::size_t nodes_seen(evidence::EdgeId edge) const;
  // Whom the connections of an edge met, where it hides several servers; empty where it does not.
  [[nodiscard]] const NodesMet& nodes_met(evidence::EdgeId edge) const;
  // Who answered at the edge before the deploy, by Sighting::node.
  [[nodiscard]] const NodesBefore& nodes_before(evidence::EdgeId edge) const;
  // The name that the server gave itself; empty where it did not.
  [[nodiscard]] std::string_view node_of(const Sighting& sighting) const;

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  // What the last head of an edge or a replica was read as: the next is mostly read the same.
  struct Lane {
    explicit Lane(const FieldNames& names) : heads(names) {}

    HeadReader heads;
    ProviderReader::State provider;
    bool is_identity_noted = false;  // in the profile
    http::CacheMark mark = http::CacheMark::none;
    EdgeProfiler profiler;
    bool hides_servers = false;
    std::uint32_t node = 0;  // number of the name of who answered; 0 = unnamed
    NodesMet nodes_met;
    NodesBefore nodes_before;
    std::int64_t age = 0;  // as in the ledger, like all that follow
    std::int64_t date = 0;
    bool is_date_absolute = false;  // does not depend on when it was received
    std::uint32_t trace = 0;
    std::uint32_t words = 0;
    std::uint32_t url = 0;
    std::uint32_t form = 0;
    bool has_form = false;  // and it is the form of an answer like this:
    int status = 0;
    bool is_broken = false;
    bool is_empty = false;
  };

  [[nodiscard]] Lane& lane_of(const evidence::Evidence& evidence);
  void read_response(const evidence::Evidence& evidence, const Trail& trail, Lane& lane, Ledger::Row& row);
  void read_dating(FieldNames::Uses changed, base::Instant received_at, Lane& lane) const;
  void note_words(Lane& lane);
  static void note_profile(const evidence::Evidence& evidence, const Ledger::Row& row, Lane& lane);
  [[nodiscard]] bool is_seen_empty(const evidence::Response& response) const;
  [[nodiscard]] std::optional<std::string> targeted_lines(const HeadReader& head) const;
  std::uint32_t form_of_answer(const evidence::Response& response, const HeadReader& head);
  std::uint32_t form_of_failure(const base::Failure& failure);
  void start_form(int status, base::FailureCause cause, base::Stage stage, int flags);
  std::uint32_t intern_form(bool is_answer);
  std::uint32_t version_of(const evidence::Response& response, const HeadReader& head, std::uint32_t likely);
  std::uint32_t url_pattern_of(const evidence::Evidence& evidence, std::uint32_t likely);

  void read_row(const Ledger::Row& row, Sighting& sighting) const;
  void read_form(Sighting& sighting) const;
  void read_version(Sighting& sighting) const;

  const evidence::Roster& roster_;
  bool reads_bodies_;
  std::vector<std::string> compared_;
  std::vector<Text Sighting::*> kept_;  // parallel to compared_; null where a sighting does not keep the field anyway
  std::vector<std::size_t> targeted_;   // numbers of names in fields_: RFC 9213 and its like
  std::vector<std::size_t> further_;    // numbers of names in fields_: compared and kept nowhere else
  FieldNames fields_;
  ProviderReader providers_;
  std::vector<Lane> lanes_;  // by EdgeId, then by ReplicaId

  // Serialised parts of sightings; numbers in the ledger are one more than here, 0 stands for none.
  base::StringTable forms_;
  base::StringTable versions_;
  base::StringTable words_;
  base::StringTable traces_;
  base::StringTable urls_;
  base::StringTable nodes_;
  std::vector<bool> is_answer_;  // by form
  std::array<Ledger, 3> rows_;   // by role
  std::string key_;              // for its capacity
};

}  // namespace cachewitness::verdict
