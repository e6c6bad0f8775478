// CellView: everything that a rule may look at to judge one cell. Built by a dossier, which it must not
// outlive; read by the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/run_header.h"
#include "verdict/generation.h"
#include "verdict/leak_sighting.h"
#include "verdict/notebook.h"
#include "verdict/purge_failures.h"
#include "verdict/sighting.h"
#include "verdict/truth.h"
#include "verdict/version.h"

namespace cachewitness::verdict {

class LeakBook;

// One answer of the edge, read against truth and baseline.
struct Look {
  const Sighting* seen = nullptr;
  VersionReading version;
  Dating dating;

  [[nodiscard]] bool is_current() const { return version.is(Version::current); }
  // The edge's own trouble (5xx, 429), made for this request: it says nothing about what is stored.
  [[nodiscard]] bool is_own_error() const {
    return (seen->status >= 500 || seen->status == 429) && !seen->is_from_store();
  }
  [[nodiscard]] bool is_not_current() const { return version.is(Version::previous) || version.is(Version::other); }
};

// How the edges that answered for one variant of an asset hold it.
struct Spread {
  std::uint32_t answered = 0;
  std::uint32_t kept = 0;  // of these, with nothing but what the purge never removed

  [[nodiscard]] bool is_kept_everywhere() const { return answered > 0 && kept == answered; }
};

// The very object that an edge serves, of one version and one age, at other edges: they have it from one source. Null
// where no edge is like that.
struct SharedCopy {
  const Sighting* fetched = nullptr;   // by an edge that says that it fetched it for this very request
  const Sighting* newcomer = nullptr;  // at an edge that held another object before the deploy
};

// One exchange with the provider that was seen twice; null where none was.
struct Twin {
  const Sighting* own = nullptr;
  const Sighting* other = nullptr;
};

// Another URL of the same resource, whose cell is current: the same edge and tenant.
struct AliasSeen {
  std::string spelling;  // of the target, or the whole URL
  std::uint64_t evidence = 0;
};

// How far it goes that nothing shows the purge: every cell that answered keeps what was there before.
struct Unreached {
  enum class Scope : std::uint8_t { none, tenant, environment };
  Scope scope = Scope::none;
  std::uint64_t cells = 0;
};

// At one edge, a server that gives old answers alone, while all others give new ones alone.
struct ServerSplit {
  const Sighting* old = nullptr;  // of this cell
  std::uint64_t old_answers = 0;
  std::uint64_t current_elsewhere = 0;
};

struct CellView {
  const evidence::RunHeader* header = nullptr;
  const Notebook* notebook = nullptr;
  evidence::Cell cell;
  std::string_view environment;  // names, for people
  std::string_view edge;
  std::string_view tenant;
  std::string_view variant;
  std::uint32_t servers = 1;      // that hide behind the edge's address, as far as known
  std::size_t sampled_edges = 1;  // of the run: those that hide several servers
  const Truth* resolved_truth = nullptr;
  std::span<const Text> truth_cores;  // ETag cores of the truth, those of other content codings included
  const Sighting* baseline = nullptr;
  std::optional<VersionReading> baseline_version;
  // Answers, oldest first; those that decide nothing are set aside.
  std::vector<Look> looks;
  // The edge's own errors, and another version within the propagation deadline, where better answers followed.
  std::vector<const Sighting*> set_aside;
  std::vector<const Sighting*> failures;  // no answer, oldest first
  // Answers of sibling variants that are current throughout, of the very URL that this cell was asked for by.
  std::vector<const Sighting*> other_variants_current;

  // Of this cell alone; empty where nothing of the kind was seen.
  std::span<const LeakSighting> leaks;
  const LeakBook* leak_book = nullptr;  // null where `leaks` is empty

  Spread spread;      // this cell's edge among them; empty where every answer of the cell is current
  SharedCopy shared;  // of the first answer that is not current, where its age says that it was there before the purge

  Twin twin;
  const PurgeFailures* purge_failures = nullptr;
  // Of variants that have a URL of their own; a survey adds the spellings of the target.
  std::vector<AliasSeen> aliases_current;
  // Filled in by a survey, where an answer of the cell is not current.
  Unreached unreached;
  std::optional<ServerSplit> split;

  [[nodiscard]] const Truth& truth() const { return *resolved_truth; }
  [[nodiscard]] const evidence::PurgeTimes& purge() const { return header->purge; }
  // The first answer of that version; null where there is none.
  [[nodiscard]] const Look* first(Version version) const;
  // The first answer whose content is not current.
  [[nodiscard]] const Look* first_not_current() const;
  // HTTP keeps the two, of different variants, apart: by a Vary (RFC 9111 4.1) that names what their requests differ
  // in, or visibly by their content codings. Where nobody knows what the requests were, any Vary will do.
  [[nodiscard]] bool are_variants(const Sighting& a, const Sighting& b) const;
  // Another version of the asset, rather than an answer that the edge made itself: a refusal, an error page.
  [[nodiscard]] bool is_other_copy(const Look& look) const;
  [[nodiscard]] const Look* first_other_copy() const;
  // Every answer is current, and there is one.
  [[nodiscard]] bool is_current() const;
  // Over how many connections answers came from `since` on: a connection stays with one server.
  [[nodiscard]] std::size_t connections_since(base::Instant since) const;
  // The chance that these would have met one stale server of `servers` equal ones (plan/sampling.h).
  [[nodiscard]] double detection_power(base::Instant since) const;
  // What that chance has to be for the policy's confidence in the whole run, which other such edges share.
  [[nodiscard]] double power_needed() const;
  // Whether it is: by as many connections as the plan takes, or by the servers that they are known to have met.
  [[nodiscard]] bool reaches_confidence(base::Instant since) const;
  // "status 404, digest 5f3a..., ETag ..." for expected and observed; peer bytes.
  [[nodiscard]] static std::string describe(const Sighting& sighting);
  [[nodiscard]] std::string describe_truth() const;

 private:
  [[nodiscard]] std::vector<std::uint64_t> connections(base::Instant since) const;  // sorted, each once
};

}  // namespace cachewitness::verdict
