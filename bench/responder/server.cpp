#include "server.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "delay_wheel.h"
#include "protocol.h"
#include "socket.h"
#include "stream.h"

namespace cachewitness::bench {

namespace {

constexpr std::size_t max_unsent = std::size_t{1} << 20;  // more than that, and the peer is not read from

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

bool read_signal(int signals, signalfd_siginfo& signal) {
  return ::read(signals, &signal, sizeof signal) == sizeof signal;
}

struct Connection {
  std::unique_ptr<Stream> stream;  // nullptr = free
  std::unique_ptr<Protocol> protocol;
  std::string first_bytes;  // while they do not tell the protocol
  std::string out;
  std::size_t sent = 0;
  std::int64_t newest_due = 0;
  std::uint32_t generation = 0;
  bool is_closing = false;  // as soon as `out` is sent
  bool is_touched = false;
};

struct Delayed {
  std::uint32_t slot;
  std::uint32_t generation;
  Request request;
};

class Server final : public RequestSink {
 public:
  Server(const ServerOptions& options, std::vector<Descriptor> listeners, std::unique_ptr<TlsServer> tls)
      : options_(options), answer_(options.shape), listeners_(std::move(listeners)), tls_(std::move(tls)) {}

  void run(int signals);
  void on_request(const Request& request) override;
  void print_counts() const;

 private:
  static constexpr std::uint64_t listener_mark = 1ULL << 63;
  static constexpr std::uint64_t signal_mark = 1ULL << 62;

  void watch(int fd, std::uint64_t mark, std::uint32_t events) const;
  void accept_all(int listener);
  void read(std::uint32_t slot);
  bool take(Connection& connection, std::string_view bytes);
  void send(std::uint32_t slot);
  void close(std::uint32_t slot);
  void answer_due();

  const ServerOptions& options_;
  CannedAnswer answer_;
  std::vector<Descriptor> listeners_;
  std::unique_ptr<TlsServer> tls_;
  Descriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint32_t> free_;
  std::uint32_t current_ = 0;  // whose requests are being told
  DelayWheel<Delayed> wheel_;
  std::vector<std::uint32_t> touched_;
  std::minstd_rand random_;  // the same delays in every run
  std::int64_t now_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t requests_ = 0;
};

void Server::watch(int fd, std::uint64_t mark, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = mark;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void Server::run(int signals) {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    watch(listeners_[i].get(), listener_mark | i, EPOLLIN);
  }
  watch(signals, signal_mark, EPOLLIN);
  std::array<epoll_event, 512> events{};
  for (;;) {
    const int wait_ms = wheel_.is_empty() ? 1000 : 1;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms);
    answer_.set_time(std::time(nullptr));
    now_ = now_ms();
    answer_due();
    for (int i = 0; i < count; ++i) {
      const std::uint64_t mark = events[static_cast<std::size_t>(i)].data.u64;
      if ((mark & signal_mark) != 0) {
        signalfd_siginfo signal{};
        if (read_signal(signals, signal) && signal.ssi_signo != SIGUSR1) {
          return;
        }
        print_counts();
        continue;
      }
      if ((mark & listener_mark) != 0) {
        accept_all(listeners_[mark & 0xffff].get());
        continue;
      }
      const auto slot = static_cast<std::uint32_t>(mark);
      if (connections_[slot]->stream && connections_[slot]->generation == mark >> 32) {
        read(slot);
      }
    }
  }
}

void Server::accept_all(int listener) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      return;  // none is left, or no descriptor is: the peer waits in the backlog
    }
    ++accepted_;
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(connections_.size()));
      connections_.push_back(std::make_unique<Connection>());
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    Connection& connection = *connections_[slot];
    const std::uint32_t generation = (connection.generation + 1) & 0x3fffffff;
    Descriptor socket(fd);
    connection = {};
    connection.generation = generation;
    connection.stream = tls_ ? tls_->make_stream(std::move(socket)) : make_plain_stream(std::move(socket));
    watch(fd, std::uint64_t{generation} << 32 | slot, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  }
}

