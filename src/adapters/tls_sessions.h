// TlsSessions: the sessions of one trust store that make a second handshake cheap, by whom they were made with.
// They are held as bytes: some hundred, where OpenSSL's own objects keep a decoded certificate chain each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/certificate_chain.h"

struct ssl_session_st;

namespace cachewitness::adapters {

struct SessionFree {
  void operator()(ssl_session_st* session) const;
};
using SessionPointer = std::unique_ptr<ssl_session_st, SessionFree>;

struct TlsTicket {
  std::string state;  // ASN.1 as OpenSSL writes it, without the peer's certificate
  std::int64_t expires_at = 0;
  std::shared_ptr<const std::string> certificates;  // that the peer presented, DER
  ChainPointer chain;                               // verified; null for one of an earlier run not looked at yet
  bool is_used = false;
};

// Those of one peer: a server name at an address.
class TlsSlot {
 public:
  void keep(TlsTicket ticket);
  // One that is not expired, unused where there is one (RFC 8446 C.4), the newest first. Null where there is none.
  // Good until the next call.
  TlsTicket* take(std::int64_t now);
  // Something is wrong with them: the next handshake is a full one.
  void forget() { tickets_.clear(); }
  [[nodiscard]] const std::vector<TlsTicket>& tickets() const { return tickets_; }

 private:
  std::vector<TlsTicket> tickets_;  // the newest last
};

class TlsSessions {
 public:
  // At home here for good. Null where there are too many already.
  TlsSlot* slot(std::string_view key);
  [[nodiscard]] const auto& slots() const { return slots_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  std::unordered_map<std::string, TlsSlot, Hash, std::equal_to<>> slots_;
};

// When `session` must not be taken up any more; seconds since 1970.
[[nodiscard]] std::int64_t session_end(const ssl_session_st* session);
// Empty where OpenSSL cannot write it.
[[nodiscard]] std::string write_session(ssl_session_st* session);
[[nodiscard]] SessionPointer read_session(std::string_view state);

}  // namespace cachewitness::adapters
