#include "quic/http3_requests.h"

#include <nghttp3/nghttp3.h>

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

// More wait for their turn: as many as servers allow by default (RFC 9114 6.1 asks for a hundred at least).
constexpr std::uint32_t max_requests = 100;

std::string_view text_of(nghttp3_rcbuf* buffer) {
  const nghttp3_vec bytes = ::nghttp3_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

nghttp3_nv field(std::string_view name, std::string_view value) {
  // nghttp3 copies both, and only reads them.
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP3_NV_FLAG_NONE};
}

}  // namespace

void Http3Requests::Free::operator()(nghttp3_conn* connection) const { ::nghttp3_conn_del(connection); }

// What nghttp3 calls, from within nghttp3_conn_read_stream(). `user` is the whole and `own` the request, null
// once it was settled.
struct Http3Requests::Callbacks {
  static Http3Requests& of(void* user) { return *static_cast<Http3Requests*>(user); }

  template <typename Act>
  static int with_response(void* own, Act act) {
    if (own != nullptr) {
      act(static_cast<Request*>(own)->response);
    }
    return 0;
  }

  static int begin_head(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, void* /*user*/, void* own) noexcept {
    return with_response(own, [](Http3Response& response) { response.begin_head(); });
  }
  static int add_field(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, std::int32_t /*token*/,
                       nghttp3_rcbuf* name, nghttp3_rcbuf* value, std::uint8_t /*flags*/, void* /*user*/,
                       void* own) noexcept {
    return with_response(own, [&](Http3Response& response) { response.add_field(text_of(name), text_of(value)); });
  }
  static int end_head(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, int /*is_end*/, void* /*user*/,
                      void* own) noexcept {
    return with_response(own, [](Http3Response& response) { response.end_head(); });
  }
  static int take_body(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, const std::uint8_t* bytes,
                       std::size_t size, void* /*user*/, void* own) noexcept {
    return with_response(
        own, [&](Http3Response& response) { response.take_body({reinterpret_cast<const char*>(bytes), size}); });
  }
  static int add_trailer(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, std::int32_t /*token*/,
                         nghttp3_rcbuf* name, nghttp3_rcbuf* value, std::uint8_t /*flags*/, void* /*user*/,
                         void* own) noexcept {
    return with_response(own, [&](Http3Response& response) { response.add_trailer(text_of(name), text_of(value)); });
  }
  static int end(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, void* /*user*/, void* own) noexcept {
    return with_response(own, [](Http3Response& response) { response.end(); });
  }
  // Both directions are given up for the same fault: it is told once.
  static int give_up(nghttp3_conn* /*connection*/, std::int64_t /*stream*/, std::uint64_t code, void* /*user*/,
                     void* own) noexcept {
    return with_response(own, [&](Http3Response& response) {
      response.fail(FailureCause::malformed,
                    fmt::format("the response breaks a rule of HTTP/3 ({})", application_code_text(code)));
    });
  }
  static int shut_down(nghttp3_conn* /*connection*/, std::int64_t first_refused, void* user) noexcept {
    of(user).refuse_from(first_refused);
    return 0;
  }

  static nghttp3_callbacks table() {
    nghttp3_callbacks all{};
    all.begin_headers = begin_head;
    all.recv_header = add_field;
    all.end_headers = end_head;
    all.recv_data = take_body;
    all.recv_trailer = add_trailer;
    all.end_stream = end;
    all.stop_sending = give_up;
    all.reset_stream = give_up;
    all.shutdown = shut_down;
    return all;
  }
};

Http3Requests::Http3Requests(const probe::SessionLimits& limits, std::string_view user_agent,
                             probe::SessionEvents& events)
    : limits_(limits), user_agent_(user_agent), events_(events) {}

Http3Requests::~Http3Requests() = default;

void Http3Requests::start(Streams& streams) {
  streams_ = &streams;
  connection_.reset();
  free_slots_.clear();
  for (std::uint32_t slot = 0; slot < requests_.size(); ++slot) {
    requests_[slot]->exchange = nullptr;
    free_slots_.push_back(slot);
  }
  carried_ = 0;
  waiting_ = 0;
  is_draining_ = false;
  has_answered_ = false;
}

