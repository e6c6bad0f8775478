// What a TLS connection costs the client: CPU microseconds of connect, handshake, one GET and close over loopback,
// against a server in a process of its own; and beside it what plain OpenSSL pays for the same. TLS 1.3, P-256.
//
//   tls_handshake [CONNECTIONS] [hold]     "hold" leaves the server running and prints its port, for other clients
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/epoll_network.h"
#include "adapters/self_signed.h"
#include "adapters/system_clock.h"
#include "base/assert.h"

namespace cachewitness {

namespace {

constexpr std::string_view request = "GET /app.js HTTP/1.1\r\nHost: a.example\r\nUser-Agent: bench\r\n\r\n";
constexpr std::string_view response =
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"v1\"\r\nCache-Control: max-age=60\r\nAge: 3\r\n\r\nok";

double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

// Answers every read with the response.
class Answering final : public ports::AcceptEvents {
 public:
  ports::ConnectionEvents* on_accept(std::unique_ptr<ports::Connection> connection, const ports::PeerInfo&) override {
    auto* const stream = std::make_unique<Stream>().release();  // frees itself when the peer has gone
    stream->connection = std::move(connection);
    return stream;
  }

 private:
  struct Stream final : ports::ConnectionEvents {
    std::unique_ptr<ports::Connection> connection;
    void on_open(const ports::PeerInfo&) override {}
    void on_bytes(std::string_view) override { connection->send(response); }
    void on_end() override { delete this; }
    void on_failure(const base::Failure&) override { delete this; }
  };
};

[[noreturn]] void serve(const std::vector<ports::TlsServer>& identities, int ports_out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto network = std::move(*adapters::EpollNetwork::make());
  Answering answering;
  std::vector<std::unique_ptr<ports::Listener>> listeners;
  std::vector<std::uint16_t> ports;
  for (const ports::TlsServer& identity : identities) {
    listeners.push_back(std::move(*network->listen(*base::parse_ip("127.0.0.1", 0), &identity, answering)));
    ports.push_back(listeners.back()->address().port);
  }
  CW_ASSERT(::write(ports_out, ports.data(), ports.size() * 2) == static_cast<ssize_t>(ports.size() * 2));
  while (true) {
    network->turn(base::Tick::never());
  }
}

// Our own client: `exchanges` requests, one after the other, on one connection.
class Visitor final : public ports::ConnectionEvents {
 public:
  Visitor(ports::Network& network, std::uint16_t port, const ports::TlsClient& settings, int exchanges)
      : left_(exchanges), connection_(network.connect(*base::parse_ip("127.0.0.1", port), &settings, *this)) {
    connection_->send(request);
    while (left_ > 0) {
      network.turn(base::Tick::never());
    }
  }
  void on_open(const ports::PeerInfo& peer) override { is_resumed_ = peer.is_resumed; }
  void on_bytes(std::string_view) override {
    if (--left_ > 0) {
      connection_->send(request);
    }
  }
  void on_end() override { left_ = 0; }
  void on_failure(const base::Failure& failure) override {
    std::fprintf(stderr, "tls_handshake: %s\n", failure.detail.c_str());
    ::_exit(1);
  }
  [[nodiscard]] bool is_resumed() const { return is_resumed_; }

 private:
  int left_;
  bool is_resumed_ = false;
  std::unique_ptr<ports::Connection> connection_;
};

// What `openssl s_client` does, in a loop.
class PlainClient {
 public:
  explicit PlainClient(const std::string& ca_file) : context_(::SSL_CTX_new(::TLS_client_method())) {
    ::SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    CW_ASSERT(::SSL_CTX_load_verify_file(context_, ca_file.c_str()) == 1);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    ::SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
      auto* const self = static_cast<PlainClient*>(SSL_get_app_data(ssl));
      ::SSL_SESSION_free(std::exchange(self->session_, session));
      return 1;
    });
  }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;
  ~PlainClient() {
    ::SSL_SESSION_free(session_);
    ::SSL_CTX_free(context_);
  }

  bool visit(std::uint16_t port, bool is_resuming) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CW_ASSERT(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    SSL* const ssl = ::SSL_new(context_);
    SSL_set_app_data(ssl, this);
    ::SSL_set1_host(ssl, "a.example");
    ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>("a.example"));
    if (is_resuming && session_ != nullptr) {
      ::SSL_set_session(ssl, session_);
    }
    ::SSL_set_fd(ssl, fd);
    char buffer[4096];
    CW_ASSERT(::SSL_connect(ssl) == 1 && ::SSL_write(ssl, request.data(), static_cast<int>(request.size())) > 0 &&
              ::SSL_read(ssl, buffer, sizeof buffer) > 0);
    const bool is_resumed = ::SSL_session_reused(ssl) == 1;
    ::SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // or the session would be given up
    ::SSL_free(ssl);
    ::close(fd);
    return is_resumed;
  }

 private:
  SSL_CTX* context_;
  SSL_SESSION* session_ = nullptr;
};

