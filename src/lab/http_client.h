// HttpClient: fetches whole responses over kept connections; how an edge asks its upstream, and how the
// lab's own visitors and purges reach the edges. Answers of any size a lab server gives, no more.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/failure.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "http/head.h"
#include "ports/network.h"

namespace cachewitness::lab {

// Valid during the call of the callback only.
struct Fetched {
  const http::ResponseHead& head;
  std::string_view body;  // transfer coding removed, content coding not
};
using FetchResult = std::expected<Fetched, base::Failure>;
using FetchDone = std::function<void(const FetchResult&)>;

struct FetchOrder {
  base::SocketAddress to;
  std::string request;  // the whole head, empty line included
  bool is_head_request = false;
};

class HttpClient {
 public:
  // `timeout` is for a whole fetch, connecting included. `tls` is null for plain TCP and outlives the client.
  HttpClient(ports::Network& network, base::Duration timeout, const ports::TlsClient* tls);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `done` is called once, from a later turn() of the network; never after the client was destroyed.
  void fetch(FetchOrder order, FetchDone done);

 private:
  class Channel;

  void open_channel(FetchOrder order, FetchDone done);
  void reap();

  ports::Network& network_;
  base::Duration timeout_;
  const ports::TlsClient* tls_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Channel>> channels_;
  std::map<base::SocketAddress, std::vector<Channel*>> idle_;
  std::vector<std::uint64_t> ended_;
  std::uint64_t last_channel_ = 0;
};

}  // namespace cachewitness::lab
