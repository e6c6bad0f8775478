// TlsContext: what all streams of one trust store (client) or one certificate (server) share: settings and,
// for clients, the chains that were verified and the sessions that make a second handshake cheap. TLS 1.2 or
// later; a client always verifies chain and name. Shared by its streams, because a server's context must outlive
// a listener that is gone.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/certificate_chain.h"
#include "adapters/chain_verifier.h"
#include "adapters/tls_session_archive.h"
#include "adapters/tls_sessions.h"
#include "base/digest.h"
#include "base/result.h"
#include "ports/network.h"

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace cachewitness::adapters {

struct SslFree {
  void operator()(ssl_st* ssl) const;
};
using SslPointer = std::unique_ptr<ssl_st, SslFree>;

// What the handshakes of one client stream have to do with its peer.
struct TlsPeer {
  TlsSlot* slot = nullptr;  // where its sessions are; null where none are taken up
  ChainPointer offered;     // of the session that was offered
  ChainPointer presented;   // verified in this handshake
};

class TlsContext {
 public:
  // The text of an unexpected result says what is wrong with the file.
  static std::expected<std::shared_ptr<TlsContext>, std::string> for_clients(const std::string& ca_file);
  static base::Result<std::shared_ptr<TlsContext>> for_server(const ports::TlsServer& identity);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext() = default;

  // Ready to shake hands as the client of `to`, with an earlier session of the same name and address. `peer`
  // outlives it. Null where the settings are unusable; take_tls_error() says why.
  SslPointer open_client(const ports::TlsClient& settings, const base::SocketAddress& to, TlsPeer& peer);
  SslPointer open_server();
  // The chain of a peer whose handshake is done: presented, or verified when its session was made.
  static ChainPointer chain_of(const ssl_st* ssl, const TlsPeer& peer);

  // Of the trust store; sessions are taken up under the same one only.
  [[nodiscard]] const base::Digest& trust() const { return trust_; }
  void adopt(ArchivedSession session);
  void archive(std::vector<ArchivedSession>& out) const;

  // Where decrypted bytes land: one buffer for all streams of the context, valid until the next read.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }

 private:
  struct ContextFree {
    void operator()(ssl_ctx_st* context) const;
  };

  explicit TlsContext(ssl_ctx_st* context);

  void offer_session(ssl_st* ssl, const std::string& server_name, TlsPeer& peer);
  static int keep_session(ssl_st* ssl, ssl_session_st* session) noexcept;
  static int verify(x509_store_ctx_st* verification, void* self) noexcept;

  std::unique_ptr<ssl_ctx_st, ContextFree> context_;
  base::Digest trust_;
  ChainVerifier verifier_;
  TlsSessions sessions_;
  std::string key_;        // kept so that a look-up allocates nothing
  std::string protocols_;  // a server's, as ALPN writes them
  std::vector<char> scratch_;
};

}  // namespace cachewitness::adapters
