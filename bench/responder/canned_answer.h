// CannedAnswer: the one answer a responder has, such as a CDN gives for a cached asset. Rendered once a second, so
// that giving it costs a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::bench {

struct AnswerShape {
  std::size_t head_bytes = 379;  // of HTTP/1.1, padded
  std::size_t body_bytes = 64;
  bool is_distinct = false;  // ETag and body tell hosts and paths apart
};

struct AnswerField {
  std::string name;  // lower case
  std::string value;
};

class CannedAnswer {
 public:
  explicit CannedAnswer(const AnswerShape& shape);

  // To be called once a second: renders Date again.
  void set_time(std::time_t now);

  // What `is_distinct` answers by: CRC-32 of Host and path, as in zlib.crc32(b"a.example.test/asset.js").
  [[nodiscard]] static std::uint32_t tag(std::string_view host, std::string_view path);
  [[nodiscard]] bool is_distinct() const { return shape_.is_distinct; }

  void append_http1(std::uint32_t tag, bool with_body, std::string& out) const;
  void append_body(std::uint32_t tag, std::string& out) const;
  [[nodiscard]] std::string etag(std::uint32_t tag) const;
  [[nodiscard]] std::size_t body_bytes() const { return body_.size(); }

  // Of HTTP/2, without :status, and without ETag, which may differ from answer to answer.
  [[nodiscard]] const std::vector<AnswerField>& fields() const { return fields_; }
  // Counts the renderings: who has indexed fields of an older one does so again.
  [[nodiscard]] unsigned edition() const { return edition_; }

 private:
  AnswerShape shape_;
  std::vector<AnswerField> fields_;
  std::string http1_;  // head and body
  std::size_t etag_digits_at_ = 0;
  std::size_t http1_body_at_ = 0;
  std::string body_;
  std::time_t time_ = 0;
  unsigned edition_ = 0;
};

}  // namespace cachewitness::bench
