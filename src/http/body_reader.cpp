#include "http/body_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "http/field_line.h"

namespace cachewitness::http {

namespace {

constexpr std::array<std::string_view, 8> defect_names{"bad-content-length",    "content-length-with-transfer-encoding",
                                                       "bad-transfer-encoding", "bad-chunk-size",
                                                       "bad-chunk-end",         "bad-chunk-extension",
                                                       "bad-trailer",           "trailers-too-large"};

constexpr std::uint32_t max_size_digits = 16;
constexpr std::uint32_t max_extension_bytes = 16 * 1024;
constexpr std::uint32_t max_trailer_bytes = 16 * 1024;
// 2^60 bytes: far above any body, far below what arithmetic on it could overflow.
constexpr std::uint64_t max_length = std::uint64_t{1} << 60;

// Calls `visit` with each element of a comma-separated list over all lines of that name (RFC 9110 5.6.1).
template <typename Visit>
void for_each_element(const std::vector<Field>& fields, std::string_view name, Visit visit) {
  for (const Field& field : fields) {
    if (!base::equals_ignoring_case(field.name, name)) {
      continue;
    }
    std::string_view rest = field.value;
    for (bool is_last = false; !is_last;) {
      const std::size_t comma = rest.find(',');
      is_last = comma == std::string_view::npos;
      visit(base::trim(rest.substr(0, comma)));
      rest = is_last ? std::string_view{} : rest.substr(comma + 1);
    }
  }
}

// RFC 9112 6.3 rule 5: a list of equal values is one value; anything else but digits is a defect.
struct ContentLength {
  bool is_present = false;
  bool is_valid = true;
  std::uint64_t bytes = 0;
};

ContentLength content_length(const std::vector<Field>& fields) {
  ContentLength length;
  for_each_element(fields, "content-length", [&](std::string_view text) {
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    const bool is_number = error == std::errc{} && end == text.data() + text.size() && bytes <= max_length;
    length.is_valid = length.is_valid && is_number && (!length.is_present || bytes == length.bytes);
    length.is_present = true;
    length.bytes = bytes;
  });
  return length;
}

struct TransferEncoding {
  bool is_present = false;
  int chunked = 0;
  int others = 0;
};

TransferEncoding transfer_encoding(const std::vector<Field>& fields) {
  TransferEncoding encoding;
  for_each_element(fields, "transfer-encoding", [&](std::string_view coding) {
    encoding.is_present = true;
    ++(base::equals_ignoring_case(coding, "chunked") ? encoding.chunked : encoding.others);
  });
  return encoding;
}

bool keeps(const std::vector<Field>& fields, int minor_version) {
  bool has_close = false;
  bool has_keep_alive = false;
  for_each_element(fields, "connection", [&](std::string_view option) {
    has_close = has_close || base::equals_ignoring_case(option, "close");
    has_keep_alive = has_keep_alive || base::equals_ignoring_case(option, "keep-alive");
  });
  return !has_close && (minor_version >= 1 || has_keep_alive);
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? std::optional(static_cast<unsigned>(lower - 'a' + 10)) : std::nullopt;
}

}  // namespace

std::string_view name(FramingDefect defect) { return defect_names.at(static_cast<std::size_t>(defect)); }

bool keeps_connection(const ResponseHead& head) { return keeps(head.fields, head.minor_version); }
bool keeps_connection(const RequestHead& head) { return keeps(head.fields, head.minor_version); }

template <typename Head>
std::expected<BodyReader, FramingDefect> BodyReader::for_message(const Head& head, State without_length) {
  const TransferEncoding encoding = transfer_encoding(head.fields);
  const ContentLength length = content_length(head.fields);
  BodyReader reader;
  if (encoding.is_present) {
    if (length.is_present) {
      return std::unexpected(FramingDefect::content_length_with_transfer_encoding);
    }
    if (encoding.chunked != 1 || encoding.others != 0 || head.minor_version == 0) {
      return std::unexpected(FramingDefect::bad_transfer_encoding);
    }
    reader.state_ = State::chunk_size_first;
    return reader;
  }
  if (!length.is_valid) {
    return std::unexpected(FramingDefect::bad_content_length);
  }
  if (length.is_present) {
    reader.left_ = length.bytes;
    reader.state_ = length.bytes == 0 ? State::complete : State::counted;
  } else {
    reader.state_ = without_length;
  }
  return reader;
}

std::expected<BodyReader, FramingDefect> BodyReader::for_response(const ResponseHead& head, bool is_head_request) {
  if (is_head_request || head.status < 200 || head.status == 204 || head.status == 304) {
    return BodyReader{};
  }
  return for_message(head, State::until_close);
}

std::expected<BodyReader, FramingDefect> BodyReader::for_request(const RequestHead& head) {
  return for_message(head, State::complete);
}

std::expected<std::size_t, FramingDefect> BodyReader::feed(std::string_view bytes, ContentSink& sink) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::complete) {
    std::expected<void, FramingDefect> step;
    switch (state_) {
      case State::until_close:
        sink.take(bytes.substr(at));
        return bytes.size();
      case State::counted:
      case State::chunk_data: {
        const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size() - at);
        sink.take(bytes.substr(at, taken));
        at += taken;
        left_ -= taken;
        if (left_ == 0) {
          state_ = state_ == State::counted ? State::complete : State::chunk_end_return;
        }
        continue;
      }
      case State::chunk_end_return:
      case State::chunk_end_line_feed:
        step = feed_chunk_end(bytes[at]);
        break;
      case State::trailer:
        step = feed_trailer(bytes[at]);
        break;
      default:
        step = feed_size_line(bytes[at]);
        break;
    }
    if (!step) {
      return std::unexpected(step.error());
    }
    ++at;
  }
  return at;
}