std::uint32_t Http3Requests::room() const {
  if (is_draining_ || carried_ >= max_requests) {
    return 0;
  }
  const std::uint32_t room = max_requests - carried_;
  if (connection_ == nullptr) {
    return room;
  }
  const std::uint64_t left = streams_->request_streams_left();
  return left > waiting_ ? static_cast<std::uint32_t>(std::min<std::uint64_t>(room, left - waiting_)) : 0;
}

void Http3Requests::begin(probe::Exchange& exchange) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(requests_.size()));
    requests_.push_back(std::make_unique<Request>(limits_));
  }
  exchange.slot = free_slots_.back();
  free_slots_.pop_back();
  Request& request = *requests_[exchange.slot];
  request.exchange = &exchange;
  request.stream = no_stream;
  request.is_acknowledged = false;
  request.has_bytes = false;
  request.response.start();
  ++carried_;
  ++waiting_;
  if (connection_ != nullptr) {
    send(request);
  }
}

bool Http3Requests::send(Request& request) {
  request.stream = streams_->open_request_stream();
  if (request.stream == no_stream) {
    return false;
  }
  --waiting_;
  const probe::ProbeRequest& asked = request.exchange->request;
  std::vector<nghttp3_nv> fields{field(":method", "GET"),          field(":scheme", "https"),
                                 field(":authority", asked.host),  field(":path", asked.target),
                                 field("user-agent", user_agent_), field("accept", "*/*")};
  std::vector<std::string> names;  // RFC 9114 4.2: in lower case
  names.reserve(asked.headers.size());
  for (const probe::HeaderLine& line : asked.headers) {
    fields.push_back(field(names.emplace_back(base::lower_case(line.name)), line.value));
  }
  const int error =
      ::nghttp3_conn_submit_request(connection_.get(), request.stream, fields.data(), fields.size(), nullptr, &request);
  CW_ASSERT(error == 0);
  return true;
}

void Http3Requests::send_waiting() {
  // In the order of slots, which is that of their coming as long as nothing was freed in between.
  for (const auto& request : requests_) {
    if (waiting_ == 0) {
      return;
    }
    if (request->exchange != nullptr && request->stream == no_stream) {
      if (!send(*request)) {
        return;
      }
      events_.on_sent(*request->exchange);
    }
  }
}

void Http3Requests::abandon(probe::Exchange& exchange) {
  Request& request = request_of(exchange);
  const std::int64_t stream = request.stream;
  forget(request);
  if (stream != no_stream) {
    cancel(stream);
  }
}

void Http3Requests::cancel(std::int64_t stream) {
  ::nghttp3_conn_shutdown_stream_write(connection_.get(), stream);
  streams_->cancel(stream, NGHTTP3_H3_REQUEST_CANCELLED);
}

void Http3Requests::end(const base::Failure& failure) {
  is_draining_ = true;
  for (const auto& request : requests_) {
    if (request->exchange == nullptr) {
      continue;
    }
    const bool is_stale = has_answered_ && !request->has_bytes;
    const std::string progress = connection_ == nullptr ? "" : " " + progress_of(*request);
    const base::Stage stage = request->has_bytes ? request->response.stage() : failure.stage;
    probe::Exchange& exchange = forget(*request);
    if (is_stale) {
      events_.on_unprocessed(exchange);
    } else {
      exchange.evidence.outcome = base::Failure{stage, failure.cause, failure.detail + progress};
      events_.on_outcome(exchange);
    }
  }
}

base::Stage Http3Requests::stage(const probe::Exchange& exchange) const {
  return request_of(exchange).response.stage();
}

bool Http3Requests::is_sent(const probe::Exchange& exchange) const { return request_of(exchange).stream != no_stream; }

bool Http3Requests::is_acknowledged(const probe::Exchange& exchange) const {
  return request_of(exchange).is_acknowledged;
}

std::string Http3Requests::progress(const probe::Exchange& exchange) const { return progress_of(request_of(exchange)); }

std::string Http3Requests::progress_of(const Request& request) {
  if (request.stream == no_stream) {
    return "while the server allowed no further stream";
  }
  return request.has_bytes ? request.response.progress() : "before any byte of a response";
}

