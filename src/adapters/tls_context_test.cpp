#include "adapters/tls_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "adapters/tls_error.h"
#include "support/test_authority.h"

namespace cachewitness::testing {

namespace {

using adapters::ArchivedSession;
using adapters::TlsContext;
using std::chrono::hours;
using ::testing::StartsWith;

struct Handshake {
  bool is_done = false;
  bool is_resumed = false;
  std::string trouble;
  adapters::ChainPointer chain;
};

// Handshakes in memory.
class TlsContextTest : public ::testing::Test {
 protected:
  static std::shared_ptr<TlsContext> clients_of(const TestAuthority& authority) {
    return std::move(*TlsContext::for_clients(authority.ca_file()));
  }

  Handshake shake_hands(TlsContext& clients, TlsContext& server, const std::string& name) {
    adapters::TlsPeer peer;
    const adapters::SslPointer ssl =
        clients.open_client({name, {}, {"http/1.1"}, is_resuming_}, *base::parse_ip(address_, 443), peer);
    const adapters::SslPointer accepted = server.open_server();
    if (max_version_ != 0) {
      SSL_set_max_proto_version(accepted.get(), max_version_);
    }
    BIO* client_end = nullptr;
    BIO* server_end = nullptr;
    EXPECT_EQ(::BIO_new_bio_pair(&client_end, 0, &server_end, 0), 1);
    ::SSL_set_bio(ssl.get(), client_end, client_end);
    ::SSL_set_bio(accepted.get(), server_end, server_end);
    char byte = 0;
    Handshake result;
    for (int rounds = 0; rounds < 8 && result.trouble.empty(); ++rounds) {
      const int outcome = ::SSL_do_handshake(ssl.get());
      if (outcome != 1 && ::SSL_get_error(ssl.get(), outcome) == SSL_ERROR_SSL) {
        result.trouble = adapters::take_handshake_error(ssl.get());
      }
      ::SSL_do_handshake(accepted.get());
      ::SSL_read(ssl.get(), &byte, 1);  // tickets come after the handshake (RFC 8446 4.6.1)
    }
    result.is_done = ::SSL_is_init_finished(ssl.get()) == 1 && ::SSL_is_init_finished(accepted.get()) == 1;
    result.is_resumed = ::SSL_session_reused(ssl.get()) == 1;
    result.chain = TlsContext::chain_of(ssl.get(), peer);
    return result;
  }
  Handshake shake_hands(const std::string& name) { return shake_hands(*clients_, *server_, name); }

