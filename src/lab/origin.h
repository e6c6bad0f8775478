// OriginReplica: one of the servers behind all edges, the shop itself. Serves the release that was deployed
// to it, which may differ from its siblings'. Knows nothing of edges and caches.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"
#include "lab/catalogue.h"
#include "lab/content.h"
#include "lab/fault.h"
#include "lab/http_server.h"
#include "lab/http_text.h"

namespace cachewitness::lab {

// When each release was first deployed: its Last-Modified at every replica.
using ReleaseTimes = std::map<std::uint32_t, base::Instant>;

// What all replicas share. Everything outlives them.
struct Shop {
  const Catalogue& catalogue;
  Content& content;
  const ReleaseTimes& released_at;
  base::ClockAnchor anchor;
};

class OriginReplica final : private RequestHandler {
 public:
  OriginReplica(ports::Network& network, const Shop& shop, std::string name);

  [[nodiscard]] HttpServer& server() { return server_; }
  [[nodiscard]] const HttpServer& server() const { return server_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t release() const { return release_; }
  // Requires: the release is among the shop's release times.
  void deploy(std::uint32_t release) { release_ = release; }
  // Of the kinds that reach servers; `down` is the lab's to do.
  void set_faults(FaultSet faults) { faults_ = faults; }
  // Requests answered since the start: how a test learns what an edge asked for.
  [[nodiscard]] std::uint64_t requests() const { return requests_; }

 private:
  void on_request(const http::RequestHead& request, Ticket ticket) override;
  void reply_with_account(const http::RequestHead& request, Ticket ticket);
  void reply(Ticket ticket, std::string_view body);

  Shop shop_;
  std::string name_;
  std::uint32_t release_ = 1;
  FaultSet faults_;
  std::uint64_t requests_ = 0;
  DateText date_;
  std::string host_;  // of the request at hand; reused
  std::string head_;  // of the answer in the making; reused
  HttpServer server_;
};

// What a signed-in visitor sees below /account/ of any tenant.
inline constexpr std::string_view account_page = "Signed in as the test account.\n";
inline constexpr std::string_view origin_cache_control = "public, max-age=60, s-maxage=86400";
inline constexpr base::Duration slow_delay = std::chrono::milliseconds(400);

}  // namespace cachewitness::lab
