#include "adapters/tls_session_archive.h"

#include <algorithm>
#include <map>
#include <utility>

#include "adapters/sha256.h"

namespace cachewitness::adapters {

namespace {

constexpr std::string_view magic = "cachewitness.tls-sessions/v1\n";
constexpr std::size_t max_sessions = 16384;
constexpr std::size_t max_bytes = std::size_t{32} << 20;
constexpr std::size_t digest_bytes = sizeof(base::Digest::bytes);

// Big-endian, as in everything else that travels.
template <typename Number>
void append_number(std::string& out, Number number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<unsigned char>(static_cast<std::uint64_t>(number) >> shift));
  }
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void append_digest(std::string& out, const base::Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
}

// Reads from the front. Once something was not there, nothing is any more.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      is_good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <typename Number>
  Number number() {
    std::uint64_t value = 0;
    for (const char byte : take(sizeof(Number))) {
      value = (value << 8) | static_cast<unsigned char>(byte);
    }
    return static_cast<Number>(value);
  }
  std::string_view text() { return take(number<std::uint32_t>()); }
  base::Digest digest() {
    base::Digest digest;
    std::ranges::copy(take(digest_bytes), reinterpret_cast<char*>(digest.bytes.data()));
    return digest;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_at_end() const { return is_good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace

std::string write_sessions(const std::vector<ArchivedSession>& sessions) {
  std::map<std::string_view, std::uint32_t> numbers;  // of chains
  std::string chains;
  std::string entries;
  std::uint32_t count = 0;
  for (const ArchivedSession& session : sessions) {
    const std::size_t size = session.state.size() + session.key.size() + session.certificates->size() + 64;
    if (count == max_sessions || chains.size() + entries.size() + size > max_bytes) {
      break;
    }
    const auto [chain, is_new] = numbers.emplace(*session.certificates, static_cast<std::uint32_t>(numbers.size()));
    if (is_new) {
      append_text(chains, *session.certificates);
    }
    append_digest(entries, session.trust);
    append_number(entries, chain->second);
    append_number(entries, session.expires_at);
    append_text(entries, session.key);
    append_text(entries, session.state);
    ++count;
  }
  std::string out(magic);
  append_number(out, static_cast<std::uint32_t>(numbers.size()));
  out += chains;
  append_number(out, count);
  out += entries;
  append_digest(out, sha256(out));
  return out;
}

std::optional<std::vector<ArchivedSession>> read_sessions(std::string_view bytes) {
  if (!bytes.starts_with(magic) || bytes.size() < magic.size() + digest_bytes) {
    return std::nullopt;
  }
  const std::string_view signed_bytes = bytes.substr(0, bytes.size() - digest_bytes);
  if (Reader(bytes.substr(signed_bytes.size())).digest() != sha256(signed_bytes)) {
    return std::nullopt;
  }
  Reader in(signed_bytes.substr(magic.size()));
  std::vector<std::shared_ptr<const std::string>> chains;
  for (auto left = in.number<std::uint32_t>(); left > 0 && in.is_good(); --left) {
    chains.push_back(std::make_shared<const std::string>(in.text()));
  }
  std::vector<ArchivedSession> sessions;
  for (auto left = in.number<std::uint32_t>(); left > 0 && in.is_good(); --left) {
    ArchivedSession session;
    session.trust = in.digest();
    const auto chain = in.number<std::uint32_t>();
    session.expires_at = in.number<std::int64_t>();
    session.key = in.text();
    session.state = in.text();
    if (!in.is_good() || chain >= chains.size()) {
      return std::nullopt;
    }
    session.certificates = chains[chain];
    sessions.push_back(std::move(session));
  }
  return in.is_at_end() ? std::optional(std::move(sessions)) : std::nullopt;
}

}  // namespace cachewitness::adapters
