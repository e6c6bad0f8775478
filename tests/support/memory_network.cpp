#include "support/memory_network.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"

namespace cachewitness::testing {

// One side of a stream. Kept by its Connection, by its peer and by events under way.
class MemoryNetwork::Endpoint {
 public:
  ports::ConnectionEvents* events = nullptr;  // none: not accepted yet, or nothing follows any more
  std::weak_ptr<Endpoint> peer;
  ports::PeerInfo info;
  PathFaults faults;
  bool is_client = false;
  bool is_open = false;      // the peer exists
  bool is_finished = false;  // sends nothing more
  bool is_closed = false;    // its Connection is gone
  bool is_broken = false;    // by a fault: what it sends goes nowhere
  std::string unsent;        // given to send() before the stream was up
  std::size_t sent_bytes = 0;
  base::Tick busy_until{0};  // when the last piece under way arrives
};

class MemoryNetwork::MemoryConnection : public ports::Connection {
 public:
  MemoryConnection(MemoryNetwork& network, std::shared_ptr<Endpoint> endpoint)
      : network_(network), endpoint_(std::move(endpoint)) {
    ++network_.open_connections_;
  }
  ~MemoryConnection() override {
    --network_.open_connections_;
    finish();
    endpoint_->events = nullptr;
    endpoint_->is_closed = true;
  }
  MemoryConnection(const MemoryConnection&) = delete;
  MemoryConnection& operator=(const MemoryConnection&) = delete;

  void send(std::string_view bytes) override {
    if (endpoint_->is_finished || endpoint_->is_broken) {
      return;
    }
    if (endpoint_->is_open) {
      network_.deliver(endpoint_, bytes);
    } else {
      endpoint_->unsent.append(bytes);
    }
  }
  void finish() override {
    if (!endpoint_->is_finished) {
      endpoint_->is_finished = true;
      if (endpoint_->is_open) {
        network_.deliver_end(endpoint_);
      }
    }
  }
  [[nodiscard]] bool covers(std::string_view host) const override {
    return endpoint_->info.tls_version.empty() || !network_.covered_hosts_ || network_.covered_hosts_->contains(host);
  }

 private:
  MemoryNetwork& network_;
  std::shared_ptr<Endpoint> endpoint_;
};

class MemoryNetwork::MemoryListener : public ports::Listener {
 public:
  MemoryListener(MemoryNetwork& network, const base::SocketAddress& address, bool is_tls, ports::AcceptEvents& events)
      : network_(network), address_(address), is_tls_(is_tls), events_(events) {
    network_.listeners_[address_] = this;
  }
  ~MemoryListener() override { network_.listeners_.erase(address_); }
  MemoryListener(const MemoryListener&) = delete;
  MemoryListener& operator=(const MemoryListener&) = delete;

  [[nodiscard]] base::SocketAddress address() const override { return address_; }
  [[nodiscard]] bool is_tls() const { return is_tls_; }
  [[nodiscard]] ports::AcceptEvents& events() const { return events_; }

