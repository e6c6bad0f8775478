#include "stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace cachewitness::bench {

namespace {

bool is_only_blocked() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

class PlainStream final : public Stream {
 public:
  explicit PlainStream(Descriptor socket) : socket_(std::move(socket)) {}

  Transfer receive(std::span<char> into) override {
    const auto received = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (received > 0) {
      const auto bytes = static_cast<std::size_t>(received);
      return {bytes, false, bytes == into.size()};  // epoll(7): a short read of a stream has emptied it
    }
    return {0, received == 0 || !is_only_blocked(), false};
  }

  Transfer send(std::string_view bytes) override {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      return {static_cast<std::size_t>(sent), false, static_cast<std::size_t>(sent) < bytes.size()};
    }
    return {0, !is_only_blocked(), false};
  }

 private:
  Descriptor socket_;
};

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

struct Counts {
  std::uint64_t handshakes = 0;
  std::uint64_t resumed = 0;
};

class TlsStream final : public Stream {
 public:
  TlsStream(SSL* ssl, Descriptor socket, Counts& counts) : socket_(std::move(socket)), ssl_(ssl), counts_(counts) {
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_accept_state(ssl_.get());
  }

  Transfer receive(std::span<char> into) override {
    const int received = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
    count_handshake();
    // One record at a time, so there may be another; and only "want read" says that the socket is empty.
    return received > 0 ? Transfer{static_cast<std::size_t>(received), false, true} : fault(received);
  }

  Transfer send(std::string_view bytes) override {
    const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    count_handshake();
    return sent > 0 ? Transfer{static_cast<std::size_t>(sent), false, true} : fault(sent);
  }

 private:
  Transfer fault(int result) {
    const int error = SSL_get_error(ssl_.get(), result);
    ERR_clear_error();
    return {0, error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE, false};
  }

  void count_handshake() {
    if (!is_counted_ && SSL_is_init_finished(ssl_.get()) == 1) {
      is_counted_ = true;
      ++counts_.handshakes;
      counts_.resumed += SSL_session_reused(ssl_.get()) == 1 ? 1 : 0;
    }
  }

  Descriptor socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  Counts& counts_;
  bool is_counted_ = false;
};

int choose_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                unsigned int offered_size, void* /*argument*/) {
  static constexpr unsigned char ours[] = "\2h2\10http/1.1";
  unsigned char* out = nullptr;
  const int result = SSL_select_next_proto(&out, size, ours, sizeof ours - 1, offered, offered_size);
  *chosen = out;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

class OpenSslServer final : public TlsServer {
 public:
  explicit OpenSslServer(SSL_CTX* context) : context_(context) {}

  std::unique_ptr<Stream> make_stream(Descriptor socket) override {
    return std::make_unique<TlsStream>(SSL_new(context_.get()), std::move(socket), counts_);
  }
  [[nodiscard]] std::uint64_t handshakes() const override { return counts_.handshakes; }
  [[nodiscard]] std::uint64_t resumed() const override { return counts_.resumed; }

 private:
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  Counts counts_;
};

}  // namespace

std::unique_ptr<Stream> make_plain_stream(Descriptor socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<TlsServer> TlsServer::make(const std::string& certificate_file, const std::string& key_file,
                                           std::string& fault) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    fault = certificate_file + ": no certificate in PEM";
    return nullptr;
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    fault = key_file + ": not the key of " + certificate_file;
    return nullptr;
  }
  return std::make_unique<OpenSslServer>(context.release());
}

}  // namespace cachewitness::bench