// Also goes on sending: an event does not say enough about a TLS stream to tell the two apart.
void Server::read(std::uint32_t slot) {
  static std::array<char, std::size_t{64} << 10> buffer;
  Connection& connection = *connections_[slot];
  current_ = slot;
  now_ = now_ms();
  for (;;) {
    if (connection.out.size() - connection.sent > max_unsent) {
      break;  // EPOLLOUT brings us back
    }
    const Transfer received = connection.stream->receive(buffer);
    if (received.is_over) {
      return close(slot);
    }
    if (received.bytes > 0 && !connection.is_closing && !take(connection, {buffer.data(), received.bytes})) {
      connection.is_closing = true;
    }
    if (!received.may_go_on) {
      break;
    }
  }
  send(slot);
}

bool Server::take(Connection& connection, std::string_view bytes) {
  if (!connection.protocol) {
    connection.first_bytes += bytes;
    connection.protocol = choose_protocol(connection.first_bytes, answer_);
    if (!connection.protocol) {
      return true;
    }
    return connection.protocol->receive(std::exchange(connection.first_bytes, {}), *this, connection.out);
  }
  return connection.protocol->receive(bytes, *this, connection.out);
}

void Server::on_request(const Request& request) {
  ++requests_;
  Connection& connection = *connections_[current_];
  if (options_.delay_ms_max == 0) {
    return connection.protocol->answer(request, connection.out);
  }
  const std::int64_t spread = options_.delay_ms_max - options_.delay_ms_min + 1;
  // One more, as the present millisecond has partly gone by. HTTP/1.1 answers in order: none overtakes another.
  connection.newest_due =
      std::max(connection.newest_due, now_ + 1 + options_.delay_ms_min + static_cast<std::int64_t>(random_()) % spread);
  wheel_.add(connection.newest_due, {current_, connection.generation, request});
}

void Server::answer_due() {
  wheel_.take_due(now_, [this](const Delayed& delayed) {
    Connection& connection = *connections_[delayed.slot];
    if (!connection.stream || connection.generation != delayed.generation) {
      return;
    }
    connection.protocol->answer(delayed.request, connection.out);
    if (!connection.is_touched) {
      connection.is_touched = true;
      touched_.push_back(delayed.slot);
    }
  });
  for (const std::uint32_t slot : touched_) {
    connections_[slot]->is_touched = false;
    send(slot);
  }
  touched_.clear();
}

void Server::send(std::uint32_t slot) {
  Connection& connection = *connections_[slot];
  while (connection.sent < connection.out.size()) {
    const Transfer sent = connection.stream->send(std::string_view(connection.out).substr(connection.sent));
    connection.sent += sent.bytes;
    if (sent.is_over) {
      return close(slot);
    }
    if (!sent.may_go_on && connection.sent < connection.out.size()) {
      return;
    }
  }
  connection.out.clear();
  connection.sent = 0;
  if (connection.is_closing) {
    close(slot);
  }
}

void Server::close(std::uint32_t slot) {
  connections_[slot]->stream.reset();
  connections_[slot]->protocol.reset();
  free_.push_back(slot);
}

void Server::print_counts() const {
  fmt::print(R"({{"requests":{},"connections":{},"handshakes":{},"resumed":{}}})"
             "\n",
             requests_, accepted_, tls_ ? tls_->handshakes() : 0, tls_ ? tls_->resumed() : 0);
  std::fflush(stdout);
}

}  // namespace

int serve(const ServerOptions& options) {
  raise_descriptor_limit();
  sigset_t signal_set;
  sigemptyset(&signal_set);
  sigaddset(&signal_set, SIGTERM);
  sigaddset(&signal_set, SIGINT);
  sigaddset(&signal_set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signal_set, nullptr);
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
  const Descriptor signals(signalfd(-1, &signal_set, SFD_NONBLOCK | SFD_CLOEXEC));
  std::string fault;
  std::unique_ptr<TlsServer> tls;
  if (!options.certificate_file.empty()) {
    tls = TlsServer::make(options.certificate_file, options.key_file, fault);
  }
  std::uint16_t port = options.port;
  std::vector<Descriptor> listeners;
  if (fault.empty()) {
    listeners = listen_at(options.addresses, port, fault);
  }
  if (listeners.empty()) {
    fmt::print(stderr, "responder: {}\n", fault);
    return 2;
  }
  fmt::print("port {}\n", port);
  std::fflush(stdout);
  Server server(options, std::move(listeners), std::move(tls));
  server.run(signals.get());
  server.print_counts();
  return 0;
}

}  // namespace cachewitness::bench
