// Lines of leak checks, markers and masks: what is written is read back.
#include "evidence/leak_codec.h"

#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "evidence/codec.h"

namespace cachewitness::evidence {
namespace {

std::string line_without_end(std::string line) {
  line.pop_back();
  return line;
}

class LeakCodec : public ::testing::Test {
 protected:
  LeakCodec() {
    roster_.edges = {{"production", "west", "west-1", "192.0.2.1:80", "", 1}};
    roster_.tenants.intern("alpha");
    roster_.assets.intern("/account/{buster}.css");
    roster_.variants.intern("identity");
  }

  template <typename Kind>
  Kind read(const std::string& line) {
    auto result = reader_.read(line_without_end(line));
    EXPECT_TRUE(result) << result.error().message;
    return std::get<Kind>(*std::move(result));
  }
  RunHeader read_header(const RunHeader& header) {
    std::string line;
    append_header_line(header, roster_, line);
    return read<RunHeader>(line);
  }
  Evidence read_back(const Evidence& evidence) {
    std::string line;
    append_evidence_line(evidence, roster_, line);
    return read<Evidence>(line);
  }

  Roster roster_;
  Reader reader_;
};

TEST_F(LeakCodec, KeepsTheMarkerAndTheMasks) {
  RunHeader header;
  header.marker = manifest::TenantMarker{"x-tenant", {"t=", ";"}, manifest::Surroundings{"<b id=\"", "\">"}};
  header.policy.mask = {{"nonce=\"[^\"]*\"", "", ""}, {"", "<!--", "-->"}};
  const RunHeader again = read_header(header);
  EXPECT_EQ(again.marker, header.marker);
  EXPECT_EQ(again.policy.mask, header.policy.mask);
}

TEST_F(LeakCodec, LeavesAwayWhatIsNot) {
  const RunHeader again = read_header({});
  EXPECT_FALSE(again.marker);
  EXPECT_TRUE(again.policy.mask.empty());
}

TEST_F(LeakCodec, KeepsEveryStepAndWhatItsBodyHad) {
  ASSERT_FALSE(read_header({}).marker);
  for (const auto step : {LeakProbe::Step::first, LeakProbe::Step::again, LeakProbe::Step::other,
                          LeakProbe::Step::prime, LeakProbe::Step::ask}) {
    Evidence evidence;
    evidence.id = 7;
    evidence.role = Role::leak;
    evidence.cell = {EdgeId{0}, TenantId{0}, AssetId{0}, VariantId{0}};
    evidence.leak = LeakProbe{manifest::LeakCheck::poisoning, step, "x-forwarded-host", "cw1x", "beta\xFF"};
    Response response;
    response.status = 200;
    response.head = "HTTP/1.1 200 OK\r\n\r\n";
    response.body.masked_bytes = 12;
    response.body.marks = {{BodyMark::Kind::tenant, "b\xFE"},
                           {BodyMark::Kind::canary, "cw1x.invalid"},
                           {BodyMark::Kind::private_text, ""}};
    evidence.outcome = response;
    const Evidence again = read_back(evidence);
    EXPECT_EQ(again.role, Role::leak);
    EXPECT_EQ(again.leak, evidence.leak);
    ASSERT_NE(again.response(), nullptr);
    EXPECT_EQ(again.response()->body.marks, response.body.marks);
    EXPECT_EQ(again.response()->body.masked_bytes, 12U);
  }
}

TEST_F(LeakCodec, RefusesWordsThatItDoesNotKnow) {
  ASSERT_FALSE(read_header({}).marker);
  Evidence evidence;
  evidence.role = Role::leak;
  evidence.cell = {EdgeId{0}, TenantId{0}, AssetId{0}, VariantId{0}};
  evidence.leak = LeakProbe{};
  evidence.outcome = base::Failure{};
  std::string line;
  append_evidence_line(evidence, roster_, line);
  const std::size_t at = line.find("\"first\"");
  ASSERT_NE(at, std::string::npos);
  line.replace(at, 7, "\"frist\"");
  const auto result = reader_.read(line_without_end(line));
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.contains("step")) << result.error().message;
}

}  // namespace
}  // namespace cachewitness::evidence
