// QuicConnection: one client connection of QUIC version 1 (RFC 9000), by ngtcp2. Datagrams and the time in, datagrams
// and the bytes of streams out. Sans-I/O: it knows no socket and asks for no time. What the streams carry is none of
// its business. Events come from within receive() and write(), for ngtcp2 ends the handshake where it writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "base/time.h"
#include "ports/network.h"
#include "probe/datagrams.h"
#include "quic/credentials.h"
#include "quic/streams.h"
#include "quic/tls_handshake.h"

struct ngtcp2_conn;

namespace cachewitness::quic {

class QuicConnection final : public Streams {
 public:
  QuicConnection(Credentials credentials, std::string_view server_name, StreamEvents& events, base::Tick now);
  QuicConnection(const QuicConnection&) = delete;
  QuicConnection& operator=(const QuicConnection&) = delete;
  ~QuicConnection() override;

  void receive(std::string_view datagram, base::Tick now);
  // Timers that are due: loss recovery, the idle timeout.
  void on_time(base::Tick now);
  [[nodiscard]] base::Tick wakes_at() const;
  // All that may be sent now: what `source` has, acknowledgements, what was lost, the end of the connection.
  void write(StreamSource& source, base::Tick now, probe::Datagrams& out);
  // Ends it in good order.
  void close(base::Tick now, probe::Datagrams& out);

  // Whether anybody waits for an answer: a peer that is silent for long is then asked for a sign of life.
  void expect_answer(bool is_expected);

  [[nodiscard]] bool is_open() const { return is_open_; }
  // How far it has come by itself: `head` once it is open.
  [[nodiscard]] base::Stage stage() const;
  // Nothing follows but the good-bye that write() may append. Set once, and failure() says why.
  [[nodiscard]] bool is_over() const { return is_over_; }
  [[nodiscard]] const base::Failure& failure() const { return failure_; }
  // TLS version, certificate and protocol, once it is open.
  [[nodiscard]] const ports::PeerInfo& peer() const { return peer_; }
  [[nodiscard]] const TlsHandshake& tls() const { return *tls_; }

  std::int64_t open_request_stream() override;
  std::int64_t open_control_stream() override;
  [[nodiscard]] std::uint64_t request_streams_left() const override;
  void consume(std::int64_t stream, std::size_t bytes) override;
  void cancel(std::int64_t stream, std::uint64_t code) override;

 private:
  struct Callbacks;
  struct Reference;
  struct Free {
    void operator()(ngtcp2_conn* connection) const;
  };

  void make_connection(base::Tick now);
  void end_with(int error);
  void end_with_close_of_peer();
  void end(base::Failure failure);
  void write_goodbye(base::Tick now, probe::Datagrams& out);

  StreamEvents& events_;
  std::unique_ptr<Reference> reference_;  // how GnuTLS finds us
  std::unique_ptr<TlsHandshake> tls_;
  std::unique_ptr<ngtcp2_conn, Free> connection_;
  bool is_answered_ = false;
  bool is_open_ = false;
  bool is_over_ = false;
  bool is_reset_ = false;  // by a stateless reset
  bool owes_goodbye_ = false;
  int error_ = 0;                            // of ngtcp2, where it ended by one
  std::uint64_t application_error_ = 0x100;  // H3_NO_ERROR (RFC 9114 8.1)
  ports::PeerInfo peer_;
  std::string versions_;  // that the server offered instead of ours
  base::Failure failure_;
};

}  // namespace cachewitness::quic
