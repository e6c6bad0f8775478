#include "lab/sweep.h"

#include "support/lab_fixture.h"

namespace cachewitness::lab {
namespace {

class SweepTest : public LabFixture {
 protected:
  SweepTally sweep(std::vector<SweepRequest> requests, std::size_t concurrency = 8) {
    SweepSettings settings;
    settings.concurrency = concurrency;
    Sweep one(network_, std::move(requests), settings);
    return one.run(network_.now() + std::chrono::seconds(60));
  }
};

TEST_F(SweepTest, WarmsPurgesAndDeploysARunningLab) {
  const std::size_t pages = 2 * 4;  // edges and tenants
  EXPECT_EQ(sweep(purges(lab_->directory())).of(404), pages);
  EXPECT_EQ(sweep(visits(lab_->directory())).of(200), 2 * pages);
  EXPECT_EQ(origin_requests(), 2 * pages);
  EXPECT_EQ(sweep(visits(lab_->directory()), 1).of(200), 2 * pages);
  EXPECT_EQ(origin_requests(), 2 * pages);  // all of them were hits
  EXPECT_EQ(sweep({control_request(lab_->directory(), "/deploy?release=2")}).of(200), 1U);
  EXPECT_EQ(sweep(purges(lab_->directory())).of(200), pages);
  EXPECT_EQ(release_of(get()), "2");
}

TEST_F(SweepTest, CountsWhatFailsAndTellsTheFirstReason) {
  plant(FaultKind::down, "us-west-1", "");
  const SweepTally tally = sweep(purges(lab_->directory()));
  EXPECT_EQ(tally.failures, 4U);
  EXPECT_EQ(tally.of(404), 4U);
  EXPECT_TRUE(tally.first_failure.starts_with("refused")) << tally.first_failure;
}

TEST_F(SweepTest, GivesUpAtTheDeadlineAndSaysHowManyAreOpen) {
  plant(FaultKind::hang_mid_head, "us-west-1", "");
  SweepSettings settings;
  settings.timeout = std::chrono::seconds(10);
  Sweep one(network_, visits(lab_->directory()), settings);
  const SweepTally& tally = one.run(network_.now() + std::chrono::seconds(1));
  EXPECT_EQ(tally.of(200), 8U);
  EXPECT_EQ(tally.unfinished, 8U);
}

TEST_F(SweepTest, TimesOutWhatHangs) {
  plant(FaultKind::hang_mid_head, "us-west-1", "");
  const SweepTally tally = sweep(visits(lab_->directory()));
  EXPECT_EQ(tally.failures, 8U);
  EXPECT_EQ(tally.unfinished, 0U);
  EXPECT_TRUE(tally.first_failure.starts_with("timeout")) << tally.first_failure;
}

TEST_F(SweepTest, AsksAgainWhereAKeptConnectionHadBeenClosed) {
  SweepSettings settings;
  Sweep warm(network_, visits(lab_->directory()), settings);
  warm.run(network_.now() + std::chrono::seconds(10));
  // The edges' kept upstream connections die with the replicas and come back on other connections.
  plant(FaultKind::down, "origin-1", "");
  plant(FaultKind::down, "origin-2", "");
  ASSERT_TRUE(lab_->reset().has_value());
  EXPECT_EQ(sweep(visits(lab_->directory())).of(200), 16U);
}

}  // namespace
}  // namespace cachewitness::lab