Http3Requests::Request& Http3Requests::request_of(const probe::Exchange& exchange) const {
  CW_ASSERT(exchange.slot < requests_.size() && requests_[exchange.slot]->exchange == &exchange);
  return *requests_[exchange.slot];
}

// A hundred at most, of which one or two are in the cache: cheaper than a map that must be kept right.
Http3Requests::Request* Http3Requests::find(std::int64_t stream) const {
  const auto found = std::ranges::find_if(
      requests_, [stream](const auto& request) { return request->stream == stream && request->exchange != nullptr; });
  return found == requests_.end() ? nullptr : found->get();
}

probe::Exchange& Http3Requests::forget(Request& request) {
  probe::Exchange& exchange = *std::exchange(request.exchange, nullptr);
  if (request.stream == no_stream) {
    --waiting_;
  } else {
    ::nghttp3_conn_set_stream_user_data(connection_.get(), request.stream, nullptr);
  }
  --carried_;
  free_slots_.push_back(exchange.slot);
  return exchange;
}

// RFC 9114 3.2 and 6.2: the three streams of our own, without which nothing goes.
StreamEvents::Answer Http3Requests::on_open() {
  nghttp3_settings settings{};
  nghttp3_settings_default(&settings);
  // No dynamic table in either direction: no stream ever waits for another (RFC 9204 2.1.2), and no peer fills memory.
  settings.qpack_max_dtable_capacity = 0;
  settings.qpack_encoder_max_dtable_capacity = 0;
  settings.qpack_blocked_streams = 0;
  const nghttp3_callbacks callbacks = Callbacks::table();
  nghttp3_conn* made = nullptr;
  CW_ASSERT(nghttp3_conn_client_new(&made, &callbacks, &settings, nullptr, this) == 0);
  connection_.reset(made);
  const std::int64_t control = streams_->open_control_stream();
  const std::int64_t encoder = streams_->open_control_stream();
  const std::int64_t decoder = streams_->open_control_stream();
  if (control == no_stream || encoder == no_stream || decoder == no_stream) {
    return ConnectionError{NGHTTP3_H3_GENERAL_PROTOCOL_ERROR, "HTTP/3: the server allows no control streams"};
  }
  CW_ASSERT(::nghttp3_conn_bind_control_stream(made, control) == 0);
  CW_ASSERT(::nghttp3_conn_bind_qpack_streams(made, encoder, decoder) == 0);
  send_waiting();
  return {};
}

void Http3Requests::on_room() {
  if (connection_ != nullptr) {
    send_waiting();
  }
}

StreamEvents::Answer Http3Requests::on_stream_bytes(std::int64_t stream, std::string_view bytes, bool is_end) {
  if (Request* const request = find(stream); request != nullptr && !request->has_bytes && !bytes.empty()) {
    request->has_bytes = true;
    has_answered_ = true;
    events_.on_first_byte(*request->exchange);
  }
  const nghttp3_ssize read = ::nghttp3_conn_read_stream(
      connection_.get(), stream, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), is_end ? 1 : 0);
  if (read < 0) {
    return error(static_cast<int>(read), stream);
  }
  streams_->consume(stream, bytes.size());  // none of them is kept
  if (Request* const request = find(stream); request != nullptr) {
    settle(*request);
  }
  return {};
}

// The response may be whole, or no longer wanted.
void Http3Requests::settle(Request& request) {
  Http3Response& response = request.response;
  auto& outcome = request.exchange->evidence.outcome;
  if (response.state() == Http3Response::State::complete) {
    auto* const kept = std::get_if<evidence::Response>(&outcome);
    response.write_response(kept != nullptr ? *kept : outcome.emplace<evidence::Response>());
  } else if (response.state() == Http3Response::State::failed) {
    outcome = response.failure();
    cancel(request.stream);
  } else {
    return;
  }
  events_.on_outcome(forget(request));
}

void Http3Requests::on_stream_reset(std::int64_t stream, std::uint64_t code) {
  ::nghttp3_conn_shutdown_stream_read(connection_.get(), stream);
  if (Request* const request = find(stream); request != nullptr) {
    settle_reset(*request, code);
  }
}