  // From now on the clients' certificates are held against this time.
  static void set_time(TlsContext& clients, base::Duration from_now) {
    adapters::TlsPeer peer;
    const adapters::SslPointer ssl = clients.open_client({"any", {}, {}, false}, {}, peer);
    const base::Instant then = adapters::SystemClock().wall() + from_now;
    ::X509_VERIFY_PARAM_set_time(::SSL_CTX_get0_param(::SSL_get_SSL_CTX(ssl.get())), then.ns / 1'000'000'000);
  }

  bool is_resuming_ = true;
  int max_version_ = 0;
  std::string address_ = "192.0.2.1";
  TestAuthority authority_;
  std::shared_ptr<TlsContext> clients_ = clients_of(authority_);
  std::shared_ptr<TlsContext> server_ = std::move(*TlsContext::for_server(
      authority_.server({"a.example", "b.example", "127.0.0.1"}, valid_for(hours(1), hours(24)))));
};

class ChainVerifierTest : public TlsContextTest {
 protected:
  ChainVerifierTest() { is_resuming_ = false; }
};

// Sessions of an earlier process: archived there, adopted by a context that has seen nothing yet.
class ArchivedSessionTest : public TlsContextTest {
 protected:
  std::vector<ArchivedSession> archived() {
    EXPECT_TRUE(shake_hands("a.example").is_done);
    std::vector<ArchivedSession> sessions;
    clients_->archive(sessions);
    EXPECT_FALSE(sessions.empty());
    return sessions;
  }
  static void adopt(TlsContext& clients, const std::vector<ArchivedSession>& sessions) {
    for (const ArchivedSession& session : sessions) {
      clients.adopt(session);
    }
  }
};

}  // namespace

TEST_F(TlsContextTest, ResumesASessionOfTheSameNameAndAddressOnly) {
  EXPECT_FALSE(shake_hands("a.example").is_resumed);
  EXPECT_TRUE(shake_hands("a.example").is_resumed);
  const Handshake third = shake_hands("a.example");
  EXPECT_TRUE(third.is_resumed) << "each handshake brings new tickets";
  EXPECT_TRUE(third.chain->names.covers("b.example"));
  EXPECT_FALSE(shake_hands("b.example").is_resumed) << "verified for another name";
  address_ = "192.0.2.2";
  EXPECT_FALSE(shake_hands("a.example").is_resumed) << "another edge has other keys";
}

TEST_F(TlsContextTest, ResumesNothingWhereThatIsNotWanted) {
  EXPECT_TRUE(shake_hands("a.example").is_done);
  is_resuming_ = false;
  EXPECT_FALSE(shake_hands("a.example").is_resumed);
}

TEST_F(TlsContextTest, ResumesNoSessionWhoseCertificateHasEnded) {
  EXPECT_TRUE(shake_hands("a.example").is_done);
  set_time(*clients_, hours(25));
  const Handshake later = shake_hands("a.example");
  EXPECT_FALSE(later.is_done);
  EXPECT_THAT(later.trouble, StartsWith("certificate has expired"));
}

TEST_F(ChainVerifierTest, RemembersAChainThatIsGood) {
  const Handshake first = shake_hands("a.example");
  const Handshake second = shake_hands("b.example");
  const Handshake third = shake_hands("127.0.0.1");
  ASSERT_TRUE(first.is_done && second.is_done && third.is_done);
  ASSERT_NE(first.chain, nullptr);
  EXPECT_EQ(first.chain, second.chain) << "verified once";
  EXPECT_EQ(first.chain, third.chain);
}

TEST_F(ChainVerifierTest, AsksForTheNameEachTime) {
  EXPECT_TRUE(shake_hands("a.example").is_done);
  EXPECT_EQ(shake_hands("c.example").trouble,
            "hostname mismatch: it covers \"a.example\", \"b.example\", and \"c.example\" was asked for");
  EXPECT_EQ(shake_hands("127.0.0.2").trouble, "IP address mismatch");
  EXPECT_TRUE(shake_hands("a.example").is_done);
}

TEST_F(ChainVerifierTest, LetsNoRememberedChainOutliveItself) {
  EXPECT_TRUE(shake_hands("a.example").is_done);
  set_time(*clients_, hours(25));
  EXPECT_THAT(shake_hands("a.example").trouble, StartsWith("certificate has expired: it ended at "));
  set_time(*clients_, -hours(2));
  EXPECT_THAT(shake_hands("a.example").trouble, StartsWith("certificate is not yet valid"));
  set_time(*clients_, hours(23));
  EXPECT_TRUE(shake_hands("a.example").is_done);
}

TEST_F(ChainVerifierTest, LetsNoRememberedChainOutliveItsAuthority) {
  const TestAuthority brief(valid_for(hours(1), hours(2)));
  const auto clients = clients_of(brief);
  const auto server = std::move(*TlsContext::for_server(brief.server({"a.example"}, valid_for(hours(1), hours(24)))));
  EXPECT_TRUE(shake_hands(*clients, *server, "a.example").is_done);
  set_time(*clients, hours(3));
  EXPECT_THAT(shake_hands(*clients, *server, "a.example").trouble, StartsWith("certificate has expired"));
}

TEST_F(ChainVerifierTest, KeepsTrustStoresApart) {
  const TestAuthority stranger;
  const auto clients = clients_of(stranger);
  EXPECT_TRUE(shake_hands("a.example").is_done);
  EXPECT_THAT(shake_hands(*clients, *server_, "a.example").trouble,
              StartsWith("unable to get local issuer certificate"));
}

TEST_F(ChainVerifierTest, RemembersNoFailure) {
  set_time(*clients_, hours(25));
  EXPECT_FALSE(shake_hands("a.example").is_done);
  set_time(*clients_, hours(1));
  EXPECT_TRUE(shake_hands("a.example").is_done);
}

TEST_F(ArchivedSessionTest, IsResumedOnceItsChainWasVerifiedAnew) {
  const auto sessions = archived();
  const auto later = clients_of(authority_);
  ASSERT_EQ(later->trust(), clients_->trust());
  adopt(*later, sessions);
  const Handshake handshake = shake_hands(*later, *server_, "a.example");
  EXPECT_TRUE(handshake.is_done);
  EXPECT_TRUE(handshake.is_resumed);
  ASSERT_NE(handshake.chain, nullptr);
  EXPECT_TRUE(handshake.chain->names.covers("b.example"));
  EXPECT_EQ(handshake.chain->leaf_sha256, shake_hands("b.example").chain->leaf_sha256);
  EXPECT_TRUE(shake_hands(*later, *server_, "a.example").is_resumed) << "by the ticket of the resumed session";
}

TEST_F(ArchivedSessionTest, IsResumedWithTls12Too) {
  max_version_ = TLS1_2_VERSION;
  const auto sessions = archived();
  const auto later = clients_of(authority_);
  adopt(*later, sessions);
  EXPECT_TRUE(shake_hands(*later, *server_, "a.example").is_resumed);
}

TEST_F(ArchivedSessionTest, IsNotResumedUnderAnotherTrustStore) {
  const TestAuthority stranger;
  const auto later = clients_of(stranger);
  EXPECT_NE(later->trust(), clients_->trust());
  adopt(*later, archived());  // against the rule, which is the network's: the chain is what counts
  const Handshake handshake = shake_hands(*later, *server_, "a.example");
  EXPECT_FALSE(handshake.is_done);
  EXPECT_THAT(handshake.trouble, StartsWith("unable to get local issuer certificate"));
}

TEST_F(ArchivedSessionTest, IsNotResumedOnceItsCertificateHasEnded) {
  const auto later = clients_of(authority_);
  auto sessions = archived();
  for (ArchivedSession& session : sessions) {
    session.expires_at += std::int64_t{7} * 86'400;
  }
  adopt(*later, sessions);
  set_time(*later, hours(25));
  EXPECT_THAT(shake_hands(*later, *server_, "a.example").trouble, StartsWith("certificate has expired"));
}

TEST_F(ArchivedSessionTest, IsNotResumedForANameThatItsCertificateDoesNotCover) {
  auto sessions = archived();
  for (ArchivedSession& session : sessions) {
    session.key.replace(session.key.find("a.example"), 9, "x.example");
  }
  const auto later = clients_of(authority_);
  adopt(*later, sessions);
  EXPECT_THAT(shake_hands(*later, *server_, "x.example").trouble, StartsWith("hostname mismatch"));
}

TEST_F(ArchivedSessionTest, ThatMakesNoSenseIsLeftOut) {
  struct Row {
    const char* name;
    void (*spoil)(ArchivedSession&);
  };
  const Row rows[] = {
      {"no session", [](ArchivedSession& session) { session.state = "nonsense"; }},
      {"half a session", [](ArchivedSession& session) { session.state.resize(session.state.size() / 2); }},
      {"no certificates", [](ArchivedSession& session) { session.certificates = std::make_shared<std::string>(); }},
      {"no certificate",
       [](ArchivedSession& session) { session.certificates = std::make_shared<std::string>("nonsense"); }},
      {"expired", [](ArchivedSession& session) { session.expires_at = 1; }},
  };
  const auto sessions = archived();
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto later = clients_of(authority_);
    for (ArchivedSession session : sessions) {
      row.spoil(session);
      later->adopt(session);
    }
    const Handshake handshake = shake_hands(*later, *server_, "a.example");
    EXPECT_TRUE(handshake.is_done) << handshake.trouble;
    EXPECT_FALSE(handshake.is_resumed);
  }
}

}  // namespace cachewitness::testing
