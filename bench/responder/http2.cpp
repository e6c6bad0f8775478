#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "protocol.h"

namespace cachewitness::bench {

namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t frame_header_bytes = 9;
constexpr std::size_t max_frame_bytes = 16384;
constexpr std::size_t max_block_bytes = std::size_t{64} << 10;
constexpr std::uint32_t max_streams = 256;
constexpr std::int64_t max_window = 0x7fffffff;

enum class Frame : std::uint8_t {
  data = 0,
  headers = 1,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9
};
enum class Fault : std::uint8_t { none = 0, protocol = 1, flow_control = 3, frame_size = 6, compression = 9 };
constexpr std::uint8_t end_stream = 1;
constexpr std::uint8_t ack = 1;
constexpr std::uint8_t end_headers = 4;
constexpr std::uint8_t padded = 8;
constexpr std::uint8_t priority = 32;

std::uint32_t read_number(std::string_view bytes, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
  }
  return number;
}

void append_number(std::uint32_t number, std::size_t size, std::string& out) {
  for (std::size_t i = size; i-- > 0;) {
    out += static_cast<char>(number >> (8 * i) & 0xff);
  }
}

void append_frame(std::size_t size, Frame type, std::uint8_t flags, std::uint32_t stream, std::string& out) {
  append_number(static_cast<std::uint32_t>(size), 3, out);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  append_number(stream, 4, out);
}

// RFC 7541 5.1, with `pattern` in the bits above the prefix.
void append_integer(std::size_t value, unsigned prefix_bits, std::uint8_t pattern, std::string& out) {
  const std::size_t most = (std::size_t{1} << prefix_bits) - 1;
  if (value < most) {
    out += static_cast<char>(pattern | value);
    return;
  }
  out += static_cast<char>(pattern | most);
  for (value -= most; value >= 128; value /= 128) {
    out += static_cast<char>(value % 128 | 128);
  }
  out += static_cast<char>(value);
}

void append_string(std::string_view text, std::string& out) {
  append_integer(text.size(), 7, 0, out);
  out += text;
}

// Writes the field sections of one connection. Indexes all fields but ETag in its first one, and again when Date has
// changed, so that the newest entries of the peer's table are always those of the present answer.
class FieldWriter {
 public:
  explicit FieldWriter(const CannedAnswer& answer) : answer_(answer) {}

  // The peer's SETTINGS_HEADER_TABLE_SIZE. A table that is smaller than the default is not used at all.
  void limit_table(std::uint32_t bytes) {
    if (bytes < 4096 && !is_literal_) {
      is_literal_ = true;
      must_empty_table_ = true;
    }
  }

  void append(std::uint32_t tag, std::string& out) {
    if (must_empty_table_) {  // RFC 7541 4.2
      append_integer(0, 5, 0x20, out);
      must_empty_table_ = false;
    }
    out += '\x88';  // :status 200
    if (is_literal_ || edition_ != answer_.edition()) {
      const std::uint8_t pattern = is_literal_ ? 0 : 0x40;
      for (const AnswerField& field : answer_.fields()) {
        out += static_cast<char>(pattern);
        append_string(field.name, out);
        append_string(field.value, out);
      }
      edition_ = answer_.edition();
    } else {
      for (std::size_t i = answer_.fields().size(); i-- > 0;) {
        append_integer(62 + i, 7, 0x80, out);
      }
    }
    constexpr std::size_t static_etag = 34;
    append_integer(static_etag, 4, 0, out);
    append_string(answer_.etag(tag), out);
  }

 private:
  const CannedAnswer& answer_;
  unsigned edition_ = 0;
  bool is_literal_ = false;
  bool must_empty_table_ = false;
};

// Reads :path, :authority and :method where answers are distinct. Otherwise nothing is decoded: every request is
// taken for a GET, and a client is not made to wait for our HPACK.
class RequestReader {
 public:
  RequestReader() {
    nghttp2_hd_inflater* inflater = nullptr;
    if (nghttp2_hd_inflate_new(&inflater) == 0) {
      inflater_.reset(inflater);
    }
  }

  std::optional<Request> read(std::string_view block) {
    std::string authority;
    std::string path;
    Request request;
    const auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
    std::size_t left = block.size();
    for (int flags = 0; (flags & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
      nghttp2_nv field{};
      const auto taken = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, at, left, 1);
      if (taken < 0) {
        return std::nullopt;
      }
      at += taken;
      left -= static_cast<std::size_t>(taken);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        const std::string_view name(reinterpret_cast<const char*>(field.name), field.namelen);
        const std::string_view value(reinterpret_cast<const char*>(field.value), field.valuelen);
        if (name == ":authority") {
          authority = value;
        } else if (name == ":path") {
          path = value;
        } else if (name == ":method") {
          request.wants_body = value != "HEAD";
        }
      }
    }
    nghttp2_hd_inflate_end_headers(inflater_.get());
    request.tag = CannedAnswer::tag(authority, path);
    return request;
  }

 private:
  struct Free {
    void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
  };
  std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;
};

