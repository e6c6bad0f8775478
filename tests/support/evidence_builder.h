// A small world of evidence for tests of judgement: one environment with two edges, two origin replicas,
// two tenants, one asset in two variants. Times count in seconds from the moment the purge was requested.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "evidence/run_header.h"

namespace cachewitness::testing_support {

inline constexpr base::Instant purge_moment{1'763'866'800'000'000'000};

// What somebody answered. An ETag follows from the body unless `etag` says otherwise.
struct Reply {
  int status = 200;
  std::string body = "new";
  double at = 60;                                       // when it was asked for
  double took = 0.02;                                   // until the last byte
  std::string fields = {};                              // further raw lines, each with CR LF
  std::string etag = "auto";                            // empty = none
  std::string cache_control = "public, s-maxage=3600";  // empty = none
  bool is_hashed = true;
  std::string decode_error = {};
  std::optional<base::Failure> failure = std::nullopt;
  std::vector<evidence::BodyMark> marks = {};
};

[[nodiscard]] Reply failing(base::FailureCause cause, base::Stage stage = base::Stage::connect);

struct Place {
  std::uint32_t edge = 0;
  std::uint32_t tenant = 0;
  std::uint32_t variant = 0;  // 0 identity, 1 gzip
  std::uint32_t asset = 0;    // others than the first are the test's to name
};

class EvidenceBuilder {
 public:
  EvidenceBuilder();

  evidence::RunHeader header;  // purge known: requested at 0 s, acknowledged at 1 s, 30 s to propagate
  evidence::Roster roster;
  std::vector<evidence::Evidence> evidence;

  EvidenceBuilder& origin(const Reply& reply, std::uint32_t replica = 0, const Place& place = {});
  // Both replicas, asked at +50 s.
  EvidenceBuilder& origins(Reply reply, const Place& place = {});
  EvidenceBuilder& baseline(Reply reply, const Place& place = {});
  EvidenceBuilder& probe(const Reply& reply, const Place& place = {});
  // One step of a leak check.
  EvidenceBuilder& leak(const evidence::LeakProbe& step, const Reply& reply, const Place& place = {});

  [[nodiscard]] static evidence::Cell cell(const Place& place = {});

 private:
  void add(evidence::Role role, const evidence::Cell& cell, evidence::ReplicaId replica, const Reply& reply);
};

[[nodiscard]] base::Instant at_second(double seconds);
[[nodiscard]] base::Digest digest_of(const std::string& body);

}  // namespace cachewitness::testing_support