// RFC 9112 7.1: chunk-size [ chunk-ext ] CRLF.
std::expected<void, FramingDefect> BodyReader::feed_size_line(char c) {
  if (state_ == State::chunk_line_feed) {
    if (c != '\n') {
      return std::unexpected(FramingDefect::bad_chunk_size);
    }
    state_ = left_ == 0 ? State::trailer : State::chunk_data;
    return {};
  }
  if (state_ == State::chunk_extension) {
    if (c == '\r') {
      state_ = State::chunk_line_feed;
    } else if (!is_field_text({&c, 1}) || ++extension_bytes_ > max_extension_bytes) {
      return std::unexpected(FramingDefect::bad_chunk_extension);
    }
    return {};
  }
  if (const auto digit = hex_digit(c); digit && state_ != State::chunk_padding) {
    size_digits_ = state_ == State::chunk_size_first ? 1 : size_digits_ + 1;
    left_ = (state_ == State::chunk_size_first ? 0 : left_ * 16) + *digit;
    state_ = State::chunk_size;
    const bool is_sane = size_digits_ <= max_size_digits && left_ <= max_length;
    return is_sane ? std::expected<void, FramingDefect>{} : std::unexpected(FramingDefect::bad_chunk_size);
  }
  const bool is_space = c == ' ' || c == '\t';
  if (state_ == State::chunk_size_first || (c != ';' && c != '\r' && !is_space) ||
      (c == '\r' && state_ == State::chunk_padding) || (is_space && ++extension_bytes_ > max_extension_bytes)) {
    return std::unexpected(FramingDefect::bad_chunk_size);
  }
  state_ = c == ';' ? State::chunk_extension : c == '\r' ? State::chunk_line_feed : State::chunk_padding;
  return {};
}

std::expected<void, FramingDefect> BodyReader::feed_chunk_end(char c) {
  const bool is_return = state_ == State::chunk_end_return;
  if (c != (is_return ? '\r' : '\n')) {
    return std::unexpected(FramingDefect::bad_chunk_end);
  }
  state_ = is_return ? State::chunk_end_line_feed : State::chunk_size_first;
  return {};
}

// RFC 9112 7.1.2. Trailer fields are checked and dropped: nothing of a verdict may rest on them.
std::expected<void, FramingDefect> BodyReader::feed_trailer(char c) {
  if (++trailer_bytes_ > max_trailer_bytes) {
    return std::unexpected(FramingDefect::trailers_too_large);
  }
  if (c != '\n') {
    trailer_line_ += c;
    return {};
  }
  if (!trailer_line_.ends_with('\r')) {
    return std::unexpected(FramingDefect::bad_trailer);
  }
  trailer_line_.pop_back();
  if (trailer_line_.empty()) {
    state_ = State::complete;
  } else if (!parse_field_line(trailer_line_)) {
    return std::unexpected(FramingDefect::bad_trailer);
  }
  trailer_line_.clear();
  return {};
}

}  // namespace cachewitness::http
