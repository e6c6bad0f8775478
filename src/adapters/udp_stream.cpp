#include "adapters/udp_stream.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "adapters/native_address.h"
#include "adapters/system_error.h"

namespace cachewitness::adapters {

namespace {

// A socket with more to read than this waits for its next turn, so that no edge starves the others.
constexpr int max_datagrams_per_turn = 64;

// RFC 9000 14: no datagram is cut in two on its way. It is the protocol above that finds out what the path carries.
void forbid_fragments(int fd, int family) {
  const int probing = family == AF_INET ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;
  ::setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
               family == AF_INET ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &probing, sizeof probing);
}

// What costs this datagram alone: no room for it, or it is larger than the path (RFC 9000 14.2 probes for that).
bool loses_one(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == EMSGSIZE; }

}  // namespace

std::unique_ptr<UdpStream> UdpStream::connect(Reactor& reactor, const ports::Route& route,
                                              ports::ConnectionEvents& events) {
  std::unique_ptr<UdpStream> stream(new UdpStream(reactor, events));
  stream->id_ = reactor.enroll(*stream);
  stream->open_socket(route);
  return stream;
}

UdpStream::~UdpStream() {
  if (id_ != PollId::none) {
    reactor_.withdraw(id_);
  }
}

void UdpStream::open_socket(const ports::Route& route) {
  peer_.remote = route.to;
  peer_.detour = route.detour;
  source_ = route.source;
  if (route.proxy) {
    return fail_later(
        {base::Stage::connect, base::FailureCause::unreachable,
         fmt::format("no datagram passes the proxy {}; use another HTTP version behind it", route.proxy->text())});
  }
  int error = connect_socket(route.to);
  if (is_without_way(error) && route.otherwise) {
    peer_.detour = fmt::format("instead of {}: {}", route.to.text(), system_error_text(error));
    peer_.remote = *route.otherwise;
    error = connect_socket(*route.otherwise);
  }
  if (error == 0) {
    error = reactor_.watch(id_, fd_.get());
  }
  if (error != 0) {
    fail_later(failure(error));
  }
}

// Returns 0 or errno.
int UdpStream::connect_socket(const base::SocketAddress& to) {
  const int family = to.family == base::SocketAddress::Family::v4 ? AF_INET : AF_INET6;
  fd_.reset(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_.is_open()) {
    return errno;
  }
  forbid_fragments(fd_.get(), family);
  if (source_) {
    const NativeAddress ours = to_native(*source_);
    const bool is_same_family = source_->family == to.family;
    is_source_bad_ = !is_same_family || ::bind(fd_.get(), ours.get(), ours.size) != 0;
    if (is_source_bad_) {
      return is_same_family ? errno : EAFNOSUPPORT;
    }
  }
  const NativeAddress native = to_native(to);
  return ::connect(fd_.get(), native.get(), native.size) == 0 ? 0 : errno;
}

base::Failure UdpStream::failure(int error) const {
  if (is_source_bad_) {
    return source_failure(*source_, peer_.remote, error);
  }
  base::Failure failure = stream_failure(state_ == State::answered ? base::Stage::body : base::Stage::connect, error);
  if (state_ != State::answered && !peer_.detour.empty()) {
    failure.detail += ", " + peer_.detour;
  }
  return failure;
}

// Failures are told in the next turn, never from within a call of the owner.
void UdpStream::fail_later(base::Failure failure) {
  pending_failure_ = std::move(failure);
  reactor_.wake(id_);
}

void UdpStream::send(std::string_view bytes) {
  if (is_finishing_ || pending_failure_ || state_ == State::failed) {
    return;
  }
  ssize_t taken = 0;
  do {
    taken = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (taken < 0 && errno == EINTR);
  if (taken < 0 && !loses_one(errno)) {
    fail_later(failure(errno));
  }
}

void UdpStream::on_ready(std::uint32_t /*ready*/) {
  const Liveness::Watch alive(liveness_);
  if (state_ == State::opening && !pending_failure_) {
    state_ = State::silent;
    peer_.local = local_address(fd_.get());
    events_.on_open(peer_);
    if (alive.is_gone()) {
      return;
    }
  }
  // Also where sending failed: what the peer said before it went away comes first.
  if (state_ == State::silent || state_ == State::answered) {
    receive(alive);
    if (alive.is_gone()) {
      return;
    }
  }
  if (pending_failure_ && state_ != State::failed) {
    fail();
  }
}

void UdpStream::receive(const Liveness::Watch& alive) {
  for (int reads = 0; reads < max_datagrams_per_turn; ++reads) {
    const std::span<char> buffer = reactor_.scratch();
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        fail_later(failure(errno));
      }
      return;
    }
    state_ = State::answered;
    if (got > 0) {  // an empty datagram says nothing
      events_.on_bytes({buffer.data(), static_cast<std::size_t>(got)});
      if (alive.is_gone()) {
        return;
      }
    }
  }
  reactor_.wake(id_);
}

void UdpStream::fail() {
  const base::Failure failure = *std::exchange(pending_failure_, std::nullopt);
  state_ = State::failed;
  reactor_.withdraw(std::exchange(id_, PollId::none));
  fd_.reset();
  events_.on_failure(failure);
}

}  // namespace cachewitness::adapters
