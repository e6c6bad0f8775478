#include "app/request_sources.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifest/parse_manifest.h"

namespace cachewitness::app {
namespace {

constexpr std::string_view one_server_and_a_pair = R"(version: 1
tenants: [{id: abc, host: abc.example.com}, {id: def, host: def.example.com}]
assets: [/a.js]
variants:
  identity: {}
  gzip: {headers: {accept-encoding: gzip}}
environments:
  production:
    url: "http://{tenant.host}{asset}"
    origin: {replicas: ["http://127.0.0.1:9000"]}
    regions:
      eu:
        edges:
          - {name: single, address: "127.0.0.1:6081"}
          - {name: pair, address: "127.0.0.1:6082", servers: 2}
)";
constexpr std::size_t single = 1;  // the prober's lane 0 is the origin's
constexpr std::size_t pair = 2;
constexpr std::uint32_t samples_of_a_pair = 5;

class PlanSourceTest : public testing::Test {
 protected:
  PlanSourceTest()
      : manifest_(manifest::parse_manifest(one_server_and_a_pair, "m.yaml").value()),
        plan_(plan::make_plan(manifest_, {}).value()),
        headers_(2),
        writer_(plan_, headers_),
        source_(plan_, writer_, 1) {}

  std::vector<probe::ProbeRequest> drain(std::size_t lane) {
    std::vector<probe::ProbeRequest> requests;
    for (probe::ProbeRequest request; source_.next(lane, request);) {
      requests.push_back(request);
    }
    return requests;
  }

  manifest::Manifest manifest_;
  plan::Plan plan_;
  VariantHeaders headers_;
  RequestWriter writer_;
  PlanSource source_;
};

TEST_F(PlanSourceTest, SendsNothingBeforeAVariantIsOpen) {
  EXPECT_TRUE(drain(single).empty());
  EXPECT_EQ(source_.left(), 8u);
}

TEST_F(PlanSourceTest, KeepsVariantsApart) {
  std::vector<std::string> seen;
  while (source_.open_next_variant()) {
    for (const probe::ProbeRequest& request : drain(single)) {
      EXPECT_EQ(request.cell.variant, source_.variant());
      seen.push_back(std::string(plan_.roster().variant(request.cell.variant)) + " " + request.host);
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"identity abc.example.com", "identity def.example.com",
                                            "gzip abc.example.com", "gzip def.example.com"}));
}

TEST_F(PlanSourceTest, AsksAnAddressOfSeveralServersOnConnectionsOfTheirOwn) {
  ASSERT_TRUE(source_.open_next_variant());
  const std::vector<probe::ProbeRequest> requests = drain(pair);
  ASSERT_EQ(requests.size(), 2 * samples_of_a_pair);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].sample, i % samples_of_a_pair);
    EXPECT_TRUE(requests[i].wants_new_connection);
    EXPECT_EQ(requests[i].host, i < samples_of_a_pair ? "abc.example.com" : "def.example.com");
  }
}

TEST_F(PlanSourceTest, AsksASingleServerOnceOnAKeptConnection) {
  ASSERT_TRUE(source_.open_next_variant());
  for (const probe::ProbeRequest& request : drain(single)) {
    EXPECT_EQ(request.sample, 0u);
    EXPECT_FALSE(request.wants_new_connection);
  }
}

TEST_F(PlanSourceTest, CountsRequestsAndCells) {
  ASSERT_TRUE(source_.open_next_variant());
  EXPECT_EQ(source_.requests_of_variant(), 2 * (1 + samples_of_a_pair));
  drain(single);
  EXPECT_EQ(source_.left(), 6u);
  drain(pair);
  EXPECT_EQ(source_.left(), 4u);
  EXPECT_EQ(source_.samples(plan_.lanes()[0].edge), 1u);
  EXPECT_EQ(source_.samples(plan_.lanes()[1].edge), samples_of_a_pair);
}

TEST_F(PlanSourceTest, AsksAgainBeforeWhatIsPlanned) {
  ASSERT_TRUE(source_.open_next_variant());
  evidence::Cell cell = plan_.combination(1);
  cell.edge = plan_.lanes()[0].edge;
  source_.ask_again(cell, 1);
  const std::vector<probe::ProbeRequest> requests = drain(single);
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests.front().sample, 1u);
  EXPECT_TRUE(requests.front().wants_new_connection);
  EXPECT_EQ(requests.front().cell.tenant, cell.tenant);
}

}  // namespace
}  // namespace cachewitness::app