class Http2 final : public Protocol {
 public:
  explicit Http2(const CannedAnswer& answer) : answer_(answer), fields_(answer) {
    if (answer.is_distinct()) {
      reader_.emplace();
    }
  }

  bool receive(std::string_view bytes, RequestSink& sink, std::string& out) override {
    if (!partial_.empty()) {
      partial_ += bytes;
      bytes = partial_;
    }
    Fault fault = Fault::none;
    if (!has_preface_ && bytes.size() >= preface.size()) {
      if (!bytes.starts_with(preface)) {
        return false;
      }
      bytes.remove_prefix(preface.size());
      has_preface_ = true;
      append_frame(6, Frame::settings, 0, 0, out);
      append_number(3, 2, out);  // SETTINGS_MAX_CONCURRENT_STREAMS
      append_number(max_streams, 4, out);
    }
    while (has_preface_ && fault == Fault::none && bytes.size() >= frame_header_bytes) {
      const std::size_t size = read_number(bytes, 3);
      if (size > max_frame_bytes) {
        fault = Fault::frame_size;
      } else if (bytes.size() < frame_header_bytes + size) {
        break;
      } else {
        fault = take_frame(bytes.substr(0, frame_header_bytes + size), sink, out);
        bytes.remove_prefix(frame_header_bytes + size);
      }
    }
    partial_ = std::string(bytes);
    if (fault != Fault::none) {
      append_frame(8, Frame::goaway, 0, 0, out);
      append_number(newest_stream_, 4, out);
      append_number(static_cast<std::uint32_t>(fault), 4, out);
    }
    return fault == Fault::none;
  }

  void answer(const Request& request, std::string& out) override {
    const auto open = std::find_if(open_.begin(), open_.end(),
                                   [&](const Open& candidate) { return candidate.request.stream == request.stream; });
    if (open == open_.end()) {
      return;  // the peer has reset it
    }
    if (waiting_ == 0 && is_sendable(*open)) {
      send(*open, out);
      open_.erase(open);
    } else {
      open->is_due = true;
      ++waiting_;
    }
  }

 private:
  struct Open {
    Request request;
    std::int64_t extra_window = 0;  // from WINDOW_UPDATE, beyond the initial one
    bool is_due = false;            // waits for the peer's windows alone
  };

  [[nodiscard]] bool is_sendable(const Open& open) const {
    const auto need = static_cast<std::int64_t>(open.request.wants_body ? answer_.body_bytes() : 0);
    return need <= window_ && need <= initial_window_ + open.extra_window;
  }

  void send(const Open& open, std::string& out) {
    const Request& request = open.request;
    const std::size_t at = out.size();
    append_frame(0, Frame::headers, request.wants_body ? end_headers : end_headers | end_stream, request.stream, out);
    fields_.append(request.tag, out);
    const std::size_t size = out.size() - at - frame_header_bytes;
    out[at + 1] = static_cast<char>(size >> 8);
    out[at + 2] = static_cast<char>(size & 0xff);
    if (request.wants_body) {
      append_frame(answer_.body_bytes(), Frame::data, end_stream, request.stream, out);
      answer_.append_body(request.tag, out);
      window_ -= static_cast<std::int64_t>(answer_.body_bytes());
    }
  }

  void send_waiting(std::string& out) {
    std::erase_if(open_, [&](const Open& open) {
      if (!open.is_due || !is_sendable(open)) {
        return false;
      }
      send(open, out);
      --waiting_;
      return true;
    });
  }

