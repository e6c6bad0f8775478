#include "adapters/tls_context.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "adapters/self_signed.h"
#include "adapters/system_clock.h"

namespace cachewitness::adapters {

namespace {

class TlsContextTest : public ::testing::Test {
 protected:
  TlsContextTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cachewitness-ca-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    const base::Instant now = SystemClock().wall();
    const Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(1)};
    const auto authority = make_authority("test", validity);
    const auto leaf = make_leaf(*authority, {"a.example", "b.example"}, validity);
    const std::string ca_file = directory_ + "/ca.pem";
    std::ofstream(ca_file) << authority->certificate_pem;
    clients_ = std::move(*TlsContext::for_clients(ca_file));
    server_ = std::move(*TlsContext::for_server({leaf->certificate_pem, leaf->private_key_pem}));
  }
  ~TlsContextTest() override { std::filesystem::remove_all(directory_); }

  // Shakes hands in memory; returns whether an earlier session was resumed.
  bool is_resumed(const std::string& name, const base::SocketAddress& to) {
    const SslPointer client = clients_->open_client({name, {}, {"http/1.1"}}, to);
    const SslPointer server = server_->open_server();
    BIO* client_end = nullptr;
    BIO* server_end = nullptr;
    EXPECT_EQ(::BIO_new_bio_pair(&client_end, 0, &server_end, 0), 1);
    ::SSL_set_bio(client.get(), client_end, client_end);
    ::SSL_set_bio(server.get(), server_end, server_end);
    char byte = 0;
    for (int rounds = 0; rounds < 8; ++rounds) {
      ::SSL_do_handshake(client.get());
      ::SSL_do_handshake(server.get());
      ::SSL_read(client.get(), &byte, 1);  // tickets come after the handshake (RFC 8446 4.6.1)
    }
    EXPECT_EQ(::SSL_is_init_finished(client.get()), 1) << name;
    const unsigned char* protocol = nullptr;
    unsigned protocol_bytes = 0;
    ::SSL_get0_alpn_selected(client.get(), &protocol, &protocol_bytes);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(protocol), protocol_bytes), "http/1.1");
    return ::SSL_session_reused(client.get()) == 1;
  }

  std::string directory_;
  std::shared_ptr<TlsContext> clients_;
  std::shared_ptr<TlsContext> server_;
};

}  // namespace

TEST_F(TlsContextTest, ResumesASessionOfTheSameNameAndAddressOnly) {
  const base::SocketAddress here = *base::parse_ip("192.0.2.1", 443);
  const base::SocketAddress elsewhere = *base::parse_ip("192.0.2.2", 443);
  EXPECT_FALSE(is_resumed("a.example", here));
  EXPECT_TRUE(is_resumed("a.example", here));
  EXPECT_TRUE(is_resumed("a.example", here)) << "each handshake brings new tickets";
  EXPECT_FALSE(is_resumed("b.example", here)) << "verified for another name";
  EXPECT_FALSE(is_resumed("a.example", elsewhere)) << "another edge has other keys";
}

}  // namespace cachewitness::adapters
