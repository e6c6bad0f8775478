// TlsHandshake: the TLS 1.3 client inside one QUIC connection (RFC 9001), by GnuTLS. Chain, validity and name are
// verified, always. Nothing of it runs by itself: ngtcp2 moves its messages.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ports/network.h"
#include "quic/credentials.h"

struct gnutls_session_int;
struct gnutls_x509_crt_int;
struct ngtcp2_crypto_conn_ref;

namespace cachewitness::quic {

class TlsHandshake {
 public:
  // `connection` is how GnuTLS finds the QUIC connection back, and outlives this.
  TlsHandshake(Credentials credentials, std::string_view server_name, ngtcp2_crypto_conn_ref& connection);
  TlsHandshake(const TlsHandshake&) = delete;
  TlsHandshake& operator=(const TlsHandshake&) = delete;
  ~TlsHandshake();

  [[nodiscard]] gnutls_session_int* native() const { return session_.get(); }
  // Why the certificate was refused, with what it says; empty where it was not.
  [[nodiscard]] std::string certificate_fault() const;
  // TLS version, certificate and protocol. Requires: the handshake is over.
  void describe(ports::PeerInfo& out);
  // Nothing before describe(), which reads the certificate once for all who ask.
  [[nodiscard]] bool covers(std::string_view host) const;

 private:
  struct Free {
    void operator()(gnutls_session_int* session) const;
    void operator()(gnutls_x509_crt_int* certificate) const;
  };
  using Certificate = std::unique_ptr<gnutls_x509_crt_int, Free>;
  struct Demands;

  [[nodiscard]] Certificate read_leaf() const;

  Credentials credentials_;
  std::unique_ptr<Demands> demands_;  // what the certificate must be good for; GnuTLS keeps a pointer to it
  std::unique_ptr<gnutls_session_int, Free> session_;
  Certificate leaf_;  // of the peer, once the handshake is over
};

}  // namespace cachewitness::quic
