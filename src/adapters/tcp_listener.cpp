#include "adapters/tcp_listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "adapters/native_address.h"
#include "adapters/system_error.h"
#include "adapters/tcp_stream.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

constexpr int max_accepts_per_turn = 64;
constexpr int accept_queue_length = 4096;  // the kernel cuts it to net.core.somaxconn

UniqueFd open_spare() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// Returns the listening socket, or the errno of the step that failed.
std::expected<UniqueFd, int> open_listening(const base::SocketAddress& on) {
  const int family = on.family == base::SocketAddress::Family::v4 ? AF_INET : AF_INET6;
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) {
    return std::unexpected(errno);
  }
  const int enabled = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof enabled);
  const NativeAddress native = to_native(on);
  if (::bind(fd.get(), native.get(), native.size) != 0 || ::listen(fd.get(), accept_queue_length) != 0) {
    return std::unexpected(errno);
  }
  return fd;
}

}  // namespace

base::Result<std::unique_ptr<TcpListener>> TcpListener::listen(Reactor& reactor, const base::SocketAddress& on,
                                                               ports::AcceptEvents& events) {
  auto fd = open_listening(on);
  if (!fd) {
    return base::fail(base::errors::system_call, fmt::format("cannot listen on {}: {}; choose another address or port",
                                                             on.text(), system_error_text(fd.error())));
  }
  std::unique_ptr<TcpListener> listener(new TcpListener(reactor, std::move(*fd), events));
  if (const int error = reactor.watch(listener->id_, listener->fd_.get()); error != 0) {
    return base::fail(base::errors::system_call,
                      fmt::format("cannot watch the socket that listens on {}: {}; raise fs.epoll.max_user_watches",
                                  on.text(), system_error_text(error)));
  }
  return listener;
}

TcpListener::TcpListener(Reactor& reactor, UniqueFd fd, ports::AcceptEvents& events)
    : reactor_(reactor),
      fd_(std::move(fd)),
      spare_(open_spare()),
      events_(events),
      address_(local_address(fd_.get())),
      id_(reactor.enroll(*this)) {}

TcpListener::~TcpListener() { reactor_.withdraw(id_); }

void TcpListener::on_ready(std::uint32_t /*ready*/) {
  const Liveness::Watch alive(liveness_);
  for (int accepts = 0; accepts < max_accepts_per_turn; ++accepts) {
    NativeAddress remote;
    remote.size = sizeof remote.storage;
    UniqueFd fd(::accept4(fd_.get(), remote.get(), &remote.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.is_open()) {
      accepted(std::move(fd), from_native(remote));
      if (alive.is_gone()) {
        return;
      }
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno == EMFILE || errno == ENFILE) {
      turn_away();
    }
    // Anything else (ECONNABORTED, EINTR, EPROTO) concerns the one stream that was lost; go on with the next.
  }
  reactor_.wake(id_);
}

void TcpListener::accepted(UniqueFd fd, const base::SocketAddress& remote) {
  std::unique_ptr<TcpStream> stream = TcpStream::adopt(reactor_, std::move(fd), remote);
  TcpStream& kept = *stream;
  const Liveness::Watch stream_alive(kept.liveness());
  const ports::PeerInfo peer = kept.peer();
  ports::ConnectionEvents* const events = events_.on_accept(std::move(stream), peer);
  if (!stream_alive.is_gone()) {
    CW_ASSERT(events != nullptr);
    kept.start(*events);
  }
}

// Edge-triggered, a stream left in the queue would never be reported again. Better that its peer sees a
// close at once than that it waits for nothing.
void TcpListener::turn_away() {
  spare_.reset();
  UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
  spare_ = open_spare();
}

}  // namespace cachewitness::adapters
