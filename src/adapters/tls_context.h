// TlsContext: what all streams of one trust store (client) or one certificate (server) share: settings and,
// for clients, the sessions that make a second handshake cheap. TLS 1.2 or later; a client always verifies
// chain and name. Shared by its streams, because a server's context must outlive a listener that is gone.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

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

class TlsContext {
 public:
  // The text of an unexpected result says what is wrong with the file.
  static std::expected<std::shared_ptr<TlsContext>, std::string> for_clients(const std::string& ca_file);
  static base::Result<std::shared_ptr<TlsContext>> for_server(const ports::TlsServer& identity);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext() = default;

  // Ready to shake hands as the client of `to`, with an earlier session of the same name and address.
  // Null where the settings are unusable; take_tls_error() says why.
  SslPointer open_client(const ports::TlsClient& settings, const base::SocketAddress& to);
  SslPointer open_server();

  // Where decrypted bytes land: one buffer for all streams of the context, valid until the next read.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }

 private:
  struct ContextFree {
    void operator()(ssl_ctx_st* context) const;
  };
  struct SessionFree {
    void operator()(ssl_session_st* session) const;
  };

  explicit TlsContext(ssl_ctx_st* context);

  // Offers the session that is known by `key_text`, and keeps the next ones under it.
  void resume(ssl_st* ssl, const std::string& key_text);
  static int keep_session(ssl_st* ssl, ssl_session_st* session) noexcept;

  std::unique_ptr<ssl_ctx_st, ContextFree> context_;
  // By server name and address. The key string also lives in each stream, which names its entry by it.
  std::unordered_map<std::string, std::unique_ptr<ssl_session_st, SessionFree>> sessions_;
  std::string protocols_;  // a server's, as ALPN writes them
  std::vector<char> scratch_;
};

}  // namespace cachewitness::adapters
