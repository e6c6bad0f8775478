// The prober on several networks, a thread each: nothing is lost, doubled or mixed up between them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "probe/prober.h"
#include "support/probe_rig.h"

namespace cachewitness::probe {
namespace {

using namespace std::chrono_literals;
using cachewitness::testing::Answer;
using cachewitness::testing::Asked;
using cachewitness::testing::edge_address;
using cachewitness::testing::Kept;
using cachewitness::testing::MemoryNetwork;
using cachewitness::testing::ok;
using cachewitness::testing::request;
using cachewitness::testing::ScriptedEdge;

// As many requests for each lane, numbered by `sample`. Lanes share nothing that changes.
class CountingSource final : public RequestSource {
 public:
  CountingSource(std::size_t lanes, std::uint16_t each) : asked_(lanes), each_(each) {}

  bool next(std::size_t lane, ProbeRequest& out) override {
    if (asked_[lane] == each_) {
      return false;
    }
    out = request("/a.js");
    out.cell.edge = evidence::EdgeId{static_cast<std::uint32_t>(lane)};
    out.sample = asked_[lane]++;
    return true;
  }
  void open_again() { std::ranges::fill(asked_, std::uint16_t{0}); }

 private:
  std::vector<std::uint16_t> asked_;
  std::uint16_t each_;
};

// Three networks with seven edges, each edge reachable on its own network alone.
class CrewTest : public ::testing::Test {
 protected:
  static constexpr std::size_t lane_count = 7;

  void start(const ScriptedEdge::Script& script) {
    std::vector<ports::Network*> borrowed;
    for (auto& network : networks_) {
      network = std::make_unique<MemoryNetwork>();
      borrowed.push_back(network.get());
    }
    std::vector<LaneTarget> lanes;
    for (std::size_t i = 0; i < lane_count; ++i) {
      const auto address = edge_address(static_cast<std::uint8_t>(i + 1));
      edges_.push_back(std::make_unique<ScriptedEdge>(*networks_[i % networks_.size()], address, script));
      lanes.push_back({.route = address});
    }
    settings_.anchor = {base::Instant{1'700'000'000'000'000'000}, networks_[0]->now()};
    prober_ = std::make_unique<Prober>(borrowed, settings_, std::move(lanes));
  }

  ProbeSettings settings_{
      .concurrency = 30, .timeout = 5s, .user_agent = "cachewitness/test", .anchor = {}, .last_evidence = 1'000};
  std::array<std::unique_ptr<MemoryNetwork>, 3> networks_;
  std::vector<std::unique_ptr<ScriptedEdge>> edges_;
  Kept kept_;
  std::unique_ptr<Prober> prober_;
};

Answer answer_x(const Asked& /*asked*/) { return {ok("x")}; }

TEST_F(CrewTest, GivesEachRequestOfEachLaneItsEvidence) {
  start(answer_x);
  constexpr std::uint16_t each = 1'500;  // more than fits between two threads at once
  CountingSource source(lane_count, each);
  EXPECT_EQ(prober_->run(source, kept_, {}), Prober::End::finished);

  std::map<std::size_t, std::set<std::uint16_t>> samples;
  std::map<std::uint64_t, std::size_t> edge_of_connection;
  std::set<std::uint64_t> ids;
  for (const evidence::Evidence& evidence : kept_.all) {
    ASSERT_NE(evidence.response(), nullptr);
    EXPECT_TRUE(samples[evidence.cell.edge.index()].insert(evidence.sample).second);
    EXPECT_TRUE(ids.insert(evidence.id).second);
    EXPECT_GT(evidence.id, settings_.last_evidence);
    const auto [known, is_new] = edge_of_connection.emplace(evidence.path.connection, evidence.cell.edge.index());
    EXPECT_EQ(known->second, evidence.cell.edge.index()) << "connection " << evidence.path.connection;
  }
  EXPECT_EQ(samples.size(), lane_count);
  EXPECT_EQ(kept_.all.size(), lane_count * each);
  EXPECT_EQ(prober_->progress().finished, lane_count * each);
  EXPECT_EQ(prober_->progress().failed, 0u);
  EXPECT_EQ(prober_->progress().connections, edge_of_connection.size());
}

TEST_F(CrewTest, KeepsConnectionsAndNumbersFromOneRunToTheNext) {
  start(answer_x);
  CountingSource source(lane_count, 20);
  prober_->run(source, kept_, {});
  const std::uint64_t connections = prober_->progress().connections;
  source.open_again();
  EXPECT_EQ(prober_->run(source, kept_, {}), Prober::End::finished);
  EXPECT_EQ(prober_->progress().connections, connections);
  std::set<std::uint64_t> ids;
  for (const evidence::Evidence& evidence : kept_.all) {
    ids.insert(evidence.id);
  }
  EXPECT_EQ(ids.size(), 2 * lane_count * 20);
}

TEST_F(CrewTest, EndsWhatIsUnderWayWhenItIsStopped) {
  start(answer_x);
  CountingSource source(lane_count, 60'000);
  const auto has_enough = [this] { return kept_.all.size() >= 100; };
  EXPECT_EQ(prober_->run(source, kept_, {base::Tick::never(), has_enough}), Prober::End::stopped);
  EXPECT_LT(kept_.all.size(), lane_count * 60'000);
  // Each shard ended the requests that were under way as cancelled, and asked for no more.
  std::map<std::size_t, std::set<std::uint16_t>> samples;
  for (const evidence::Evidence& evidence : kept_.all) {
    samples[evidence.cell.edge.index()].insert(evidence.sample);
  }
  for (const auto& [edge, seen] : samples) {
    EXPECT_EQ(seen.size(), *seen.rbegin() + 1u) << "edge " << edge;
  }
}

TEST_F(CrewTest, EndsAtTheDeadline) {
  start([](const Asked&) -> Answer { return {""}; });  // never an answer
  CountingSource source(lane_count, 3);
  const base::Tick deadline = networks_[0]->now() + 1s;
  EXPECT_EQ(prober_->run(source, kept_, {deadline, {}}), Prober::End::deadline);
  EXPECT_GT(kept_.all.size(), 0u);
  for (const evidence::Evidence& evidence : kept_.all) {
    ASSERT_NE(evidence.failure(), nullptr);
    EXPECT_EQ(evidence.failure()->cause, base::FailureCause::cancelled);
  }
}

}  // namespace
}  // namespace cachewitness::probe
