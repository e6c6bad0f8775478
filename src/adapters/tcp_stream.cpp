#include "adapters/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "adapters/native_address.h"
#include "adapters/system_error.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

// A stream with more to read than this waits for its next turn, so that no edge starves the others.
constexpr int max_reads_per_turn = 4;
// A backlog that once grew beyond this is given back instead of kept for the next send.
constexpr std::size_t max_idle_backlog_bytes = std::size_t{64} << 10;

void send_without_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int take_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

std::unique_ptr<TcpStream> TcpStream::connect(Reactor& reactor, const ports::Route& route,
                                              ports::ConnectionEvents& events) {
  CW_ASSERT(!route.proxy);
  std::unique_ptr<TcpStream> stream(new TcpStream(reactor, route.to));
  stream->events_ = &events;
  stream->source_ = route.source;
  stream->otherwise_ = route.otherwise;
  stream->peer_.detour = route.detour;
  stream->id_ = reactor.enroll(*stream);
  stream->begin_connect();
  return stream;
}

std::unique_ptr<TcpStream> TcpStream::adopt(Reactor& reactor, UniqueFd fd, const base::SocketAddress& remote) {
  std::unique_ptr<TcpStream> stream(new TcpStream(reactor, remote));
  stream->id_ = reactor.enroll(*stream);
  stream->fd_ = std::move(fd);
  stream->peer_.local = local_address(stream->fd_.get());
  send_without_delay(stream->fd_.get());
  return stream;
}

TcpStream::~TcpStream() { close(); }