 private:
  MemoryNetwork& network_;
  base::SocketAddress address_;
  bool is_tls_;
  ports::AcceptEvents& events_;
};

MemoryNetwork::MemoryNetwork() = default;
MemoryNetwork::~MemoryNetwork() = default;

void MemoryNetwork::set_faults(const base::SocketAddress& address, const PathFaults& faults) {
  faults_[address] = faults;
}

void MemoryNetwork::set_faults_of_others(const PathFaults& faults) { faults_of_others_ = faults; }

const PathFaults& MemoryNetwork::faults_towards(const base::SocketAddress& address) const {
  const auto faults = faults_.find(address);
  return faults == faults_.end() ? faults_of_others_ : faults->second;
}

std::uint64_t MemoryNetwork::schedule(base::Tick at, std::function<void()> action) {
  const std::uint64_t number = next_event_++;
  events_.emplace(EventKey{std::max(at, now_), number}, std::move(action));
  return number;
}

std::unique_ptr<ports::Connection> MemoryNetwork::connect(const ports::Route& route, const ports::TlsClient* tls,
                                                          ports::ConnectionEvents& events) {
  CW_ASSERT(!route.proxy && !route.source);
  ++connects_;
  const auto client = std::make_shared<Endpoint>();
  client->is_client = true;
  client->events = &events;
  base::SocketAddress to = route.to;
  client->faults = faults_towards(to);
  client->info.detour = route.detour;
  if (client->faults.is_without_way && route.otherwise) {
    client->info.detour = "instead of " + to.text();
    to = *route.otherwise;
    client->faults = faults_towards(to);
  }
  client->info.remote = to;
  client->info.local.family = to.family;
  client->info.local.bytes = {127, 0, 0, 1};
  client->info.local.port = next_client_port_++;
  if (tls != nullptr) {
    client->info.tls_version = "TLSv1.3";
    client->info.certificate_sha256 = std::string(64, 'c');
    client->info.protocol = std::ranges::find(tls->alpn, protocol_) != tls->alpn.end() ? protocol_ : std::string();
  }
  if (client->faults.is_without_way) {
    const base::Failure unreachable{base::Stage::connect, base::FailureCause::unreachable, "no way"};
    schedule(now_, [this, client, unreachable] { fail(client, unreachable); });
  } else if (!client->faults.swallows_connections) {
    schedule(now_ + client->faults.latency, [this, client, to] { accept(client, to); });
  }
  return std::make_unique<MemoryConnection>(*this, client);
}

// The client's request to connect has reached the address.
void MemoryNetwork::accept(const std::shared_ptr<Endpoint>& client, const base::SocketAddress& to) {
  if (client->is_closed) {
    return;
  }
  const auto listener = listeners_.find(to);
  if (listener == listeners_.end() || client->faults.refuses_connections) {
    const base::Failure refused{base::Stage::connect, base::FailureCause::refused, "connection refused"};
    schedule(now_ + client->faults.latency, [this, client, refused] { fail(client, refused); });
    return;
  }
  const auto server = std::make_shared<Endpoint>();
  server->faults = client->faults;
  server->peer = client;
  server->is_open = true;
  server->info.remote = client->info.local;
  server->info.local = to;
  server->info.tls_version = listener->second->is_tls() ? "TLSv1.3" : "";
  server->info.protocol = listener->second->is_tls() ? client->info.protocol : "";
  client->peer = server;
  schedule(now_ + client->faults.latency, [this, client, server] {
    client->is_open = true;
    deliver(client, std::exchange(client->unsent, {}));
    if (client->is_finished) {
      deliver_end(client);
    }
    if (!client->is_closed) {
      client->events->on_open(client->info);
    }
  });
  auto* events = listener->second->events().on_accept(std::make_unique<MemoryConnection>(*this, server), server->info);
  if (!server->is_closed) {
    CW_ASSERT(events != nullptr);
    server->events = events;
    events->on_open(server->info);
  }
}

void MemoryNetwork::deliver(const std::shared_ptr<Endpoint>& from, std::string_view bytes) {
  const std::size_t piece = from->faults.segment_bytes == 0 ? bytes.size() : from->faults.segment_bytes;
  while (!bytes.empty()) {
    from->busy_until = std::max(now_ + from->faults.latency, from->busy_until + from->faults.segment_gap);
    schedule(from->busy_until, [this, from, part = std::string(bytes.substr(0, piece))] { deliver_piece(from, part); });
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
}

void MemoryNetwork::deliver_piece(const std::shared_ptr<Endpoint>& from, std::string bytes) {
  const auto to = from->peer.lock();
  if (!to || to->is_closed) {  // as a kernel answers data for a socket that is gone
    const base::Failure reset{base::Stage::head, base::FailureCause::reset, "connection reset by peer"};
    schedule(now_ + from->faults.latency, [this, from, reset] { fail(from, reset); });
    return;
  }
  if (to->events == nullptr) {
    return;
  }
  const auto cut = to->is_client
                       ? (to->faults.end_after_bytes ? to->faults.end_after_bytes : to->faults.reset_after_bytes)
                       : std::nullopt;
  const std::size_t before = from->sent_bytes;
  from->sent_bytes += bytes.size();
  const bool is_cut = cut && from->sent_bytes >= *cut;
  if (is_cut) {
    bytes.resize(*cut - before);
  }
  if (!bytes.empty()) {
    to->events->on_bytes(bytes);
  }
  to->is_broken = is_cut;
  if (is_cut && to->faults.end_after_bytes && to->events != nullptr) {
    std::exchange(to->events, nullptr)->on_end();
  } else if (is_cut) {
    fail(to, {base::Stage::head, base::FailureCause::reset, "connection reset by peer"});
  }
}

void MemoryNetwork::deliver_end(const std::shared_ptr<Endpoint>& from) {
  from->busy_until = std::max(now_ + from->faults.latency, from->busy_until);
  schedule(from->busy_until, [from] {
    const auto to = from->peer.lock();
    if (to && to->events != nullptr) {
      std::exchange(to->events, nullptr)->on_end();
    }
  });
}

void MemoryNetwork::fail(const std::shared_ptr<Endpoint>& endpoint, const base::Failure& failure) {
  if (endpoint->events != nullptr) {
    std::exchange(endpoint->events, nullptr)->on_failure(failure);
  }
}

base::Result<std::unique_ptr<ports::Listener>> MemoryNetwork::listen(const base::SocketAddress& on,
                                                                     const ports::TlsServer* tls,
                                                                     ports::AcceptEvents& events) {
  base::SocketAddress address = on;
  while (address.port == 0 || (on.port == 0 && listeners_.contains(address))) {
    address.port = next_listen_port_++;
  }
  if (listeners_.contains(address)) {
    return base::fail(base::errors::system_call, "cannot listen on " + address.text() + ": address already in use");
  }
  return std::make_unique<MemoryListener>(*this, address, tls != nullptr, events);
}

ports::TimerId MemoryNetwork::arm_timer(base::Tick at, ports::TimerEvents& events) {
  const std::uint64_t number = next_event_;
  timers_[number] = std::max(at, now_);
  schedule(at, [this, number, &events] {
    timers_.erase(number);
    events.on_timer(now_);
  });
  return ports::TimerId{number};
}

void MemoryNetwork::cancel_timer(ports::TimerId timer) {
  const auto armed = timers_.find(static_cast<std::uint64_t>(timer));
  if (armed != timers_.end()) {
    events_.erase({armed->second, armed->first});
    timers_.erase(armed);
  }
}

bool MemoryNetwork::turn(base::Tick limit) {
  const bool is_anything_open = open_connections_ > 0 || !listeners_.empty() || !timers_.empty();
  if (!is_anything_open || (events_.empty() && limit == base::Tick::never())) {
    return false;
  }
  const base::Tick next = events_.empty() ? limit : std::min(limit, events_.begin()->first.at);
  now_ = std::max(now_, next);
  const std::uint64_t first_of_next_turn = next_event_;
  while (!events_.empty() && events_.begin()->first.at <= now_ && events_.begin()->first.number < first_of_next_turn) {
    auto event = events_.extract(events_.begin());
    event.mapped()();
  }
  return true;
}

}  // namespace cachewitness::testing
