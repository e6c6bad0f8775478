// Visitor: asks one HTTP question over any ports::Network and waits for the whole answer; and lets time pass.
// Sends exactly the bytes that it is given, and reads them with a parser of its own, so that a test of a
// server does not lean on the client that ships beside it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "ports/network.h"

namespace cachewitness::testing {

struct Sight {
  int status = 0;                             // 0 where no whole head came
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
  bool is_whole = false;  // head and as many bytes as Content-Length says (none are due to HEAD and 304)
  bool was_closed = false;
  std::optional<base::Failure> failure;

  [[nodiscard]] std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

class Visitor {
 public:
  explicit Visitor(ports::Network& network) : network_(network) {}

  // `head_lines` are further field lines, each with its CRLF.
  Sight ask(const base::SocketAddress& to, std::string_view method, std::string_view host, std::string_view target,
            std::string_view head_lines = "");
  // All that comes back on one connection for these bytes within `patience`.
  std::string exchange(const base::SocketAddress& to, std::string_view bytes);
  void let_pass(base::Duration duration);
  void set_patience(base::Duration patience) { patience_ = patience; }

 private:
  ports::Network& network_;
  base::Duration patience_ = std::chrono::seconds(5);
};

}  // namespace cachewitness::testing
