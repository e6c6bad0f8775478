// Prober: plan and ports in, evidence out. Knows pools, rates, deadlines and retries of connections; knows nothing of
// verdicts. One thread, or one for each network where it has several, without a lock between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "manifest/manifest.h"
#include "plan/plan.h"
#include "ports/network.h"
#include "probe/body_rules.h"

namespace cachewitness::probe {

class DatagramSessions;

// What is sent besides Host, User-Agent and Accept. Never Cache-Control, Pragma, If-None-Match, Range:
// such a request changes what it measures (docs/adr/0003-plain-get.md).
struct HeaderLine {
  std::string name;
  std::string value;
};

// One request that a lane wants sent.
struct ProbeRequest : plan::Request {
  evidence::Role role = evidence::Role::probe;
  evidence::Cell cell;
  evidence::ReplicaId replica;
  std::uint16_t sample = 0;
  std::uint16_t round = 0;                  // of a closed loop
  std::span<const HeaderLine> headers;      // of the variant; outlives the run
  bool wants_new_connection = false;        // a sample of another server behind the same edge
  std::optional<evidence::LeakProbe> leak;  // where the role is `leak`
  bool wants_own_name = false;              // only a connection that was made for its own server name will do
};

// A lane asks its source when it has room: the plan stays implicit.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  // False where nothing is left for this lane. Lanes may ask from several threads at once, but always the same lane
  // from the same one: what two lanes share must not change.
  virtual bool next(std::size_t lane, ProbeRequest& out) = 0;
};

// One address to send to. An address that could not be resolved is a Failure, and evidence for every request.
struct LaneTarget {
  std::optional<ports::Route> route{};
  base::Failure failure{};  // where there is no route
  std::string ca_file{};
  double requests_per_second = 0;  // 0 = without limit
  manifest::HttpChoice http = manifest::HttpChoice::automatic;
  bool resumes_sessions = true;  // of TLS, those of earlier runs too
  manifest::Sharing sharing = manifest::Sharing::http2;
};

struct ProbeSettings {
  std::uint32_t concurrency = 512;  // all lanes together; every lane gets at least one
  double requests_per_second = 0;   // all lanes together; 0 = without limit
  std::uint32_t pipeline = 1;       // requests under way on one HTTP/1.1 connection; 1 = no pipelining
  base::Duration timeout = std::chrono::seconds(5);
  std::size_t max_header_bytes = std::size_t{64} << 10;
  std::size_t max_body_bytes = std::size_t{8} << 20;
  manifest::BodyPolicy body = manifest::BodyPolicy::hash;
  std::shared_ptr<const BodyRules> rules{};  // of bodies that are hashed; null: none
  std::string user_agent{};
  base::ClockAnchor anchor{};
  std::uint64_t last_evidence = 0;    // ids up to this one are taken
  std::uint64_t last_connection = 0;  // numbers likewise
};

struct ProbeProgress {
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;  // subset of finished: ended in a Failure
  std::uint32_t in_flight = 0;
  std::uint64_t connections = 0;  // opened so far
};

// What ends a run before its sources are empty. Requests in flight end as `cancelled`.
struct StopWhen {
  base::Tick deadline = base::Tick::never();
  std::function<bool()> requested;  // interrupt or fail-fast; asked after every turn and at least every 50 ms
};

class Prober {
 public:
  // `datagrams` is where HTTP/3 comes from; without it no lane may ask for that. All that is borrowed outlives this.
  Prober(ports::Network& network, ProbeSettings settings, std::vector<LaneTarget> lanes,
         DatagramSessions* datagrams = nullptr);
  // Lanes are dealt out to the networks in turns, and each network gets its part of the run's concurrency.
  // Requires: at least one network and no more than lanes; one alone where the run has a pace (requests_per_second);
  // one of `datagrams` for each network, for it is used on the same thread, or none at all.
  Prober(const std::vector<ports::Network*>& networks, const ProbeSettings& settings, std::vector<LaneTarget> lanes,
         const std::vector<DatagramSessions*>& datagrams = {});
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  enum class End : std::uint8_t { finished, deadline, stopped };
  // Drains `source` over all lanes. May be called again (a second round); connections are kept. `sink` and `stop` are
  // only called on the caller's thread.
  End run(RequestSource& source, evidence::EvidenceSink& sink, const StopWhen& stop);
  [[nodiscard]] const ProbeProgress& progress() const;

 private:
  class Engine;
  class Shard;
  class Crew;
  std::unique_ptr<Engine> engine_;  // where there is one network
  std::unique_ptr<Crew> crew_;      // where there are several
};

}  // namespace cachewitness::probe
