#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include <fmt/format.h>

#include "model/fleet_model.h"
#include "verdict/explain.h"
#include "verdict/judgement.h"

namespace cachewitness::testing_support {
namespace {

using verdict::Cause;
using verdict::State;

struct Tally {
  std::uint64_t cells = 0;
  std::uint64_t wrong_fresh = 0;                 // old content passed
  std::uint64_t wrong_stale = 0;                 // new content blamed
  std::uint64_t stale = 0;                       // told stale, rightly
  std::uint64_t wrong_cause = 0;                 // among those
  std::uint64_t shields_across = 0;              // rightly blamed for what only several edges together show
  std::map<std::string, std::uint64_t> classes;  // "story told as cause"
  std::string first_wrong;
};

void judge_fleet(std::uint64_t seed, Tally& tally) {
  FleetModel model(seed);
  EvidenceBuilder world;
  const auto truths = model.run(world);
  verdict::Judge judge(world.header, world.roster);
  std::size_t told = 0;
  const auto tell = [&] {
    for (; told < world.evidence.size(); ++told) {
      judge.add(world.evidence[told]);
    }
  };
  tell();
  model.look_again(world, judge.suspects());
  tell();
  for (const FleetModel::Truth& truth : truths) {
    const verdict::Verdict verdict = judge.verdict_of(EvidenceBuilder::cell(truth.place));
    ++tally.cells;
    const bool is_new = truth.causes.contains(Cause::none);
    const bool is_wrong_fresh = verdict.state == State::fresh && !is_new;
    const bool is_wrong_stale = verdict.state != State::fresh && is_new;
    const bool is_wrong_cause = !is_wrong_fresh && !is_wrong_stale && !truth.causes.contains(verdict.cause);
    tally.wrong_fresh += is_wrong_fresh ? 1 : 0;
    tally.wrong_stale += is_wrong_stale ? 1 : 0;
    tally.stale += verdict.state == State::stale && !is_new ? 1 : 0;
    tally.wrong_cause += is_wrong_cause ? 1 : 0;
    const bool is_across = verdict.cause == Cause::shield_not_purged && verdict.why.contains("the very same object");
    tally.shields_across += is_across && truth.story == Story::kept_by_shield ? 1 : 0;
    if (is_wrong_fresh || is_wrong_stale || is_wrong_cause) {
      const std::string slug(entry(verdict.cause).slug);
      ++tally.classes[fmt::format("{} told as {}", name(truth.story), slug)];
      if (tally.first_wrong.empty() || is_wrong_fresh) {
        tally.first_wrong = fmt::format("seed {}, edge {}, tenant {}: {} told as {} by {}: {}\n{}\n{}", seed,
                                        truth.place.edge, truth.place.tenant, name(truth.story), slug, verdict.rule,
                                        verdict.why, truth.details, explain(judge, EvidenceBuilder::cell(truth.place)));
      }
    }
  }
}

TEST(Model, VerdictsStandUpToWhatReallyHappened) {
  Tally tally;
  for (std::uint64_t seed = 1; tally.cells < 100'000; ++seed) {
    judge_fleet(seed, tally);
  }
  std::string classes;
  for (const auto& [what, count] : tally.classes) {
    classes += fmt::format("{:6} {}\n", count, what);
  }
  RecordProperty("stale", std::to_string(tally.stale));
  RecordProperty("wrong_causes", std::to_string(tally.wrong_cause));
  RecordProperty("shields_across", std::to_string(tally.shields_across));
  RecordProperty("classes", classes);
  EXPECT_EQ(tally.wrong_fresh, 0u);
  EXPECT_EQ(tally.wrong_stale, 0u);
  EXPECT_GT(tally.stale, tally.cells / 20) << "a model in which nothing goes wrong shows nothing";
  EXPECT_GT(tally.shields_across, 100u) << "edges behind a shield that kept the old version";
  EXPECT_LT(tally.wrong_cause * 100, tally.stale) << "one wrong cause in a hundred is too many";
  if (HasFailure()) {
    ADD_FAILURE() << tally.cells << " cells, " << tally.stale << " stale\n" << classes << tally.first_wrong;
  }
}

}  // namespace
}  // namespace cachewitness::testing_support
