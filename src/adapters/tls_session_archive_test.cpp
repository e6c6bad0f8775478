#include "adapters/tls_session_archive.h"

#include <gtest/gtest.h>

#include "adapters/sha256.h"

namespace cachewitness::adapters {

namespace {

std::vector<ArchivedSession> examples() {
  const auto shared = std::make_shared<const std::string>("a chain\0of two", 14);
  const auto other = std::make_shared<const std::string>("another");
  return {{sha256("trust"), "a.example", 1'900'000'000, "state 1", shared},
          {sha256("trust"), std::string("b.example\0h2", 12), -1, "", other},
          {sha256("other"), "", 5'000'000'000, std::string(70'000, '\xFF'), shared}};
}

}  // namespace

TEST(TlsSessionArchive, ReadsWhatItWrote) {
  const auto sessions = examples();
  const auto read = read_sessions(write_sessions(sessions));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, sessions);
  EXPECT_EQ((*read)[0].certificates, (*read)[2].certificates) << "one chain, kept once";
  EXPECT_EQ(read_sessions(write_sessions({}))->size(), 0U);
}

TEST(TlsSessionArchive, RefusesWhatIsNotWhole) {
  auto sessions = examples();
  sessions.pop_back();
  const std::string whole = write_sessions(sessions);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(read_sessions(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(read_sessions(whole + "x"));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string wrong = whole;
    wrong[at] = static_cast<char>(wrong[at] ^ 1);
    ASSERT_FALSE(read_sessions(wrong)) << at;
  }
}

// A right digest behind wrong content: it may have been somebody else's program that wrote it.
TEST(TlsSessionArchive, RefusesWhatCannotBeEvenUnderItsDigest) {
  const auto with_digest = [](std::string bytes) {
    bytes.insert(0, "cachewitness.tls-sessions/v1\n");
    const base::Digest digest = sha256(bytes);
    return bytes.append(digest.bytes.begin(), digest.bytes.end());
  };
  const auto number = [](char last) { return std::string(3, '\0') + last; };
  const std::string session = std::string(32, 't') + number(0) + std::string(8, '\0') + number(0) + number(0);
  EXPECT_TRUE(read_sessions(with_digest(number(1) + number(0) + number(1) + session)));
  EXPECT_FALSE(read_sessions(with_digest(number(0) + number(1) + session))) << "a chain that is not there";
  EXPECT_FALSE(read_sessions(with_digest(std::string(4, '\xFF')))) << "more chains than bytes";
  EXPECT_FALSE(read_sessions(with_digest(number(0) + std::string(4, '\xFF')))) << "more sessions than bytes";
  EXPECT_FALSE(read_sessions(with_digest(number(0) + number(0) + "x"))) << "something behind";
}

TEST(TlsSessionArchive, StaysWithinItsBounds) {
  std::vector<ArchivedSession> sessions(20'000, {sha256("t"), "k", 1, "s", std::make_shared<std::string>("chain")});
  EXPECT_EQ(read_sessions(write_sessions(sessions))->size(), 16384U);
  for (std::size_t i = 0; i < 64; ++i) {
    sessions[i].certificates = std::make_shared<const std::string>(1'000'000 + i, 'c');
  }
  EXPECT_EQ(read_sessions(write_sessions(sessions))->size(), 33U) << "32 MiB";
}

}  // namespace cachewitness::adapters
