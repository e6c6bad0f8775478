#include "quic/quic_connection.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"
#include "quic/close_text.h"

namespace cachewitness::quic {

namespace {

using base::FailureCause;
using base::Stage;

// Room for what a response usually is, so that none waits for credit; both grow while an answer is large and fast.
constexpr std::uint64_t stream_window = std::uint64_t{256} << 10;
constexpr std::uint64_t max_stream_window = std::uint64_t{4} << 20;
constexpr std::uint64_t connection_window = std::uint64_t{1} << 20;
constexpr std::uint64_t max_connection_window = std::uint64_t{16} << 20;
// HTTP/3 needs three, and a server may try out others (RFC 9114 6.2.3).
constexpr std::uint64_t control_streams = 16;
constexpr ngtcp2_duration idle_timeout = 30 * NGTCP2_SECONDS;
// After so long without a packet, one is sent that must be acknowledged: a server that went away while it answered
// would otherwise go unnoticed, for who only listens sends nothing.
constexpr ngtcp2_duration silence = 1 * NGTCP2_SECONDS;
constexpr std::size_t connection_id_bytes = 16;

ngtcp2_tstamp to_timestamp(base::Tick tick) { return static_cast<ngtcp2_tstamp>(tick.ns); }

const std::uint8_t* to_bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

std::string_view to_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// The socket is connected, so there is one path and its addresses do not matter: all zero, and always the same.
struct OnlyPath {
  ngtcp2_sockaddr_union local{};
  ngtcp2_sockaddr_union remote{};
  ngtcp2_path path{};

  OnlyPath() {
    local.in.sin_family = AF_INET;
    remote.in.sin_family = AF_INET;
    path.local = {&local.sa, sizeof local.in};
    path.remote = {&remote.sa, sizeof remote.in};
  }
};

OnlyPath& only_path() {
  static OnlyPath path;
  return path;
}

bool fill_randomly(std::uint8_t* bytes, std::size_t size) {
  return ::gnutls_rnd(GNUTLS_RND_RANDOM, bytes, size) == GNUTLS_E_SUCCESS;
}

ngtcp2_cid random_id() {
  ngtcp2_cid id{};
  id.datalen = connection_id_bytes;
  CW_ASSERT(fill_randomly(id.data, id.datalen));
  return id;
}

}  // namespace

struct QuicConnection::Reference {
  ngtcp2_crypto_conn_ref native{};
};

void QuicConnection::Free::operator()(ngtcp2_conn* connection) const { ::ngtcp2_conn_del(connection); }

// What ngtcp2 calls. All are told from within ngtcp2_conn_read_pkt() and its like, and none throws.
struct QuicConnection::Callbacks {
  static QuicConnection& of(void* user) { return *static_cast<QuicConnection*>(user); }

  static ngtcp2_conn* connection_of(ngtcp2_crypto_conn_ref* reference) noexcept {
    return of(reference->user_data).connection_.get();
  }

  static int result(QuicConnection& self, StreamEvents::Answer answer) {
    if (!answer) {
      return 0;
    }
    self.end({Stage::head, FailureCause::malformed, std::move(answer->detail)});
    self.owes_goodbye_ = true;
    self.application_error_ = answer->code;
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }

  static int on_handshake_completed(ngtcp2_conn* /*connection*/, void* user) noexcept {
    of(user).is_open_ = true;
    of(user).tls_->describe(of(user).peer_);
    return result(of(user), of(user).events_.on_open());
  }

  static int on_version_negotiation(ngtcp2_conn* /*connection*/, const ngtcp2_pkt_hd* /*head*/,
                                    const std::uint32_t* offered, std::size_t count, void* user) noexcept {
    constexpr std::size_t most = 8;
    std::string& text = of(user).versions_;
    for (std::size_t i = 0; i < std::min(count, most); ++i) {
      text += fmt::format("{}0x{:x}", i == 0 ? "" : ", ", offered[i]);
    }
    return 0;
  }

