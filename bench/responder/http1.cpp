#include <strings.h>

#include <optional>

#include "protocol.h"

namespace cachewitness::bench {

namespace {

constexpr std::size_t max_head_bytes = std::size_t{16} << 10;

// Value of the field that `name` ("\r\nhost:", lower case) introduces.
std::string_view find_field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at);
    if (line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0) {
      const std::size_t begin = line.find_first_not_of(' ', name.size());
      return line.substr(begin, line.find("\r\n", begin) - begin);
    }
  }
  return {};
}

class Http1 final : public Protocol {
 public:
  explicit Http1(const CannedAnswer& answer) : answer_(answer) {}

  bool receive(std::string_view bytes, RequestSink& sink, std::string& out) override {
    if (!partial_.empty()) {
      partial_ += bytes;
      bytes = partial_;
    }
    while (!bytes.empty()) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        break;
      }
      const auto request = read(bytes.substr(0, end + 2));
      if (!request) {
        out += "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return false;
      }
      sink.on_request(*request);
      bytes.remove_prefix(end + 4);
    }
    partial_ = std::string(bytes);
    return partial_.size() <= max_head_bytes;
  }

  void answer(const Request& request, std::string& out) override {
    answer_.append_http1(request.tag, request.wants_body, out);
  }

 private:
  // GET and HEAD, which have no content: what follows the head is the next request.
  [[nodiscard]] std::optional<Request> read(std::string_view head) const {
    Request request;
    request.wants_body = head.starts_with("GET ");
    if (!request.wants_body && !head.starts_with("HEAD ")) {
      return std::nullopt;
    }
    if (answer_.is_distinct()) {
      const std::size_t path = head.find(' ') + 1;
      request.tag = CannedAnswer::tag(find_field(head, "\r\nhost:"), head.substr(path, head.find(' ', path) - path));
    }
    return request;
  }

  const CannedAnswer& answer_;
  std::string partial_;
};

}  // namespace

std::unique_ptr<Protocol> make_http1(const CannedAnswer& answer) { return std::make_unique<Http1>(answer); }

}  // namespace cachewitness::bench