// The quickest of some batches: what else the machine does is none of our business.
template <typename Action>
double measure(int count, const Action& action) {
  constexpr int batches = 10;
  double quickest = 1e9;
  for (int batch = 0; batch < batches; ++batch) {
    const int first = batch * count / batches;
    const int last = (batch + 1) * count / batches;
    const double before = cpu_us();
    for (int i = first; i < last; ++i) {
      action(i);
    }
    quickest = std::min(quickest, (cpu_us() - before) / (last - first));
  }
  return quickest;
}

void print(const char* what, double us, double baseline) {
  std::printf("%-44s %7.1f us   %5.2f of OpenSSL\n", what, us, us / baseline);
}

void compare(const std::vector<std::uint16_t>& ports, const std::string& ca_file, int count) {
  const auto size = static_cast<int>(ports.size());
  const std::uint16_t port = ports.front();
  ports::TlsClient settings;
  settings.server_name = "a.example";
  settings.ca_file = ca_file;
  PlainClient plain(ca_file);
  const auto network = std::move(*adapters::EpollNetwork::make());
  const auto visit = [&](std::uint16_t to) { return Visitor(*network, to, settings, 1).is_resumed(); };

  settings.is_resuming = false;
  visit(port);
  plain.visit(port, false);
  const double openssl_full = measure(count, [&](int) { plain.visit(port, false); });
  const double full = measure(size - 1, [&](int i) { visit(ports[static_cast<std::size_t>(i) + 1]); });
  const double cached = measure(count, [&](int) { visit(port); });
  int openssl_resumes = 0;
  int resumes = 0;
  const double openssl_resumed = measure(count, [&](int) { openssl_resumes += plain.visit(port, true) ? 1 : 0; });
  settings.is_resuming = true;
  visit(port);
  const double ours_resumed = measure(count, [&](int) { resumes += visit(port) ? 1 : 0; });
  std::printf("resumed: OpenSSL %d, ours %d of %d\n", openssl_resumes, resumes, count);
  const double many = measure(10, [&](int) { Visitor(*network, port, settings, 10'000); }) / 10'000;

  std::printf("%-44s %7.1f us\n", "OpenSSL alone, full", openssl_full);
  print("a chain not seen before", full, openssl_full);
  print("a chain that is remembered", cached, openssl_full);
  std::printf("%-44s %7.1f us\n", "OpenSSL alone, resumed", openssl_resumed);
  print("resumed", ours_resumed, openssl_resumed);
  std::printf("%-44s %7.1f us\n", "one more request on the same connection", many);
}

int run(int count, bool is_held) {
  constexpr std::size_t leaves = 300;
  const base::Instant now = adapters::SystemClock().wall();
  const adapters::Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(24)};
  const auto authority = adapters::make_authority("bench", validity).value();
  std::vector<ports::TlsServer> identities;
  while (identities.size() < leaves) {
    const auto leaf = adapters::make_leaf(authority, {"a.example", "*.shop.example"}, validity).value();
    identities.push_back({leaf.certificate_pem, leaf.private_key_pem});
  }
  std::string folder = "/tmp/tls-handshake-XXXXXX";
  CW_ASSERT(::mkdtemp(folder.data()) != nullptr);
  const std::string ca_file = folder + "/ca.pem";
  std::ofstream(ca_file) << authority.certificate_pem;

  int pipe_ends[2];
  CW_ASSERT(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    serve(identities, pipe_ends[1]);
  }
  std::vector<std::uint16_t> ports(leaves);
  CW_ASSERT(::read(pipe_ends[0], ports.data(), leaves * 2) == static_cast<ssize_t>(leaves * 2));
  if (is_held) {
    std::printf("port %u, authority %s, server %d\n", ports.front(), ca_file.c_str(), child);
    std::fflush(stdout);
    ::waitpid(child, nullptr, 0);
  } else {
    compare(ports, ca_file, count);
    ::kill(child, SIGTERM);
    ::waitpid(child, nullptr, 0);
  }
  ::unlink(ca_file.c_str());
  ::rmdir(folder.c_str());
  return 0;
}

}  // namespace

}  // namespace cachewitness

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 3000;
  return cachewitness::run(count, argc > 2 && std::strcmp(argv[2], "hold") == 0);
}
