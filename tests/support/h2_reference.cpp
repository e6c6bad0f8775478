#include "support/h2_reference.h"

#include <algorithm>
#include <cstring>

#include <nghttp2/nghttp2.h>

#include "base/assert.h"

namespace cachewitness::testing::h2 {

namespace {

using Session = std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)>;
using Callbacks = std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>;

Callbacks make_callbacks() {
  nghttp2_session_callbacks* made = nullptr;
  CW_ASSERT(nghttp2_session_callbacks_new(&made) == 0);
  return {made, nghttp2_session_callbacks_del};
}

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view of) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(of.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::vector<nghttp2_nv> fields(const FieldVector& of) {
  std::vector<nghttp2_nv> made;
  for (const auto& [name, value] : of) {
    made.push_back(field(name, value));
  }
  return made;
}

}  // namespace

struct ReferenceServer::State {
  struct Sending {
    Answer answer;
    std::size_t at = 0;
  };

  Session session{nullptr, nghttp2_session_del};
  std::map<std::uint32_t, std::string> partial;
  std::vector<std::pair<std::uint32_t, std::string>> requests;
  std::map<std::uint32_t, Sending> sending;
  std::string leftover;

  static ssize_t read(nghttp2_session* session, std::int32_t stream, std::uint8_t* out, std::size_t length,
                      std::uint32_t* flags, nghttp2_data_source* source, void* /*user*/) {
    auto& sending = *static_cast<Sending*>(source->ptr);
    const std::size_t size = std::min({length, sending.answer.body.size() - sending.at, sending.answer.piece});
    std::memcpy(out, sending.answer.body.data() + sending.at, size);
    sending.at += size;
    if (sending.at == sending.answer.body.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!sending.answer.trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto trailers = fields(sending.answer.trailers);
        CW_ASSERT(nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size()) == 0);
      }
    }
    return static_cast<ssize_t>(size);
  }
  static ssize_t pad(nghttp2_session* /*session*/, const nghttp2_frame* frame, std::size_t most, void* user) {
    const auto& sending = static_cast<State*>(user)->sending;
    const auto found = sending.find(static_cast<std::uint32_t>(frame->hd.stream_id));
    const std::size_t padding = found == sending.end() ? 0 : found->second.answer.padding;
    return static_cast<ssize_t>(std::min(most, frame->hd.length + padding));
  }
  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
                       void* user) {
    static_cast<State*>(user)
        ->partial[static_cast<std::uint32_t>(frame->hd.stream_id)]
        .append(text(name, name_size))
        .append(": ")
        .append(text(value, value_size))
        .append("\r\n");
    return 0;
  }
  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    auto& state = *static_cast<State*>(user);
    const auto stream = static_cast<std::uint32_t>(frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      state.requests.emplace_back(stream, std::move(state.partial[stream]));
    }
    return 0;
  }
};

ReferenceServer::ReferenceServer() : state_(std::make_unique<State>()) {
  const Callbacks callbacks = make_callbacks();
  nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), State::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), State::on_frame);
  nghttp2_session_callbacks_set_select_padding_callback(callbacks.get(), State::pad);
  nghttp2_session* made = nullptr;
  CW_ASSERT(nghttp2_session_server_new(&made, callbacks.get(), state_.get()) == 0);
  state_->session.reset(made);
  const nghttp2_settings_entry limit{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100};
  CW_ASSERT(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, &limit, 1) == 0);
}

ReferenceServer::~ReferenceServer() = default;

bool ReferenceServer::receive(std::string_view bytes) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return nghttp2_session_mem_recv(state_->session.get(), begin, bytes.size()) == static_cast<ssize_t>(bytes.size());
}

const std::vector<std::pair<std::uint32_t, std::string>>& ReferenceServer::requests() const { return state_->requests; }

void ReferenceServer::answer(std::uint32_t stream, Answer answer) {
  auto& sending = state_->sending[stream];
  sending.answer = std::move(answer);
  const auto id = static_cast<std::int32_t>(stream);
  for (std::uint32_t i = 0; i < sending.answer.interim_responses; ++i) {
    const std::vector<nghttp2_nv> interim{field(":status", "103"), field("link", "</style.css>; rel=preload")};
    CW_ASSERT(nghttp2_submit_headers(state_->session.get(), NGHTTP2_FLAG_NONE, id, nullptr, interim.data(),
                                     interim.size(), nullptr) == 0);
  }
  const auto head = fields(sending.answer.fields);
  const bool has_body = !sending.answer.body.empty() || !sending.answer.trailers.empty();
  nghttp2_data_provider provider{{.ptr = &sending}, State::read};
  CW_ASSERT(nghttp2_submit_response(state_->session.get(), id, head.data(), head.size(),
                                    has_body ? &provider : nullptr) == 0);
}

void ReferenceServer::reset(std::uint32_t stream, std::uint32_t error_code) {
  nghttp2_submit_rst_stream(state_->session.get(), NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(stream), error_code);
}

void ReferenceServer::ping() { nghttp2_submit_ping(state_->session.get(), NGHTTP2_FLAG_NONE, nullptr); }