void TcpStream::begin_connect() {
  const int family = peer_.remote.family == base::SocketAddress::Family::v4 ? AF_INET : AF_INET6;
  fd_.reset(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_.is_open()) {
    set_error(errno);
    return;
  }
  send_without_delay(fd_.get());
  if (source_ && !bind_source()) {
    return;
  }
  const NativeAddress native = to_native(peer_.remote);
  if (::connect(fd_.get(), native.get(), native.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
    set_error(errno);
    return;
  }
  // Only now: an unconnected socket under epoll reports a hang-up at once. A connect that is already
  // complete is not lost, for epoll_ctl looks at the present state.
  watch();
}

bool TcpStream::bind_source() {
  // The port is chosen by connect(), which may give one port to connections to different addresses; bind() could not.
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const NativeAddress native = to_native(*source_);
  const bool is_same_family = source_->family == peer_.remote.family;
  if (is_same_family && ::bind(fd_.get(), native.get(), native.size) == 0) {
    return true;
  }
  is_source_bad_ = true;
  set_error(is_same_family ? errno : EAFNOSUPPORT);
  return false;
}

void TcpStream::start(ports::ConnectionEvents& events) {
  CW_ASSERT(events_ == nullptr && state_ == State::connecting);
  events_ = &events;
  watch();
}

void TcpStream::watch() {
  if (const int error = reactor_.watch(id_, fd_.get()); error != 0) {
    set_error(error);
  }
}

// Failures are told in the next turn, never from within a call of the owner.
void TcpStream::set_error(int error) {
  error_ = error;
  reactor_.wake(id_);
}

void TcpStream::send(std::string_view bytes) {
  if (bytes.empty() || is_finishing_ || state_ == State::failed || error_ != 0) {
    return;  // nobody would ever get these bytes; the failure is told on its own
  }
  if (state_ != State::connecting && !has_backlog() && send_now(bytes)) {
    return;
  }
  if (sent_ > max_idle_backlog_bytes && sent_ > backlog_.size() / 2) {
    backlog_.erase(0, sent_);  // a peer that reads slowly but steadily must not make us keep all it ever got
    sent_ = 0;
  }
  backlog_.append(bytes);
  stay();
}

// Returns whether nothing is left to keep.
bool TcpStream::send_now(std::string_view& bytes) {
  if (ring_ != nullptr) {
    ring_->send(socket_, bytes);
    is_sending_ = true;
    stay();
    return true;
  }
  ssize_t taken = 0;
  do {
    taken = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (taken < 0 && errno == EINTR);
  if (taken < 0 && !would_block(errno)) {
    if (state_ == State::open) {
      set_error(errno);
    }
    return true;
  }
  bytes.remove_prefix(taken < 0 ? 0 : static_cast<std::size_t>(taken));
  return bytes.empty();
}

// Where the peer had finished and everything was sent, there is work again.
void TcpStream::stay() {
  if (id_ == PollId::none) {
    id_ = reactor_.enroll(*this);
    if (ring_ == nullptr) {
      watch();
    }
  }
}

void TcpStream::finish() {
  is_finishing_ = true;
  if (state_ != State::connecting && state_ != State::failed && !has_backlog()) {
    ::shutdown(fd_.get(), SHUT_WR);
  }
}

void TcpStream::on_ready(std::uint32_t ready) {
  const Liveness::Watch alive(liveness_);
  is_hung_up_ = is_hung_up_ || (ready & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (state_ == State::connecting && error_ == 0) {
    error_ = take_socket_error(fd_.get());
    if (error_ == 0) {
      if ((ready & EPOLLOUT) == 0) {
        return;
      }
      open();
      if (alive.is_gone()) {
        return;
      }
    }
  }
  if (state_ != State::connecting && state_ != State::failed && (ready & EPOLLOUT) != 0 && ring_ == nullptr) {
    flush();
  }
  // Also where sending failed: what the peer said before it went away comes first.
  if (state_ == State::open && ring_ == nullptr) {
    receive(alive);
    if (alive.is_gone()) {
      return;
    }
  }
  if (error_ != 0 && state_ != State::ended && state_ != State::failed) {
    fail();
  }
}

void TcpStream::open() {
  state_ = State::open;
  peer_.local = local_address(fd_.get());
  ring_ = reactor_.ring();
  if (ring_ != nullptr) {
    reactor_.unwatch(fd_.get());
    socket_ = ring_->adopt(fd_.get(), *this);
    flush_by_ring();
  } else {
    flush();
  }
  events_->on_open(peer_);
}

void TcpStream::on_received(std::string_view bytes) {
  if (state_ == State::open) {
    events_->on_bytes(bytes);
  }
}

void TcpStream::on_receive_end(int error) {
  if (state_ != State::open) {
    return;
  }
  if (error == 0) {
    return end();
  }
  error_ = error;
  fail();
}

void TcpStream::on_sent(int error) {
  is_sending_ = false;
  if (error == 0) {
    return flush_by_ring();
  }
  // Where the peer broke the stream, what it said before comes first, and the end of receiving after that.
  if (state_ == State::open && error != EPIPE && error != ECONNRESET) {
    set_error(error);
  }
}

void TcpStream::flush_by_ring() {
  if (sent_ == backlog_.size()) {
    return end_flush();
  }
  ring_->send(socket_, std::string_view(backlog_).substr(sent_));
  is_sending_ = true;
  backlog_.clear();
  sent_ = 0;
}

void TcpStream::receive(const Liveness::Watch& alive) {
  for (int reads = 0; reads < max_reads_per_turn; ++reads) {
    const std::span<char> buffer = reactor_.scratch();
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      if (!would_block(errno)) {
        error_ = errno;
      }
      return;
    }
    if (got == 0) {
      end();
      return;
    }
    const auto count = static_cast<std::size_t>(got);
    events_->on_bytes({buffer.data(), count});
    if (alive.is_gone() || (count < buffer.size() && !is_hung_up_)) {
      return;  // a short read emptied the socket: the next bytes are a new edge, without asking for EAGAIN
    }
  }
  reactor_.wake(id_);
}

void TcpStream::end() {
  state_ = State::ended;
  if (!has_backlog()) {
    rest();
  }
  events_->on_end();
}

void TcpStream::fail() {
  if (take_other_way()) {
    return;
  }
  const base::Failure told = failure();
  state_ = State::failed;
  close();
  events_->on_failure(told);
}

bool TcpStream::take_other_way() {
  if (state_ != State::connecting || !otherwise_ || !is_without_way(error_)) {
    return false;
  }
  peer_.detour = fmt::format("instead of {}: {}", peer_.remote.text(), system_error_text(error_));
  peer_.remote = *std::exchange(otherwise_, std::nullopt);
  error_ = 0;
  is_hung_up_ = false;
  begin_connect();
  return true;
}

base::Failure TcpStream::failure() const {
  if (is_source_bad_) {
    return source_failure(*source_, peer_.remote, error_);
  }
  base::Failure failure =
      stream_failure(state_ == State::connecting ? base::Stage::connect : base::Stage::body, error_);
  if (state_ == State::connecting && !peer_.detour.empty()) {
    failure.detail += ", " + peer_.detour;
  }
  return failure;
}

void TcpStream::flush() {
  while (has_backlog()) {
    const ssize_t taken = ::send(fd_.get(), backlog_.data() + sent_, backlog_.size() - sent_, MSG_NOSIGNAL);
    if (taken >= 0) {
      sent_ += static_cast<std::size_t>(taken);
    } else if (would_block(errno)) {
      return;
    } else if (errno != EINTR) {
      error_ = errno;
      break;
    }
  }
  end_flush();
}

void TcpStream::end_flush() {
  backlog_.clear();
  sent_ = 0;
  if (backlog_.capacity() > max_idle_backlog_bytes) {
    std::string().swap(backlog_);
  }
  if (is_finishing_ && error_ == 0) {
    ::shutdown(fd_.get(), SHUT_WR);
  }
  if (state_ == State::ended) {
    rest();
  }
}

// Nothing more can happen unless the owner sends again: Network::turn() need not wait for us.
void TcpStream::rest() {
  if (id_ != PollId::none) {
    if (ring_ == nullptr) {
      reactor_.unwatch(fd_.get());
    }
    withdraw();
  }
}

// Closing the descriptor takes it out of epoll, which saves the system call.
void TcpStream::close() {
  withdraw();
  if (socket_ != RingSocket::none) {
    ring_->release(std::exchange(socket_, RingSocket::none), std::move(fd_));
  }
  fd_.reset();
}

void TcpStream::withdraw() {
  if (id_ != PollId::none) {
    reactor_.withdraw(std::exchange(id_, PollId::none));
  }
}

}  // namespace cachewitness::adapters
