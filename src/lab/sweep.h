// Sweep: many requests to the lab's servers, some at a time: visitors who warm the caches, and the purge of a
// deploy as real PURGE requests. Works on a Directory alone, so it may run in another thread than the lab.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/socket_address.h"
#include "base/time.h"
#include "lab/content.h"
#include "lab/directory.h"
#include "lab/http_client.h"
#include "ports/network.h"

namespace cachewitness::lab {

struct SweepRequest {
  base::SocketAddress to;
  std::string method = "GET";
  std::string host;
  std::string target;
  Coding coding = Coding::identity;
};

// A GET for every edge, tenant, asset and coding.
[[nodiscard]] std::vector<SweepRequest> visits(const Directory& directory,
                                               const std::vector<Coding>& codings = all_codings());
// A PURGE for every edge, tenant and asset; it covers all variants.
[[nodiscard]] std::vector<SweepRequest> purges(const Directory& directory);
// One POST to the control endpoint: "/deploy?release=2".
[[nodiscard]] SweepRequest control_request(const Directory& directory, std::string_view target);

struct SweepTally {
  std::map<int, std::size_t> statuses;
  std::size_t failures = 0;    // no whole answer
  std::string first_failure;   // for a person; empty where there was none
  std::size_t unfinished = 0;  // not answered when the sweep was given up

  [[nodiscard]] std::size_t of(int status) const;
};

struct SweepSettings {
  std::size_t concurrency = 64;
  base::Duration timeout = std::chrono::seconds(10);  // of one request
  const ports::TlsClient* tls = nullptr;              // outlives the sweep
};

class Sweep {
 public:
  Sweep(ports::Network& network, std::vector<SweepRequest> requests, const SweepSettings& settings);
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  // Turns the network until all are answered or `deadline` is reached.
  const SweepTally& run(base::Tick deadline);

 private:
  void start_more();
  void on_fetched(const FetchResult& result);

  ports::Network& network_;
  std::vector<SweepRequest> requests_;
  std::size_t concurrency_;
  std::size_t next_ = 0;
  std::size_t in_flight_ = 0;
  SweepTally tally_;
  HttpClient client_;
};

}  // namespace cachewitness::lab
