// What the tests of the prober share: a source that is a list, a sink that keeps everything, and one line
// of text an outcome. Header-only, as only tests of `probe` see its headers.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "probe/prober.h"
#include "support/memory_network.h"
#include "support/scripted_edge.h"

namespace cachewitness::testing {

inline base::SocketAddress edge_address(std::uint8_t number = 1) {
  return *base::parse_ip(fmt::format("127.0.0.{}", number), 8080);
}

class ListSource : public probe::RequestSource {
 public:
  bool next(std::size_t lane, probe::ProbeRequest& out) override {
    ++asked;
    auto& left = requests[lane];
    if (left.empty()) {
      return false;
    }
    out = left.front();
    left.pop_front();
    return true;
  }
  std::map<std::size_t, std::deque<probe::ProbeRequest>> requests;
  std::size_t asked = 0;
};

class Kept : public evidence::EvidenceSink {
 public:
  void take(const evidence::Evidence& evidence) override { all.push_back(evidence); }
  std::vector<evidence::Evidence> all;
};

inline probe::ProbeRequest request(std::string target = "/a.js", bool is_tls = false,
                                   std::string host = "shop.example.com") {
  probe::ProbeRequest out;
  out.is_tls = is_tls;
  out.host = std::move(host);
  out.url = (is_tls ? "https://" : "http://") + out.host + target;
  out.target = std::move(target);
  return out;
}

inline std::string text(const evidence::Evidence& evidence) {
  if (const auto* failure = evidence.failure()) {
    return fmt::format("{}/{}: {}", name(failure->stage), name(failure->cause), failure->detail);
  }
  const evidence::Response& response = *evidence.response();
  return fmt::format("{} wire {} decoded {}{}{}", response.status, response.body.wire_bytes,
                     response.body.decoded_bytes, response.body.decode_error.empty() ? "" : " ",
                     response.body.decode_error);
}

// A prober over one or more edges of a network in memory.
struct Rig {
  MemoryNetwork network;
  probe::ProbeSettings settings{
      .concurrency = 4, .timeout = std::chrono::seconds(5), .user_agent = "cachewitness/test"};
  std::vector<probe::LaneTarget> lanes{probe::LaneTarget{.route = edge_address()}};
  ListSource source;
  Kept kept;
  probe::StopWhen stop;
  probe::DatagramSessions* datagrams = nullptr;
  std::unique_ptr<probe::Prober> prober;

  probe::Prober::End run() {
    if (!prober) {
      settings.anchor = {base::Instant{1'700'000'000'000'000'000}, network.now()};
      prober = std::make_unique<probe::Prober>(network, settings, lanes, datagrams);
    }
    return prober->run(source, kept, stop);
  }
  // One request to an edge that gives this answer.
  std::string outcome_of(const Answer& answer) {
    ScriptedEdge edge(network, edge_address(), [&](const Asked&) { return answer; });
    source.requests[0].push_back(request());
    run();
    prober.reset();
    return kept.all.size() == 1 ? text(kept.all[0]) : fmt::format("{} pieces of evidence", kept.all.size());
  }
};

inline std::string ok(std::string_view body, std::string_view more_fields = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), more_fields, body);
}

}  // namespace cachewitness::testing