void Http3Requests::settle_reset(Request& request, std::uint64_t code) {
  if (code == NGHTTP3_H3_REQUEST_REJECTED) {  // RFC 9114 4.1.1
    return give_back(request);
  }
  request.exchange->evidence.outcome = base::Failure{
      request.response.stage(), FailureCause::reset,
      fmt::format("stream reset by the server with {} {}", application_code_text(code), progress_of(request))};
  events_.on_outcome(forget(request));
}

void Http3Requests::give_back(Request& request) { events_.on_unprocessed(forget(request)); }

StreamEvents::Answer Http3Requests::on_stream_closed(std::int64_t stream, std::optional<std::uint64_t> code) {
  if (connection_ == nullptr) {
    return {};
  }
  if (Request* const request = find(stream); request != nullptr) {
    settle_reset(*request, code.value_or(NGHTTP3_H3_NO_ERROR));
  }
  const int closed = ::nghttp3_conn_close_stream(connection_.get(), stream, code.value_or(NGHTTP3_H3_NO_ERROR));
  return closed == 0 || closed == NGHTTP3_ERR_STREAM_NOT_FOUND ? Answer{} : error(closed, stream);
}

StreamEvents::Answer Http3Requests::on_acknowledged(std::int64_t stream, std::uint64_t bytes) {
  if (Request* const request = find(stream); request != nullptr) {
    request->is_acknowledged = true;
  }
  const int result = ::nghttp3_conn_add_ack_offset(connection_.get(), stream, bytes);
  return result == 0 || result == NGHTTP3_ERR_STREAM_NOT_FOUND ? Answer{} : error(result, stream);
}

void Http3Requests::on_writable(std::int64_t stream) { ::nghttp3_conn_unblock_stream(connection_.get(), stream); }

// GOAWAY (RFC 9114 5.2): what was sent on this stream or a later one was not and will not be looked at.
void Http3Requests::refuse_from(std::int64_t first_refused) {
  is_draining_ = true;
  for (const auto& request : requests_) {
    if (request->exchange != nullptr && (request->stream == no_stream || request->stream >= first_refused)) {
      give_back(*request);
    }
  }
}

// The server broke the rules on one stream, and that ends the connection. The exchange of that stream learns why;
// those which the server has not begun to answer are not to blame, and may be sent again.
StreamEvents::Answer Http3Requests::error(int error, std::int64_t stream) {
  const std::string detail = fmt::format("HTTP/3: {}", ::nghttp3_strerror(error));
  if (Request* const request = find(stream); request != nullptr) {
    const bool is_large = error == NGHTTP3_ERR_QPACK_HEADER_TOO_LARGE;
    request->exchange->evidence.outcome =
        base::Failure{request->response.stage(), is_large ? FailureCause::too_large : FailureCause::malformed, detail};
    events_.on_outcome(forget(*request));
  }
  return ConnectionError{::nghttp3_err_infer_quic_app_error_code(error), detail};
}

StreamSource::Piece Http3Requests::next_piece() {
  Piece piece;
  if (connection_ == nullptr) {
    return piece;
  }
  std::array<nghttp3_vec, std::tuple_size_v<decltype(piece.parts)>> parts;
  int is_end = 0;
  const nghttp3_ssize count =
      ::nghttp3_conn_writev_stream(connection_.get(), &piece.stream, &is_end, parts.data(), parts.size());
  CW_ASSERT(count >= 0);
  piece.is_end = is_end != 0;
  piece.parts_count = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < piece.parts_count; ++i) {
    piece.parts[i] = {reinterpret_cast<const char*>(parts[i].base), parts[i].len};
  }
  return piece;
}

void Http3Requests::take(std::int64_t stream, std::size_t bytes) {
  CW_ASSERT(::nghttp3_conn_add_write_offset(connection_.get(), stream, bytes) == 0);
}

void Http3Requests::hold(std::int64_t stream) { ::nghttp3_conn_block_stream(connection_.get(), stream); }

void Http3Requests::drop(std::int64_t stream) { ::nghttp3_conn_shutdown_stream_write(connection_.get(), stream); }

}  // namespace cachewitness::quic
