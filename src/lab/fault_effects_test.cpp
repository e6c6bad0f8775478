// Each planted fault as a visitor meets it, bytes and times included.
#include <zlib.h>

#include "support/lab_fixture.h"

namespace cachewitness::lab {
namespace {

class FaultEffects : public LabFixture {
 protected:
  // Warm caches, then the fault, a deploy, and five seconds later a purge.
  void deploy_and_purge_with(FaultKind kind) {
    warm();
    plant(kind);
    deploy(2);
    visitor_.let_pass(std::chrono::seconds(5));
    purge_answer_ = purge();
    visitor_.let_pass(std::chrono::seconds(1));
  }

  testing::Sight purge_answer_;
};

TEST_F(FaultEffects, NodeNotPurgedAcknowledgesAndKeepsTheObjectOfThatTenantOnly) {
  const std::string_view other = "/tenant-abc/asset.js";
  get("", other);
  deploy_and_purge_with(FaultKind::node_not_purged);
  EXPECT_EQ(purge_answer_.status, 200);
  const auto kept = get();
  EXPECT_EQ(release_of(kept), "1");
  EXPECT_EQ(kept.field("x-cache"), "HIT");
  EXPECT_EQ(kept.field("age"), "6");
  EXPECT_EQ(purge("", other).status, 200);
  EXPECT_EQ(release_of(get("", other)), "2");
}

TEST_F(FaultEffects, VariantNotPurgedKeepsTheGzipVariant) {
  warm();
  const std::string old_tag = get(gzip).field("etag");
  deploy_and_purge_with(FaultKind::variant_not_purged);
  EXPECT_EQ(release_of(get()), "2");
  const auto kept = get(gzip);
  EXPECT_EQ(kept.field("x-cache"), "HIT");
  EXPECT_EQ(kept.field("etag"), old_tag);
}

TEST_F(FaultEffects, RefillFromOldReplicaIsYoungAndOld) {
  deploy_and_purge_with(FaultKind::refill_from_old_replica);
  for (const std::string_view variant : {std::string_view(), gzip}) {
    const auto refilled = get(variant);
    EXPECT_EQ(refilled.field("x-cache"), "HIT");
    EXPECT_EQ(refilled.field("age"), "1");  // generated after the purge
  }
  EXPECT_EQ(release_of(get()), "1");
}

TEST_F(FaultEffects, NegativeCacheKeepsA404ThatTheOriginNoLongerSends) {
  deploy_and_purge_with(FaultKind::negative_cache);
  const auto missing = get();
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.field("x-cache"), "HIT");
  EXPECT_EQ(missing.field("age"), "1");
  EXPECT_EQ(get(gzip).status, 404);
}

TEST_F(FaultEffects, RedirectCachedKeepsA301) {
  deploy_and_purge_with(FaultKind::redirect_cached);
  const auto moved = get();
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(moved.field("location"), "/maintenance.html");
  EXPECT_EQ(moved.field("age"), "1");
}

TEST_F(FaultEffects, StaleWhileRevalidateServesTheOldPageOnce) {
  deploy_and_purge_with(FaultKind::stale_while_revalidate);
  EXPECT_EQ(purge_answer_.status, 200);
  const auto stale = get();
  EXPECT_EQ(release_of(stale), "1");
  EXPECT_EQ(stale.field("x-cache"), "STALE");
  visitor_.let_pass(std::chrono::seconds(1));
  EXPECT_EQ(release_of(get()), "2");
}

TEST_F(FaultEffects, HeaderDriftChangesCacheControlAlone) {
  deploy_and_purge_with(FaultKind::header_drift);
  const auto drifted = get();
  EXPECT_EQ(drifted.field("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(release_of(drifted), "2");
}

TEST_F(FaultEffects, NoAgeLeavesAgeOutAndRewritesDate) {
  const std::string first_date = get().field("date");
  plant(FaultKind::no_age);
  visitor_.let_pass(std::chrono::seconds(90));
  const auto hit = get();
  EXPECT_EQ(hit.field("x-cache"), "HIT");
  EXPECT_EQ(hit.fields.count("age"), 0U);
  EXPECT_NE(hit.field("date"), first_date);
}

TEST_F(FaultEffects, ClockSkewShowsInDateAndInAgeEvenOnAMiss) {
  plant(FaultKind::clock_skew, "us-west-1", "");
  const auto miss = get();
  EXPECT_EQ(miss.field("x-cache"), "MISS");
  EXPECT_EQ(miss.field("age"), "2220");
  EXPECT_EQ(miss.field("date"), http_date(settings().anchor.at(network_.now()) + clock_skew));
}

TEST_F(FaultEffects, GzipBrokenCannotBeDecodedToItsEnd) {
  plant(FaultKind::gzip_broken);
  auto broken = get(gzip);
  ASSERT_TRUE(broken.is_whole);
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(8192, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(broken.body.data());
  stream.avail_in = static_cast<uInt>(broken.body.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_NE(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(release_of(get()), "1");  // the plain variant is sound
}

TEST_F(FaultEffects, SlowTakes400MillisecondsAndIsRight) {
  plant(FaultKind::slow, "us-west-1", "");
  const base::Tick before = network_.now();
  const auto answer = get();
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(network_.now() - before, slow_delay);
}

TEST_F(FaultEffects, BadDeliveriesNeverGiveAWholeAnswer) {
  struct Row {
    FaultKind kind;
    bool has_head;
    bool is_closed;
  };
  const Row rows[] = {{FaultKind::drip, false, false},
                      {FaultKind::hang_mid_head, false, false},
                      {FaultKind::reset_mid_body, true, true}};
  for (const Row& row : rows) {
    SCOPED_TRACE(entry(row.kind).slug);
    ASSERT_TRUE(lab_->reset().has_value());
    plant(row.kind, "us-west-1", "");
    const auto answer = get();
    EXPECT_FALSE(answer.is_whole);
    EXPECT_EQ(answer.status != 0, row.has_head);
    EXPECT_EQ(answer.was_closed, row.is_closed);
  }
}

TEST_F(FaultEffects, Status5xxAndDownStrikeEveryTenantOfTheServer) {
  plant(FaultKind::status_5xx, "us-west-1", "");
  EXPECT_EQ(get().status, 503);
  EXPECT_EQ(get("", "/tenant-abc/asset.js").status, 503);
  plant(FaultKind::down, "us-west-1", "");
  const auto refused = get();
  EXPECT_EQ(refused.status, 0);
  ASSERT_TRUE(refused.failure.has_value());
  EXPECT_EQ(refused.failure->cause, base::FailureCause::refused);
}

TEST_F(FaultEffects, EndWithAReset) {
  plant(FaultKind::down, "us-west-1", "");
  plant(FaultKind::status_5xx, "us-west-2", "");
  plant(FaultKind::down, "origin-2", "");
  const base::SocketAddress before = edge();
  ASSERT_TRUE(lab_->reset().has_value());
  EXPECT_EQ(edge(), before);
  EXPECT_EQ(get().status, 200);
  EXPECT_EQ(visitor_.ask(edge(1), "GET", host, page).status, 200);
  EXPECT_TRUE(lab_->planted().empty());
}

}  // namespace
}  // namespace cachewitness::lab