  static int on_stream_data(ngtcp2_conn* /*connection*/, std::uint32_t flags, std::int64_t stream,
                            std::uint64_t /*offset*/, const std::uint8_t* data, std::size_t size, void* user,
                            void* /*stream_user*/) noexcept {
    const bool is_end = (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0;
    return result(of(user), of(user).events_.on_stream_bytes(stream, to_text(data, size), is_end));
  }

  static int on_stream_reset(ngtcp2_conn* /*connection*/, std::int64_t stream, std::uint64_t /*size*/,
                             std::uint64_t code, void* user, void* /*stream_user*/) noexcept {
    of(user).events_.on_stream_reset(stream, code);
    return 0;
  }

  static int on_stream_close(ngtcp2_conn* connection, std::uint32_t flags, std::int64_t stream, std::uint64_t code,
                             void* user, void* /*stream_user*/) noexcept {
    const bool has_code = (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0;
    if (::ngtcp2_is_bidi_stream(stream) == 0 && ::ngtcp2_conn_is_local_stream(connection, stream) == 0) {
      ::ngtcp2_conn_extend_max_streams_uni(connection, 1);
    }
    return result(of(user), of(user).events_.on_stream_closed(stream, has_code ? std::optional(code) : std::nullopt));
  }

  static int on_acked(ngtcp2_conn* /*connection*/, std::int64_t stream, std::uint64_t /*offset*/, std::uint64_t size,
                      void* user, void* /*stream_user*/) noexcept {
    return result(of(user), of(user).events_.on_acknowledged(stream, size));
  }

  static int on_more_streams(ngtcp2_conn* /*connection*/, std::uint64_t /*count*/, void* user) noexcept {
    if (of(user).is_open_) {
      of(user).events_.on_room();
    }
    return 0;
  }

  static int on_more_data(ngtcp2_conn* /*connection*/, std::int64_t stream, std::uint64_t /*bytes*/, void* user,
                          void* /*stream_user*/) noexcept {
    of(user).events_.on_writable(stream);
    return 0;
  }

  static int on_stateless_reset(ngtcp2_conn* /*connection*/, const ngtcp2_pkt_stateless_reset* /*reset*/,
                                void* user) noexcept {
    of(user).is_reset_ = true;
    return 0;
  }

  static void random(std::uint8_t* bytes, std::size_t size, const ngtcp2_rand_ctx* /*context*/) noexcept {
    fill_randomly(bytes, size);
  }

  static int new_connection_id(ngtcp2_conn* /*connection*/, ngtcp2_cid* id, std::uint8_t* token, std::size_t size,
                               void* /*user*/) noexcept {
    id->datalen = size;
    return fill_randomly(id->data, size) && fill_randomly(token, NGTCP2_STATELESS_RESET_TOKENLEN)
               ? 0
               : NGTCP2_ERR_CALLBACK_FAILURE;
  }

  static ngtcp2_callbacks table() {
    ngtcp2_callbacks all{};
    all.client_initial = ::ngtcp2_crypto_client_initial_cb;
    all.recv_crypto_data = ::ngtcp2_crypto_recv_crypto_data_cb;
    all.encrypt = ::ngtcp2_crypto_encrypt_cb;
    all.decrypt = ::ngtcp2_crypto_decrypt_cb;
    all.hp_mask = ::ngtcp2_crypto_hp_mask_cb;
    all.recv_retry = ::ngtcp2_crypto_recv_retry_cb;
    all.update_key = ::ngtcp2_crypto_update_key_cb;
    all.delete_crypto_aead_ctx = ::ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    all.delete_crypto_cipher_ctx = ::ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    all.get_path_challenge_data = ::ngtcp2_crypto_get_path_challenge_data_cb;
    all.version_negotiation = ::ngtcp2_crypto_version_negotiation_cb;
    all.handshake_completed = on_handshake_completed;
    all.recv_version_negotiation = on_version_negotiation;
    all.recv_stream_data = on_stream_data;
    all.stream_reset = on_stream_reset;
    all.stream_close = on_stream_close;
    all.acked_stream_data_offset = on_acked;
    all.extend_max_local_streams_bidi = on_more_streams;
    all.extend_max_stream_data = on_more_data;
    all.recv_stateless_reset = on_stateless_reset;
    all.rand = random;
    all.get_new_connection_id = new_connection_id;
    return all;
  }
};

QuicConnection::QuicConnection(Credentials credentials, std::string_view server_name, StreamEvents& events,
                               base::Tick now)
    : events_(events), reference_(std::make_unique<Reference>()) {
  reference_->native = {&Callbacks::connection_of, this};
  tls_ = std::make_unique<TlsHandshake>(std::move(credentials), server_name, reference_->native);
  make_connection(now);
}

QuicConnection::~QuicConnection() = default;

void QuicConnection::make_connection(base::Tick now) {
  ngtcp2_settings settings{};
  ngtcp2_settings_default(&settings);
  settings.initial_ts = to_timestamp(now);
  settings.handshake_timeout = UINT64_MAX;  // an exchange has a deadline of its own
  settings.max_stream_window = max_stream_window;
  settings.max_window = max_connection_window;
  ngtcp2_transport_params parameters{};
  ngtcp2_transport_params_default(&parameters);
  parameters.initial_max_stream_data_bidi_local = stream_window;
  parameters.initial_max_stream_data_uni = stream_window;
  parameters.initial_max_data = connection_window;
  parameters.initial_max_streams_uni = control_streams;
  parameters.max_idle_timeout = idle_timeout;
  parameters.disable_active_migration = 1;
  const ngtcp2_callbacks callbacks = Callbacks::table();
  const ngtcp2_cid theirs = random_id();
  const ngtcp2_cid ours = random_id();
  ngtcp2_conn* made = nullptr;
  CW_ASSERT(ngtcp2_conn_client_new(&made, &theirs, &ours, &only_path().path, NGTCP2_PROTO_VER_V1, &callbacks, &settings,
                                   &parameters, nullptr, this) == 0);
  connection_.reset(made);
  ::ngtcp2_conn_set_tls_native_handle(made, tls_->native());
}

void QuicConnection::receive(std::string_view datagram, base::Tick now) {
  if (is_over_) {
    return;
  }
  is_answered_ = true;
  const ngtcp2_pkt_info info{};
  const int error = ngtcp2_conn_read_pkt(connection_.get(), &only_path().path, &info, to_bytes(datagram),
                                         datagram.size(), to_timestamp(now));
  if (error != 0 && error != NGTCP2_ERR_DISCARD_PKT) {
    end_with(error);
  }
}

void QuicConnection::on_time(base::Tick now) {
  if (is_over_ || now < wakes_at()) {
    return;
  }
  if (const int error = ::ngtcp2_conn_handle_expiry(connection_.get(), to_timestamp(now)); error != 0) {
    end_with(error);
  }
}

base::Tick QuicConnection::wakes_at() const {
  const ngtcp2_tstamp expiry = is_over_ ? UINT64_MAX : ::ngtcp2_conn_get_expiry(connection_.get());
  return expiry >= static_cast<ngtcp2_tstamp>(INT64_MAX) ? base::Tick::never()
                                                         : base::Tick{static_cast<std::int64_t>(expiry)};
}

void QuicConnection::expect_answer(bool is_expected) {
  if (!is_over_) {
    ::ngtcp2_conn_set_keep_alive_timeout(connection_.get(), is_expected ? silence : 0);
  }
}

base::Stage QuicConnection::stage() const {
  return is_open_ ? Stage::head : is_answered_ ? Stage::tls : Stage::connect;
}

void QuicConnection::write(StreamSource& source, base::Tick now, probe::Datagrams& out) {
  std::array<std::uint8_t, NGTCP2_MAX_UDP_PAYLOAD_SIZE> buffer;
  std::array<ngtcp2_vec, std::tuple_size_v<decltype(StreamSource::Piece::parts)>> parts;
  while (!is_over_) {
    StreamSource::Piece piece;
    if (is_open_ && ::ngtcp2_conn_get_max_data_left(connection_.get()) > 0) {
      piece = source.next_piece();
    }
    for (std::size_t i = 0; i < piece.parts_count; ++i) {  // ngtcp2 only reads them
      parts[i] = {const_cast<std::uint8_t*>(to_bytes(piece.parts[i])), piece.parts[i].size()};
    }
    const std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE | (piece.is_end ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0U);
    ngtcp2_ssize taken = -1;
    const ngtcp2_ssize written =
        ngtcp2_conn_writev_stream(connection_.get(), nullptr, nullptr, buffer.data(), buffer.size(), &taken, flags,
                                  piece.stream, parts.data(), piece.parts_count, to_timestamp(now));
    if (taken >= 0 && piece.stream != no_stream) {
      source.take(piece.stream, static_cast<std::size_t>(taken));
    }
    if (written > 0) {
      out.add(to_text(buffer.data(), static_cast<std::size_t>(written)));
    } else if (written == 0) {
      break;  // nothing to say, or the network is full
    } else if (written == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
      source.hold(piece.stream);
    } else if (written == NGTCP2_ERR_STREAM_SHUT_WR || written == NGTCP2_ERR_STREAM_NOT_FOUND) {
      source.drop(piece.stream);
    } else if (written != NGTCP2_ERR_WRITE_MORE) {
      end_with(static_cast<int>(written));
    }
  }
  if (is_over_) {
    return write_goodbye(now, out);
  }
  ::ngtcp2_conn_update_pkt_tx_time(connection_.get(), to_timestamp(now));
}

void QuicConnection::close(base::Tick now, probe::Datagrams& out) {
  if (!is_over_) {
    end({Stage::body, FailureCause::cancelled, "connection closed by us"});
    owes_goodbye_ = true;
  }
  write_goodbye(now, out);
}

void QuicConnection::write_goodbye(base::Tick now, probe::Datagrams& out) {
  if (!std::exchange(owes_goodbye_, false)) {
    return;
  }
  ngtcp2_connection_close_error reason{};
  if (error_ == NGTCP2_ERR_CRYPTO) {
    ::ngtcp2_connection_close_error_set_transport_error_tls_alert(
        &reason, ::ngtcp2_conn_get_tls_alert(connection_.get()), nullptr, 0);
  } else if (error_ != 0) {
    ::ngtcp2_connection_close_error_set_transport_error_liberr(&reason, error_, nullptr, 0);
  } else {
    ::ngtcp2_connection_close_error_set_application_error(&reason, application_error_, nullptr, 0);
  }
  std::array<std::uint8_t, NGTCP2_MAX_UDP_PAYLOAD_SIZE> buffer;
  const ngtcp2_ssize written = ngtcp2_conn_write_connection_close(connection_.get(), nullptr, nullptr, buffer.data(),
                                                                  buffer.size(), &reason, to_timestamp(now));
  if (written > 0) {
    out.add(to_text(buffer.data(), static_cast<std::size_t>(written)));
  }
}

// RFC 9000 10: idle, told by the peer, reset, or broken by either side.
void QuicConnection::end_with(int error) {
  if (is_over_) {
    return;  // the protocol above has ended it, and said why
  }
  switch (error) {
    case NGTCP2_ERR_DRAINING:
      return end_with_close_of_peer();
    case NGTCP2_ERR_IDLE_CLOSE:
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return end({stage(), FailureCause::timeout, "the QUIC connection was idle for too long"});
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
      return end({Stage::connect, FailureCause::malformed,
                  fmt::format("the server does not speak version 1 of QUIC; it offers {}",
                              versions_.empty() ? "none" : versions_)});
    case NGTCP2_ERR_CRYPTO: {
      const std::string fault = tls_->certificate_fault();
      error_ = error;
      owes_goodbye_ = true;
      return end(
          {Stage::tls, FailureCause::tls,
           fault.empty() ? "TLS handshake: " + alert_text(::ngtcp2_conn_get_tls_alert(connection_.get())) : fault});
    }
    default:
      error_ = error;
      owes_goodbye_ = true;
      return end({stage(), FailureCause::malformed, fmt::format("QUIC: {}", ::ngtcp2_strerror(error))});
  }
}

void QuicConnection::end_with_close_of_peer() {
  if (is_reset_) {
    return end({stage(), FailureCause::reset, "the server has forgotten the connection (stateless reset)"});
  }
  ngtcp2_connection_close_error reason{};
  ::ngtcp2_conn_get_connection_close_error(connection_.get(), &reason);
  const bool is_application = reason.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
  end(close_failure(is_application, reason.error_code, to_text(reason.reason, reason.reasonlen), is_open_));
}

void QuicConnection::end(base::Failure failure) {
  is_over_ = true;
  failure_ = std::move(failure);
}

std::int64_t QuicConnection::open_request_stream() {
  std::int64_t stream = no_stream;
  return ::ngtcp2_conn_open_bidi_stream(connection_.get(), &stream, nullptr) == 0 ? stream : no_stream;
}

std::int64_t QuicConnection::open_control_stream() {
  std::int64_t stream = no_stream;
  return ::ngtcp2_conn_open_uni_stream(connection_.get(), &stream, nullptr) == 0 ? stream : no_stream;
}

std::uint64_t QuicConnection::request_streams_left() const {
  return is_over_ ? 0 : ::ngtcp2_conn_get_streams_bidi_left(connection_.get());
}

void QuicConnection::consume(std::int64_t stream, std::size_t bytes) {
  ::ngtcp2_conn_extend_max_stream_offset(connection_.get(), stream, bytes);
  ::ngtcp2_conn_extend_max_offset(connection_.get(), bytes);
}

void QuicConnection::cancel(std::int64_t stream, std::uint64_t code) {
  if (!is_over_) {
    ::ngtcp2_conn_shutdown_stream(connection_.get(), stream, code);
  }
}

}  // namespace cachewitness::quic
