// VarnishCliSession: one command over Varnish's command line, without I/O: bytes in, bytes out. varnish-cli(7) and
// doc/sphinx/reference/varnish-cli.rst: an answer is a line of 13 bytes, "%-3d %-8d\n", its status and the length of
// the body that follows, which ends in a line feed of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/secret.h"
#include "purge/purge.h"

namespace cachewitness::purge {

class VarnishCliSession {
 public:
  // `secret` is the whole content of the file that varnishd has by -S; empty where it asks for none.
  VarnishCliSession(std::string command, base::Secret secret, base::Digest (*sha256)(std::string_view));

  // Takes what has arrived and appends what is to be sent. False where it is no such protocol; nothing follows then.
  [[nodiscard]] bool take(std::string_view bytes, std::string& out);
  // Of the command, once it is there; or of the authentication, where that failed.
  [[nodiscard]] const std::optional<Response>& response() const { return response_; }
  // Whether the command went out, so that it may have come to pass.
  [[nodiscard]] bool is_sent() const { return step_ == Step::commanded; }

 private:
  enum class Step : std::uint8_t { greeted, authenticated, commanded };
  void take_answer(int status, std::string_view body, std::string& out);

  std::string command_;
  base::Secret secret_;
  base::Digest (*sha256_)(std::string_view);
  Step step_ = Step::greeted;
  std::string bytes_;
  std::optional<Response> response_;
};

// The answer to a challenge: SHA-256 over challenge, line feed, secret, challenge, line feed, in lower-case hex.
[[nodiscard]] std::string varnish_cli_authentication(std::string_view challenge, std::string_view secret,
                                                     base::Digest (*sha256)(std::string_view));

}  // namespace cachewitness::purge
