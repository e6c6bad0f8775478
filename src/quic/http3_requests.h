// Http3Requests: the exchanges of one HTTP/3 connection (RFC 9114), by nghttp3. The bytes of QUIC's streams in and
// out, outcomes to whoever asked. Knows no datagram and no time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/session.h"
#include "probe/session_limits.h"
#include "quic/http3_response.h"
#include "quic/streams.h"

struct nghttp3_conn;

namespace cachewitness::quic {

class Http3Requests final : public StreamEvents, public StreamSource {
 public:
  Http3Requests(const probe::SessionLimits& limits, std::string_view user_agent, probe::SessionEvents& events);
  Http3Requests(const Http3Requests&) = delete;
  Http3Requests& operator=(const Http3Requests&) = delete;
  ~Http3Requests() override;

  // A new connection begins: forgets everything. `streams` must outlive the next start.
  void start(Streams& streams);
  void begin(probe::Exchange& exchange);
  void abandon(probe::Exchange& exchange);
  // The connection is over: every exchange gets its end. Those that the server has not begun to answer on a
  // connection that it had used before are unprocessed (RFC 9114 4.1.1 and 5.2).
  void end(const base::Failure& failure);

  [[nodiscard]] std::uint32_t room() const;
  [[nodiscard]] std::uint32_t carried() const { return carried_; }
  [[nodiscard]] bool is_draining() const { return is_draining_; }
  // How far a carried exchange has come since its connection is open.
  [[nodiscard]] base::Stage stage(const probe::Exchange& exchange) const;
  [[nodiscard]] std::string progress(const probe::Exchange& exchange) const;
  // Its stream is open; otherwise it waits for the handshake, or for the server to allow another one.
  [[nodiscard]] bool is_sent(const probe::Exchange& exchange) const;
  // Something of it has arrived.
  [[nodiscard]] bool is_acknowledged(const probe::Exchange& exchange) const;

  Answer on_open() override;
  void on_room() override;
  Answer on_stream_bytes(std::int64_t stream, std::string_view bytes, bool is_end) override;
  void on_stream_reset(std::int64_t stream, std::uint64_t code) override;
  Answer on_stream_closed(std::int64_t stream, std::optional<std::uint64_t> code) override;
  Answer on_acknowledged(std::int64_t stream, std::uint64_t bytes) override;
  void on_writable(std::int64_t stream) override;

  Piece next_piece() override;
  void take(std::int64_t stream, std::size_t bytes) override;
  void hold(std::int64_t stream) override;
  void drop(std::int64_t stream) override;

 private:
  struct Callbacks;
  struct Free {
    void operator()(nghttp3_conn* connection) const;
  };
  struct Request {
    explicit Request(const probe::SessionLimits& limits) : response(limits) {}

    probe::Exchange* exchange = nullptr;  // none: free for the next one
    std::int64_t stream = no_stream;
    bool is_acknowledged = false;
    bool has_bytes = false;
    Http3Response response;
  };

  [[nodiscard]] Request& request_of(const probe::Exchange& exchange) const;
  [[nodiscard]] static std::string progress_of(const Request& request);
  [[nodiscard]] Request* find(std::int64_t stream) const;
  bool send(Request& request);
  void send_waiting();
  void settle(Request& request);
  void settle_reset(Request& request, std::uint64_t code);
  void give_back(Request& request);
  probe::Exchange& forget(Request& request);
  void cancel(std::int64_t stream);
  void refuse_from(std::int64_t stream);
  Answer error(int error, std::int64_t stream);

  probe::SessionLimits limits_;
  std::string user_agent_;
  probe::SessionEvents& events_;
  Streams* streams_ = nullptr;
  std::unique_ptr<nghttp3_conn, Free> connection_;  // none before the handshake is over
  std::vector<std::unique_ptr<Request>> requests_;  // by the slot of the exchange
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t carried_ = 0;
  std::uint32_t waiting_ = 0;  // subset of carried: without a stream
  bool is_draining_ = false;
  bool has_answered_ = false;  // on any stream, ever
};

}  // namespace cachewitness::quic
