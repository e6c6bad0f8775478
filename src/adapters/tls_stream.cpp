#include "adapters/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/tls_error.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

TlsStream::Wire& wire_of(BIO* bio) { return *static_cast<TlsStream::Wire*>(::BIO_get_data(bio)); }

int read_wire(BIO* bio, char* buffer, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  std::string_view& incoming = wire_of(bio).incoming;
  *count = std::min(size, incoming.size());
  if (*count == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(buffer, incoming.data(), *count);
  incoming.remove_prefix(*count);
  return 1;
}

int write_wire(BIO* bio, const char* bytes, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  wire_of(bio).outgoing.append(bytes, size);
  *count = size;
  return 1;
}

long control_wire(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_wire_method() {
  BIO_METHOD* const method = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
  CW_ASSERT(method != nullptr);
  ::BIO_meth_set_read_ex(method, read_wire);
  ::BIO_meth_set_write_ex(method, write_wire);
  ::BIO_meth_set_ctrl(method, control_wire);
  return method;
}

// One for the process, and never freed: streams may be alive until its very end.
BIO* open_wire(TlsStream::Wire& wire) {
  static BIO_METHOD* const method = make_wire_method();
  BIO* const bio = ::BIO_new(method);
  CW_ASSERT(bio != nullptr);
  ::BIO_set_data(bio, &wire);
  ::BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

TlsStream::TlsStream(ports::Network& network, std::shared_ptr<TlsContext> context)
    : network_(network), context_(std::move(context)) {}

bool TlsStream::open_client(const ports::TlsClient& settings, const base::SocketAddress& to) {
  ssl_ = context_->open_client(settings, to, tls_peer_);
  join_wire();
  return ssl_ != nullptr;
}

void TlsStream::open_server() {
  ssl_ = context_->open_server();
  join_wire();
}

void TlsStream::join_wire() {
  if (ssl_ != nullptr) {
    BIO* const bio = open_wire(wire_);
    ::SSL_set_bio(ssl_.get(), bio, bio);  // takes it over, once for both directions
  }
}

TlsStream::~TlsStream() {
  distrust_session();
  if (failure_timer_ != ports::TimerId::none) {
    network_.cancel_timer(failure_timer_);
  }
}

void TlsStream::send(std::string_view bytes) {
  if (is_broken_ || is_finishing_ || bytes.empty()) {
    return;
  }
  if (!is_open_) {
    early_.append(bytes);
    return;
  }
  encrypt(bytes);
  send_outgoing();
}

void TlsStream::finish() {
  if (!std::exchange(is_finishing_, true) && is_open_ && transport_ != nullptr) {
    close_sending_side();
  }
}

void TlsStream::on_open(const ports::PeerInfo& peer) {
  peer_ = peer;
  is_connected_ = true;
  drive();
}

void TlsStream::on_bytes(std::string_view bytes) {
  wire_.incoming = bytes;
  drive();
}

// RFC 8446 6.1: an end without close_notify may be an attacker's, who cuts the answer short.
void TlsStream::on_end() {
  if (is_open_) {
    fail({base::Stage::body, base::FailureCause::reset, "the peer closed the stream without a TLS close_notify"});
  } else {
    fail({base::Stage::tls, base::FailureCause::tls, "the peer closed the stream during the TLS handshake"});
  }
}

void TlsStream::on_failure(const base::Failure& failure) {
  base::Failure told = failure;
  if (!is_open_ && failure.stage != base::Stage::connect) {
    told.stage = base::Stage::tls;
  }
  fail(told);
}

void TlsStream::fail_later(base::Failure failure) {
  if (failure_timer_ == ports::TimerId::none) {
    pending_failure_ = std::move(failure);
    failure_timer_ = network_.arm_timer(network_.now(), *this);
  }
}

void TlsStream::on_timer(base::Tick /*now*/) {
  failure_timer_ = ports::TimerId::none;
  fail(pending_failure_);
}

void TlsStream::drive() {
  if (is_over_ || ssl_ == nullptr) {
    return;
  }
  const Liveness::Watch alive(liveness_);
  if (is_open_ || shake_hands(alive)) {
    read_plain(alive);
  }
}

// Returns whether the stream is open now, and still exists.
bool TlsStream::shake_hands(const Liveness::Watch& alive) {
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(ssl_.get());
  const bool is_waiting = result != 1 && ::SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
  if (result != 1 && !is_waiting) {
    // An alert may be on the wire: the peer shall learn why.
    const std::string reason = take_handshake_error(ssl_.get());
    send_outgoing();
    fail({base::Stage::tls, base::FailureCause::tls, reason});
    return false;
  }
  if (is_waiting) {
    send_outgoing();
    return false;
  }
  is_open_ = true;
  describe_peer();
  encrypt(std::exchange(early_, {}));
  send_outgoing();
  if (is_finishing_) {
    close_sending_side();
  }
  events_->on_open(peer_);
  return !alive.is_gone() && !is_over_;
}

void TlsStream::read_plain(const Liveness::Watch& alive) {
  const std::span<char> buffer = context_->scratch();
  while (true) {
    std::size_t count = 0;
    ::ERR_clear_error();
    if (::SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count) == 1) {
      events_->on_bytes({buffer.data(), count});
      if (alive.is_gone() || is_over_) {
        return;
      }
      continue;
    }
    const int error = ::SSL_get_error(ssl_.get(), 0);
    const std::string reason = error == SSL_ERROR_SSL ? take_tls_error() : std::string();
    send_outgoing();  // an alert, or the answer to a key update
    if (error == SSL_ERROR_WANT_READ) {
      return;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
      is_over_ = true;
      events_->on_end();
      return;
    }
    fail({base::Stage::body, base::FailureCause::tls, reason});
    return;
  }
}

// The wire takes everything, so a write is whole or the stream is broken.
void TlsStream::encrypt(std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  std::size_t written = 0;
  ::ERR_clear_error();
  if (::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1) {
    fail_later({base::Stage::body, base::FailureCause::tls, take_tls_error()});
  }
}

void TlsStream::send_outgoing() {
  if (!wire_.outgoing.empty() && transport_ != nullptr) {
    transport_->send(wire_.outgoing);
  }
  wire_.outgoing.clear();
}

void TlsStream::close_sending_side() {
  ::ERR_clear_error();
  ::SSL_shutdown(ssl_.get());  // writes close_notify; the peer's own is read when it comes
  ::ERR_clear_error();
  send_outgoing();
  transport_->finish();
}

void TlsStream::describe_peer() {
  peer_.tls_version = ::SSL_get_version(ssl_.get());
  peer_.is_resumed = ::SSL_session_reused(ssl_.get()) == 1;
  const unsigned char* protocol = nullptr;
  unsigned protocol_bytes = 0;
  ::SSL_get0_alpn_selected(ssl_.get(), &protocol, &protocol_bytes);
  peer_.protocol.assign(reinterpret_cast<const char*>(protocol), protocol_bytes);
  if (::SSL_is_server(ssl_.get()) == 0) {
    chain_ = TlsContext::chain_of(ssl_.get(), tls_peer_);
    peer_.certificate_sha256 = chain_ != nullptr ? chain_->leaf_sha256 : std::string();
  }
}

// A peer that trips over the session it was offered would do so each time.
void TlsStream::distrust_session() {
  if (is_connected_ && !is_open_ && tls_peer_.offered != nullptr) {
    tls_peer_.slot->forget();
  }
}

void TlsStream::fail(const base::Failure& failure) {
  if (is_over_) {
    return;
  }
  is_over_ = true;
  is_broken_ = true;
  distrust_session();
  // The owner may destroy us, and with us what `failure` refers to.
  const base::Failure told = failure;  // NOLINT(performance-unnecessary-copy-initialization)
  transport_.reset();
  events_->on_failure(told);
}

}  // namespace cachewitness::adapters