  Fault take_frame(std::string_view frame, RequestSink& sink, std::string& out) {
    const auto type = static_cast<Frame>(frame[3]);
    const auto flags = static_cast<std::uint8_t>(frame[4]);
    const std::uint32_t stream = read_number(frame.substr(5), 4) & 0x7fffffff;
    const std::string_view payload = frame.substr(frame_header_bytes);
    if (block_stream_ != 0 && (type != Frame::continuation || stream != block_stream_)) {
      return Fault::protocol;  // RFC 9113 6.10
    }
    switch (type) {
      case Frame::data:
        return take_data(payload, flags, stream, sink, out);
      case Frame::headers:
        return take_headers(payload, flags, stream, sink);
      case Frame::continuation:
        if (block_stream_ == 0) {
          return Fault::protocol;
        }
        block_ += payload;
        return end_block(flags, sink);
      case Frame::rst_stream:
        waiting_ -= static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), [&](const Open& open) {
          return open.is_due && open.request.stream == stream;
        }));
        std::erase_if(open_, [&](const Open& open) { return open.request.stream == stream; });
        return payload.size() == 4 ? Fault::none : Fault::frame_size;
      case Frame::settings:
        return take_settings(payload, flags, out);
      case Frame::ping:
        if (payload.size() != 8) {
          return Fault::frame_size;
        }
        if ((flags & ack) == 0) {
          append_frame(8, Frame::ping, ack, 0, out);
          out += payload;
        }
        return Fault::none;
      case Frame::window_update:
        return take_window_update(payload, stream, out);
      default:
        return Fault::none;  // PRIORITY, GOAWAY, and what is not known (RFC 9113 4.1)
    }
  }

  Fault take_headers(std::string_view payload, std::uint8_t flags, std::uint32_t stream, RequestSink& sink) {
    std::size_t padding = 0;
    if ((flags & padded) != 0 && !payload.empty()) {
      padding = static_cast<std::uint8_t>(payload[0]);
      payload.remove_prefix(1);
    }
    const std::size_t skipped = (flags & priority) != 0 ? 5 : 0;
    if (stream % 2 == 0 || payload.size() < padding + skipped) {
      return Fault::protocol;
    }
    payload = payload.substr(skipped, payload.size() - skipped - padding);
    block_stream_ = stream;
    ends_stream_ = (flags & end_stream) != 0;
    block_ = payload;
    return end_block(flags, sink);
  }

  Fault end_block(std::uint8_t flags, RequestSink& sink) {
    if (block_.size() > max_block_bytes) {
      return Fault::protocol;
    }
    if ((flags & end_headers) == 0) {
      return Fault::none;
    }
    Request request;
    if (reader_) {
      const auto decoded = reader_->read(block_);
      if (!decoded) {
        return Fault::compression;
      }
      request = *decoded;
    }
    request.stream = std::exchange(block_stream_, 0);
    if (request.stream <= newest_stream_) {
      return Fault::none;  // trailers, whose stream is answered when it ends
    }
    newest_stream_ = request.stream;
    if (open_.size() >= max_streams) {
      return Fault::protocol;
    }
    open_.push_back({request});
    if (ends_stream_) {
      sink.on_request(request);
    }
    return Fault::none;
  }

  // Content of a request is dropped, and its bytes are given back to the connection.
  Fault take_data(std::string_view payload, std::uint8_t flags, std::uint32_t stream, RequestSink& sink,
                  std::string& out) {
    if (!payload.empty()) {
      append_frame(4, Frame::window_update, 0, 0, out);
      append_number(static_cast<std::uint32_t>(payload.size()), 4, out);
    }
    const auto open = std::find_if(open_.begin(), open_.end(),
                                   [&](const Open& candidate) { return candidate.request.stream == stream; });
    if ((flags & end_stream) != 0 && open != open_.end()) {
      sink.on_request(Request(open->request));
    }
    return Fault::none;
  }

  Fault take_settings(std::string_view payload, std::uint8_t flags, std::string& out) {
    if ((flags & ack) != 0) {
      return payload.empty() ? Fault::none : Fault::frame_size;
    }
    if (payload.size() % 6 != 0) {
      return Fault::frame_size;
    }
    for (; !payload.empty(); payload.remove_prefix(6)) {
      const std::uint32_t value = read_number(payload.substr(2), 4);
      constexpr std::uint32_t header_table_size = 1;
      constexpr std::uint32_t initial_window_size = 4;
      if (const std::uint32_t id = read_number(payload, 2); id == header_table_size) {
        fields_.limit_table(value);
      } else if (id == initial_window_size) {
        initial_window_ = value;
      }
    }
    append_frame(0, Frame::settings, ack, 0, out);
    send_waiting(out);
    return initial_window_ <= max_window ? Fault::none : Fault::flow_control;
  }

  Fault take_window_update(std::string_view payload, std::uint32_t stream, std::string& out) {
    if (payload.size() != 4) {
      return Fault::frame_size;
    }
    const std::int64_t more = read_number(payload, 4) & 0x7fffffff;
    if (stream == 0) {
      window_ += more;
    } else {
      for (Open& open : open_) {
        open.extra_window += open.request.stream == stream ? more : 0;
      }
    }
    send_waiting(out);
    return window_ <= max_window ? Fault::none : Fault::flow_control;
  }

  const CannedAnswer& answer_;
  FieldWriter fields_;
  std::optional<RequestReader> reader_;
  std::string partial_;
  bool has_preface_ = false;
  std::string block_;
  std::uint32_t block_stream_ = 0;  // 0 = between field sections
  bool ends_stream_ = false;
  std::uint32_t newest_stream_ = 0;
  std::deque<Open> open_;  // in order of arrival
  std::size_t waiting_ = 0;
  std::int64_t window_ = 65535;
  std::int64_t initial_window_ = 65535;
};

}  // namespace

std::unique_ptr<Protocol> make_http2(const CannedAnswer& answer) { return std::make_unique<Http2>(answer); }

std::unique_ptr<Protocol> choose_protocol(std::string_view first_bytes, const CannedAnswer& answer) {
  if (preface.starts_with(first_bytes.substr(0, preface.size()))) {
    // "P" alone may still become POST or PUT, which are refused anyway; wait for what tells them apart.
    return first_bytes.size() >= preface.size() ? make_http2(answer) : nullptr;
  }
  return make_http1(answer);
}

}  // namespace cachewitness::bench
