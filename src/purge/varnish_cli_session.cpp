#include "purge/varnish_cli_session.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::purge {

namespace {

constexpr std::size_t status_line_bytes = 13;
constexpr std::size_t challenge_bytes = 32;
constexpr std::size_t most_body_bytes = std::size_t{1} << 20;
constexpr int needs_authentication = 107;
constexpr int ok = 200;

// A number with blanks behind it.
std::optional<std::size_t> number_of(std::string_view text) {
  text = base::trim(text);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string varnish_cli_authentication(std::string_view challenge, std::string_view secret,
                                       base::Digest (*sha256)(std::string_view)) {
  return sha256(fmt::format("{}\n{}{}\n", challenge, secret, challenge)).hex();
}

VarnishCliSession::VarnishCliSession(std::string command, base::Secret secret, base::Digest (*sha256)(std::string_view))
    : command_(std::move(command)), secret_(std::move(secret)), sha256_(sha256) {}

bool VarnishCliSession::take(std::string_view bytes, std::string& out) {
  bytes_ += bytes;
  while (bytes_.size() >= status_line_bytes && !response_) {
    const std::string_view line = std::string_view(bytes_).substr(0, status_line_bytes);
    const auto status = number_of(line.substr(0, 3));
    const auto size = number_of(line.substr(4, 8));
    if (line[3] != ' ' || line.back() != '\n' || !status || !size || *size > most_body_bytes) {
      return false;
    }
    const std::size_t whole = status_line_bytes + *size + 1;
    if (bytes_.size() < whole) {
      return true;
    }
    const std::string body = bytes_.substr(status_line_bytes, *size);
    bytes_.erase(0, whole);
    take_answer(static_cast<int>(*status), body, out);
  }
  return true;
}

void VarnishCliSession::take_answer(int status, std::string_view body, std::string& out) {
  if (step_ == Step::greeted && status == needs_authentication && body.size() >= challenge_bytes) {
    step_ = Step::authenticated;
    out += fmt::format("auth {}\n",
                       varnish_cli_authentication(body.substr(0, challenge_bytes), secret_.expose(), sha256_));
  } else if (step_ != Step::commanded && status == ok) {
    step_ = Step::commanded;
    out += command_ + "\n";
  } else {
    // After a challenge that was answered, whatever is not 200 means that the secret is not theirs.
    const bool is_denied = step_ == Step::authenticated;
    response_ = Response{is_denied ? needs_authentication : status, {}, std::string(body)};
  }
}

}  // namespace cachewitness::purge
