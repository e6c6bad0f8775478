#include "canned_answer.h"

#include <zlib.h>

#include <array>
#include <cctype>

namespace cachewitness::bench {

namespace {

constexpr std::size_t tag_digits = 8;

std::string http_date(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// Some clients of benchmarks look for "Content-Length" in just this spelling.
std::string http1_spelling(std::string name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i == 0 || name[i - 1] == '-') {
      name[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[i])));
    }
  }
  return name;
}

void write_digits(std::uint32_t tag, char* at) {
  for (std::size_t i = 0; i < tag_digits; ++i) {
    at[i] = "0123456789abcdef"[(tag >> (28 - 4 * i)) & 15U];
  }
}

}  // namespace

CannedAnswer::CannedAnswer(const AnswerShape& shape) : shape_(shape) {
  while (body_.size() < shape.body_bytes) {
    body_ += "00000000 canned\n";
  }
  body_.resize(shape.body_bytes);
}

std::uint32_t CannedAnswer::tag(std::string_view host, std::string_view path) {
  const auto add = [](uLong crc, std::string_view text) {
    return crc32(crc, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  };
  return static_cast<std::uint32_t>(add(add(0, host), path));
}

void CannedAnswer::set_time(std::time_t now) {
  if (now == time_) {
    return;
  }
  time_ = now;
  ++edition_;
  fields_ = {{"date", http_date(now)},
             {"content-type", "application/javascript"},
             {"content-length", std::to_string(body_.size())},
             {"last-modified", "Mon, 16 Nov 2026 03:00:00 GMT"},
             {"cache-control", "public, max-age=3600"},
             {"age", "12"},
             {"x-cache", "HIT"},
             {"x-served-by", "cache-lab-1"}};
  const auto render = [this] {
    http1_ = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n";
    for (const AnswerField& field : fields_) {
      http1_.append(http1_spelling(field.name)).append(": ").append(field.value).append("\r\n");
    }
    http1_ += "ETag: ";
    etag_digits_at_ = http1_.size() + 1;
    http1_.append(etag(0)).append("\r\n\r\n");
  };
  render();
  if (http1_.size() < shape_.head_bytes) {
    fields_.back().value.append(shape_.head_bytes - http1_.size(), '0');
    render();
  }
  http1_body_at_ = http1_.size();
  http1_ += body_;
}

void CannedAnswer::append_http1(std::uint32_t tag, bool with_body, std::string& out) const {
  const std::size_t at = out.size();
  out.append(http1_.data(), with_body ? http1_.size() : http1_body_at_);
  if (shape_.is_distinct) {
    write_digits(tag, out.data() + at + etag_digits_at_);
    if (with_body && body_.size() >= tag_digits) {
      write_digits(tag, out.data() + at + http1_body_at_);
    }
  }
}

void CannedAnswer::append_body(std::uint32_t tag, std::string& out) const {
  const std::size_t at = out.size();
  out += body_;
  if (shape_.is_distinct && body_.size() >= tag_digits) {
    write_digits(tag, out.data() + at);
  }
}

std::string CannedAnswer::etag(std::uint32_t tag) const {
  std::string text = "\"00000000-v2\"";
  if (shape_.is_distinct) {
    write_digits(tag, text.data() + 1);
  }
  return text;
}

}  // namespace cachewitness::bench
