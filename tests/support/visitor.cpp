#include "support/visitor.h"

#include <charconv>

#include "base/text.h"

namespace cachewitness::testing {

namespace {

class Ear final : public ports::ConnectionEvents {
 public:
  void on_open(const ports::PeerInfo&) override {}
  void on_bytes(std::string_view bytes) override { heard.append(bytes); }
  void on_end() override { is_over = true; }
  void on_failure(const base::Failure& failure) override {
    why = failure;
    is_over = true;
  }

  std::string heard;
  std::optional<base::Failure> why;
  bool is_over = false;
};

// False where the head is not whole yet.
bool read(std::string_view text, bool has_no_body, Sight& sight) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return false;
  }
  std::string_view head = text.substr(0, end + 2);
  sight.body = text.substr(end + 4);
  const std::string_view code = head.substr(head.find(' ') + 1, 3);
  std::from_chars(code.data(), code.data() + code.size(), sight.status);
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(':');
    sight.fields[base::lower_case(line.substr(0, colon))] = base::trim(line.substr(colon + 1));
  }
  std::size_t length = 0;
  const std::string given = sight.field("content-length");
  std::from_chars(given.data(), given.data() + given.size(), length);
  sight.is_whole = has_no_body || sight.status == 304 || sight.body.size() == length;
  return true;
}

}  // namespace

Sight Visitor::ask(const base::SocketAddress& to, std::string_view method, std::string_view host,
                   std::string_view target, std::string_view head_lines) {
  std::string request(method);
  request.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
  request.append(head_lines).append("\r\n");
  Ear ear;
  const auto connection = network_.connect(to, nullptr, ear);
  connection->send(request);
  const base::Tick deadline = network_.now() + patience_;
  Sight sight;
  while (!ear.is_over && !sight.is_whole && network_.now() < deadline && network_.turn(deadline)) {
    read(ear.heard, method == "HEAD", sight);
  }
  sight.was_closed = ear.is_over;
  sight.failure = ear.why;
  return sight;
}

std::string Visitor::exchange(const base::SocketAddress& to, std::string_view bytes) {
  Ear ear;
  const auto connection = network_.connect(to, nullptr, ear);
  connection->send(bytes);
  const base::Tick deadline = network_.now() + patience_;
  while (!ear.is_over && network_.now() < deadline && network_.turn(deadline)) {
  }
  return ear.heard;
}

void Visitor::let_pass(base::Duration duration) {
  const base::Tick deadline = network_.now() + duration;
  while (network_.now() < deadline && network_.turn(deadline)) {
  }
}

}  // namespace cachewitness::testing
