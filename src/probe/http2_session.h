// Http2Session: many exchanges on one HTTP/2 connection (RFC 9113). Sans-I/O, as session.h says; without a clock too,
// so what depends on time goes by the moments that the exchanges' evidence holds.
//
// A head is kept as text in the order in which its fields came: "HTTP/2 200 \r\n", then "name: value\r\n" each, then an
// empty line. Hostile peers: whatever a peer sends without giving an answer is counted and has an end; heads, bodies
// and interim responses have the limits of HTTP/1.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/h2/frame_reader.h"
#include "http/h2/hpack_decoder.h"
#include "probe/body_witness.h"
#include "probe/http1_session.h"
#include "probe/http2_request.h"
#include "probe/http2_stream.h"
#include "probe/session.h"

namespace cachewitness::probe {

struct Http2Settings {
  SessionLimits limits;
  std::string user_agent;
  std::uint32_t max_streams = 100;  // at once; at most 128
  // The outcome is known with the head: the body is neither read nor told of, and a long one is stopped.
  bool resets_after_head = false;
};

class Http2Session final : public Session, private http::h2::FrameEvents {
 public:
  Http2Session(Http2Settings settings, SessionEvents& events);
  ~Http2Session() override;

  void start(std::string& out) override;
  [[nodiscard]] std::uint32_t room() const override;
  [[nodiscard]] std::uint32_t carried() const override { return carried_; }
  void begin(Exchange& exchange, std::string& out) override;
  void receive(std::string_view bytes, std::string& out) override;
  void receive_end() override;
  void receive_failure(const base::Failure& failure) override;
  void abandon(Exchange& exchange, std::string& out) override;
  [[nodiscard]] bool is_draining() const override { return is_draining_; }
  [[nodiscard]] base::Stage stage(const Exchange& exchange) const override;
  [[nodiscard]] std::string progress(const Exchange& exchange) const override;

 private:
  using Stream = Http2Stream;
  enum class Untouched : std::uint8_t { fail, give_back };  // where a kept connection showed nothing of it

  bool on_header_block(std::uint32_t id, std::string_view block, bool ends_stream) override;
  bool on_data_begin(std::uint32_t id, std::uint32_t length) override;
  bool on_data(std::uint32_t id, std::string_view content) override;
  bool on_data_end(std::uint32_t id, std::uint32_t content_bytes, bool ends_stream) override;
  bool on_control(const http::h2::FrameHeader& header, std::string_view payload) override;

  bool take_settings(std::string_view payload);
  bool take_setting(http::h2::Setting setting, std::uint32_t value);
  bool take_goaway(std::string_view payload);
  bool take_reset(std::uint32_t id, http::h2::ErrorCode code);
  bool take_window(std::uint32_t id, std::uint32_t increment);

  void take_head(Stream& stream);
  void take_final_head(Stream& stream);
  void take_trailers(Stream& stream);
  void finish_with_head(Stream& stream);
  void finish_with_body(Stream& stream);
  void fail_with_limit(Stream& stream);
  void fail(Stream& stream, base::FailureCause cause, std::string detail);
  void finish_with_failure(Stream& stream, base::Failure failure);
  void give_back(Stream& stream);
  Exchange& detach(Stream& stream);
  void release(Stream& stream);
  void end_all(base::FailureCause cause, std::string_view how, Untouched untouched);

  [[nodiscard]] Stream* find(std::uint32_t id) const;
  [[nodiscard]] Stream& carrying(const Exchange& exchange) const;
  [[nodiscard]] bool is_idle(std::uint32_t id) const;
  [[nodiscard]] bool is_untouched(const Stream& stream) const;
  [[nodiscard]] base::Stage stage(const Stream& stream) const;
  [[nodiscard]] std::string progress(const Stream& stream) const;
  void note_first_byte(Stream& stream);
  bool may_reset(base::Instant now);
  // One frame more that brought no answer nearer.
  bool spend();
  bool fail_connection(http::h2::ErrorCode code, std::string_view what);

  // Frames that bring no answer nearer, until answers make up for them.
  static constexpr std::uint32_t most_patience = 1000;
  // Replenished when half is gone: one update for thousands of bodies.
  static constexpr std::uint32_t connection_window = std::uint32_t{1} << 30;
  static constexpr std::size_t places = 256;  // of ids in flight: an id's place is its number modulo that

  Http2Settings settings_;
  SessionEvents& events_;
  http::h2::FrameReader frames_;
  http::h2::HpackDecoder fields_;
  http::ResponseHead coded_;  // of a response, its Content-Encoding alone
  Http2Request request_;
  std::string* out_ = nullptr;  // while receive() runs

  std::vector<std::unique_ptr<Stream>> streams_;  // all that were ever needed
  std::vector<std::uint32_t> free_;               // their slots
  std::array<std::uint16_t, places> slot_at_{};   // one more than the slot; 0 = none
  std::uint32_t next_id_ = 1;
  std::uint32_t open_ = 0;     // streams that count against the peer's limit
  std::uint32_t carried_ = 0;  // those of an exchange
  std::uint32_t max_streams_ = 0;
  bool has_finished_any_ = false;
  bool is_draining_ = false;
  bool is_broken_ = false;
  std::uint32_t stream_window_ = 0;
  std::int64_t connection_window_ = 0;
  std::uint32_t patience_ = 0;
  http::h2::ErrorCode goaway_code_ = http::h2::ErrorCode::no_error;
  base::Instant reset_due_;
};

}  // namespace cachewitness::probe
