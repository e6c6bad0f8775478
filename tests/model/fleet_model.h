// FleetModel: a CDN that purges well or badly, simulated from a seed. It gives the evidence that a run would gather,
// and it knows what no run can: how each object came to be where it was found. The clocks count seconds from the purge.
//
// What is modelled: an origin of two replicas that turn to the new version one after the other, too late or never;
// edges with and without a shield in front of the origin; objects with lifetimes; users who fill caches at any time;
// purges that reach a cache late, softly, or not at all, and some that name the wrong thing everywhere; caches that
// send Age or none, keep Date or write their own, say hit and miss or nothing, and whose clocks are wrong; edges that
// nobody looked at before the deploy; servers that were away during the purge; purges that the journal knows to have
// failed; a second spelling of the asset that the purge forgot; a proxy near the prober that keeps answers.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/evidence_builder.h"
#include "verdict/judgement.h"

namespace cachewitness::testing_support {

// How the object of an answer came to be: the truth about a cell.
enum class Story : std::uint8_t {
  new_version,
  kept,             // this very cache held it before the purge and still does
  kept_by_shield,   // the cache was purged, and got it again from a shield that was not
  refilled_early,   // got from the origin after the purge, before that replica was new; it is new by now
  refilled_late,    // got after the purge from a replica that is old even now
  served_softly,    // purged, but served once more while the new version was fetched
  kept_while_away,  // held by a server that was away during the purge, and came back since
  given_twice,      // by a proxy near the prober: the edge was asked for it once, or never
  unreachable,      // no answer
};
[[nodiscard]] const char* name(Story story);

class FleetModel {
 public:
  explicit FleetModel(std::uint64_t seed);

  struct Truth {
    Place place;
    Story story = Story::new_version;  // of the first answer
    std::set<verdict::Cause> causes;   // that the evidence of this cell can be read as; `none` alone: it is fresh
    std::string details;               // for a person who looks at a wrong verdict
  };

  // Everything up to the first look at every cell. `world` starts empty.
  std::vector<Truth> run(EvidenceBuilder& world);
  // A second look, some seconds later.
  void look_again(EvidenceBuilder& world, const std::vector<evidence::Cell>& cells);

 private:
  enum class Mark : std::uint8_t { hit, miss, expired, stale };
  enum class Purge : std::uint8_t { hard, soft, lost };

  struct Object {
    bool is_there = false;
    bool is_new = false;
    double generated_at = 0;
    double stored_at = 0;
    double lifetime = 0;
    Story story = Story::kept;
    bool is_soft = false;  // marked stale by a soft purge: to be served once
  };
  struct Cache {
    Purge purge = Purge::hard;
    double purged_at = 0;
    Object object;
  };
  struct Edge {
    std::string name;
    bool has_shield = false;
    bool names_servers = false;
    double swapped_at = 0;            // from then on the other server answers; 0 = never
    std::vector<Cache> other_caches;  // of that one
    bool sends_age = true;
    bool keeps_date = false;
    bool tells_marks = true;
    double clock_error = 0;
    std::vector<Cache> caches;       // by subject
    std::vector<bool> is_looked_at;  // before the deploy, by tenant
    std::vector<bool> is_refused;    // the purge, by the journal; by subject
  };
  struct Answer {
    Object object;
    Mark mark = Mark::miss;
    Story next = Story::new_version;  // of what the edge stored meanwhile, where the answer was served softly
    bool is_lost = false;
    bool is_of_other_server = false;
    std::string ray = {};  // what marks the exchange, where edges are a CDN's that does
  };
  // What the proxy near the prober keeps, by subject.
  struct Kept {
    Answer answer;
    double since = -1e9;
  };

  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool chance(double share) { return static_cast<double>(next() >> 11) * 0x1p-53 < share; }
  double between(double least, double most);

  void make_origin();
  void make_edges();
  void lose_purge(std::uint32_t subject);
  void misaddress_some_purges();
  void refuse_some_purges();
  void forget_the_other_spelling();
  void swap_some_servers();
  [[nodiscard]] std::uint32_t subjects() const { return tenants_ * (has_alias_ ? 2 : 1); }
  [[nodiscard]] std::uint32_t subject_of(const Place& place) const { return place.asset * tenants_ + place.tenant; }
  Answer ask_path(const Place& place, double now);
  void note_purge_failures(EvidenceBuilder& world) const;
  void allow_aliases(std::vector<Truth>& truths) const;
  void find_what_was_given_twice(const std::vector<std::string>& rays, std::vector<Truth>& truths) const;
  Cache make_cache(double purge_fails);
  Object ask_origin(double now);
  Object ask_shield(std::uint32_t subject, double now);
  void apply_purge(Cache& cache, double now) const;
  Answer ask_edge(Edge& edge, std::uint32_t subject, double now);
  [[nodiscard]] Reply reply_of(const Edge& edge, std::uint32_t tenant, const Answer& answer, double now) const;
  [[nodiscard]] std::set<verdict::Cause> causes_of(Story story, const Place& place, const Answer& answer) const;
  void add_undated_causes(const Place& place, std::set<verdict::Cause>& causes) const;
  [[nodiscard]] Truth truth_of(const Place& place, const Answer& answer) const;

  std::uint64_t state_;
  double ready_at_[2] = {};  // each replica
  std::uint32_t tenants_ = 0;
  std::vector<Edge> edges_;
  std::vector<Cache> shield_;     // by subject
  std::vector<bool> is_refused_;  // the purge everywhere, by the journal; by subject
  bool has_alias_ = false;        // asset 1 is another spelling of asset 0
  bool is_behind_proxy_ = false;
  std::vector<Kept> proxy_;  // by subject
  std::uint64_t exchanges_ = 0;
  std::map<std::string, int> times_given_;  // by what marks the exchange
  double second_look_at_ = 70;
};

}  // namespace cachewitness::testing_support
