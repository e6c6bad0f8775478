// Edge: one caching server of the lab's CDN. Looks into its store, asks its upstream, tells what it did
// (Age, RFC 9111; Cache-Status, RFC 9211), takes PURGE, and misbehaves as it is told to.
// Knows nothing of its neighbours, nor of what a verifier will think of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/socket_address.h"
#include "base/time.h"
#include "lab/answer_writer.h"
#include "lab/cache_store.h"
#include "lab/catalogue.h"
#include "lab/fault.h"
#include "lab/http_client.h"
#include "lab/http_server.h"

namespace cachewitness::lab {

struct EdgeProfile {
  std::string name;
  std::string region;
  const Catalogue* catalogue = nullptr;  // whose pages are whose; outlives the edge
  base::ClockAnchor anchor;
  base::SocketAddress upstream;
  base::SocketAddress lagging_upstream;  // an origin server that deploys reach last
};

// Whom a fault strikes at an edge: all of its tenants, or some.
class EdgeFaults {
 public:
  void plant(FaultKind kind, std::optional<std::uint32_t> tenant);
  void clear();
  // `tenant` is nothing for a URL that is nobody's.
  [[nodiscard]] FaultSet of(std::optional<std::uint32_t> tenant) const;

 private:
  FaultSet all_;
  std::unordered_map<std::uint32_t, FaultSet> tenants_;
};

class Edge final : private RequestHandler {
 public:
  // `tls` is null for plain TCP and outlives the edge.
  Edge(ports::Network& network, const ports::TlsServer* tls, EdgeProfile profile);
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  [[nodiscard]] const EdgeProfile& profile() const { return profile_; }
  [[nodiscard]] HttpServer& server() { return server_; }
  [[nodiscard]] const HttpServer& server() const { return server_; }
  [[nodiscard]] EdgeFaults& faults() { return faults_; }
  [[nodiscard]] CacheStore& store() { return store_; }

 private:
  // One client's request, as far as its answer depends on it.
  struct Client {
    Ticket ticket;
    bool is_head = false;
    FaultSet faults;
  };
  // A client whose answer is still on its way; the request's own bytes are gone by then.
  struct Waiter {
    Client client;
    std::string if_none_match;
    std::string if_modified_since;
  };
  // A request to the upstream, and who waits for it.
  struct Forward {
    std::string url;
    std::string key;  // in forwards_; empty where nobody may join
    std::string request;
    std::string_view reason;  // RFC 9211 2.2
    FaultSet faults;
    std::string forwarded_host;  // the client's X-Forwarded-Host
    base::Tick sent_at;
    std::vector<Waiter> waiters;
    bool is_overtaken = false;  // by a purge: its answer may be the old one and is not stored
  };

  void on_request(const http::RequestHead& request, Ticket ticket) override;
  void on_purge(const http::RequestHead& request, FaultSet faults, Ticket ticket);
  // What visitors who come right after the purge do to this edge, where a fault says so.
  void refill_badly(FaultSet faults);
  void store_upset(int status, std::string_view fields);

  // `stale` is validated where it is not null, and stays until the answer is there.
  void forward(const http::RequestHead& request, std::optional<Client> client, const StoredResponse* stale);
  // What faults make of an answer before it is stored and served.
  void upset(const Forward& forward, StoredResponse& response);
  void send(const std::shared_ptr<Forward>& forward, const base::SocketAddress& upstream);
  void on_upstream(const std::shared_ptr<Forward>& forward, const FetchResult& result);
  void on_answer(const std::shared_ptr<Forward>& forward, const Fetched& answer);
  void forward_again(const std::shared_ptr<Forward>& forward, const http::RequestHead& asked);
  void on_no_answer(const Forward& forward, const base::Failure& failure);

  void serve(const Client& client, const Conditions& conditions, const StoredResponse& response, const Trace& trace);
  void reply_plainly(const Client& client, const PlainAnswer& answer);

  EdgeProfile profile_;
  EdgeFaults faults_;
  CacheStore store_;
  std::unordered_map<std::string, std::shared_ptr<Forward>, TextHash, std::equal_to<>> forwards_;
  AnswerWriter answers_;
  std::string url_;  // of the request at hand; reused
  HttpClient upstream_;
  HttpServer server_;
};

// How long a soft-purged object may still be served.
inline constexpr base::Duration soft_purge_window = std::chrono::hours(1);

}  // namespace cachewitness::lab