std::string ReferenceServer::take_sent(std::size_t limit) {
  std::string sent = std::exchange(state_->leftover, {});
  while (sent.size() < limit) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(state_->session.get(), &bytes);
    if (size <= 0) {
      break;
    }
    sent.append(text(bytes, static_cast<std::size_t>(size)));
  }
  if (sent.size() > limit) {
    state_->leftover = sent.substr(limit);
    sent.resize(limit);
  }
  return sent;
}

struct ReferenceClient::State {
  Session session{nullptr, nghttp2_session_del};
  std::map<std::uint32_t, Seen> streams;
  bool is_over = false;
  bool has_refused_length = false;

  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
                       void* user) {
    Seen& seen = static_cast<State*>(user)->streams[static_cast<std::uint32_t>(frame->hd.stream_id)];
    if (seen.head.ends_with("\r\n\r\n")) {  // trailers
      return 0;
    }
    if (text(name, name_size) == ":status") {
      seen.head.assign("HTTP/2 ").append(text(value, value_size)).append(" \r\n");
    } else {
      seen.head.append(text(name, name_size)).append(": ").append(text(value, value_size)).append("\r\n");
    }
    return 0;
  }
  // By default nghttp2 drops such a field; RFC 9113 8.2.1 calls the message malformed.
  static int on_invalid_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                               const std::uint8_t* /*name*/, std::size_t /*name_size*/, const std::uint8_t* /*value*/,
                               std::size_t /*value_size*/, std::uint8_t /*flags*/, void* /*user*/) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    Seen& seen = static_cast<State*>(user)->streams[static_cast<std::uint32_t>(frame->hd.stream_id)];
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    seen.has_ended = seen.has_ended || (may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
    if (frame->hd.type == NGHTTP2_HEADERS && !seen.head.ends_with("\r\n\r\n")) {
      if (seen.head.starts_with("HTTP/2 1")) {
        seen.head.clear();
      } else {
        seen.head.append("\r\n");
      }
    }
    return 0;
  }
  static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t stream,
                     const std::uint8_t* bytes, std::size_t size, void* user) {
    static_cast<State*>(user)->streams[static_cast<std::uint32_t>(stream)].body.append(text(bytes, size));
    return 0;
  }
  static int on_close(nghttp2_session* /*session*/, std::int32_t stream, std::uint32_t error_code, void* user) {
    Seen& seen = static_cast<State*>(user)->streams[static_cast<std::uint32_t>(stream)];
    seen.is_closed = true;
    // A reset without an error ends a whole response early, and cuts one short that has not ended (RFC 9113 8.1).
    seen.is_whole = error_code == NGHTTP2_NO_ERROR && seen.has_ended && seen.head.ends_with("\r\n\r\n");
    return 0;
  }
  static int on_error(nghttp2_session* /*session*/, int /*code*/, const char* message, std::size_t size, void* user) {
    auto& refused = static_cast<State*>(user)->has_refused_length;
    refused = refused || std::string_view(message, size).contains("[content-length]");
    return 0;
  }
};

ReferenceClient::ReferenceClient(std::uint32_t requests, std::uint32_t stream_window)
    : state_(std::make_unique<State>()) {
  const Callbacks callbacks = make_callbacks();
  nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), State::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks.get(), State::on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), State::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), State::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), State::on_close);
  nghttp2_session_callbacks_set_error_callback2(callbacks.get(), State::on_error);
  nghttp2_session* made = nullptr;
  CW_ASSERT(nghttp2_session_client_new(&made, callbacks.get(), state_.get()) == 0);
  state_->session.reset(made);
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                             {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window}};
  CW_ASSERT(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings, 2) == 0);
  nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, 1 << 30);
  for (std::uint32_t i = 0; i < requests; ++i) {
    ask();
  }
}

ReferenceClient::~ReferenceClient() = default;

void ReferenceClient::ask() {
  const std::vector<nghttp2_nv> head{field(":method", "GET"), field(":scheme", "https"), field(":path", "/"),
                                     field(":authority", "a")};
  nghttp2_submit_request(state_->session.get(), nullptr, head.data(), head.size(), nullptr, nullptr);
  const std::uint8_t* bytes = nullptr;
  while (nghttp2_session_mem_send(state_->session.get(), &bytes) > 0) {
  }
}

void ReferenceClient::receive(std::string_view bytes) {
  if (state_->is_over) {
    return;
  }
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t taken = nghttp2_session_mem_recv(state_->session.get(), begin, bytes.size());
  const std::uint8_t* answer = nullptr;
  bool has_given_up = false;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(state_->session.get(), &answer)) > 0;) {
    has_given_up = has_given_up || (size >= 9 && answer[3] == NGHTTP2_GOAWAY);
  }
  state_->is_over = taken < 0 || has_given_up;
}

const std::map<std::uint32_t, ReferenceClient::Seen>& ReferenceClient::streams() const { return state_->streams; }
bool ReferenceClient::is_over() const { return state_->is_over; }
bool ReferenceClient::has_refused_length() const { return state_->has_refused_length; }

}  // namespace cachewitness::testing::h2
