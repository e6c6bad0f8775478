#include "adapters/tls_sessions.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace cachewitness::adapters {

namespace {

constexpr std::size_t max_slots = 65536;        // several times what an archive brings in
constexpr std::size_t max_tickets = 4;          // a slot's; servers send two at a time
constexpr std::int64_t max_age_s = 7 * 86'400;  // RFC 8446 4.6.1
constexpr int certificate_tag = 3;              // of SSL_SESSION's fields

struct OpensslFree {
  void operator()(unsigned char* bytes) const { ::OPENSSL_free(bytes); }
};

// One element at the front of `bytes`: its content, and where the element ends. Nothing where there is none.
struct Element {
  int tag = 0;
  std::string_view whole;
  std::string_view content;
};
bool read_element(std::string_view bytes, Element& element) {
  const auto* const start = reinterpret_cast<const unsigned char*>(bytes.data());
  const unsigned char* at = start;
  long size = 0;
  int kind = 0;
  const int result = ::ASN1_get_object(&at, &size, &element.tag, &kind, static_cast<long>(bytes.size()));
  if ((result & 0x80) != 0 || (result & 1) != 0) {  // broken, or of indefinite length, which DER has not
    return false;
  }
  const auto header = static_cast<std::size_t>(at - start);
  element.whole = bytes.substr(0, header + static_cast<std::size_t>(size));
  element.content = bytes.substr(header, static_cast<std::size_t>(size));
  return element.whole.size() <= bytes.size();
}

// The certificate is most of a session, and the chain that it is part of is known by then.
std::string without_certificate(std::string_view session) {
  Element whole;
  if (!read_element(session, whole)) {
    return {};
  }
  std::string fields;
  Element field;
  for (std::string_view rest = whole.content; !rest.empty(); rest.remove_prefix(field.whole.size())) {
    if (!read_element(rest, field)) {
      return {};
    }
    if (field.tag != certificate_tag) {
      fields += field.whole;
    }
  }
  const int size = static_cast<int>(fields.size());
  std::string out(static_cast<std::size_t>(::ASN1_object_size(1, size, V_ASN1_SEQUENCE)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(out.data());
  ::ASN1_put_object(&at, 1, size, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  std::ranges::copy(fields, reinterpret_cast<char*>(at));
  return out;
}

}  // namespace

void SessionFree::operator()(ssl_session_st* session) const { ::SSL_SESSION_free(session); }

void TlsSlot::keep(TlsTicket ticket) {
  std::erase_if(tickets_, [](const TlsTicket& known) { return known.is_used; });
  if (tickets_.size() >= max_tickets) {
    tickets_.erase(tickets_.begin());
  }
  tickets_.push_back(std::move(ticket));
}

TlsTicket* TlsSlot::take(std::int64_t now) {
  std::erase_if(tickets_, [now](const TlsTicket& known) { return known.expires_at <= now; });
  if (tickets_.empty()) {
    return nullptr;
  }
  const auto unused =
      std::ranges::find_if(tickets_.rbegin(), tickets_.rend(), [](const TlsTicket& known) { return !known.is_used; });
  TlsTicket& taken = unused != tickets_.rend() ? *unused : tickets_.back();
  taken.is_used = true;
  return &taken;
}

TlsSlot* TlsSessions::slot(std::string_view key) {
  if (const auto known = slots_.find(key); known != slots_.end()) {
    return &known->second;
  }
  return slots_.size() < max_slots ? &slots_.emplace(std::string(key), TlsSlot()).first->second : nullptr;
}

std::int64_t session_end(const ssl_session_st* session) {
  const auto hint = static_cast<std::int64_t>(::SSL_SESSION_get_ticket_lifetime_hint(session));
  const bool is_1_3 = ::SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION;
  // RFC 5077 5.6: zero leaves it to the client. RFC 8446 4.6.1: zero means at once.
  const std::int64_t lifetime = hint > 0 || is_1_3 ? hint : ::SSL_SESSION_get_timeout(session);
  return ::SSL_SESSION_get_time(session) + std::min(lifetime, max_age_s);
}

std::string write_session(ssl_session_st* session) {
  unsigned char* raw = nullptr;
  const int size = ::i2d_SSL_SESSION(session, &raw);
  const std::unique_ptr<unsigned char, OpensslFree> bytes(raw);
  return size <= 0 ? std::string()
                   : without_certificate({reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size)});
}

SessionPointer read_session(std::string_view state) {
  const auto* at = reinterpret_cast<const unsigned char*>(state.data());
  return SessionPointer(::d2i_SSL_SESSION(nullptr, &at, static_cast<long>(state.size())));
}

}  // namespace cachewitness::adapters
