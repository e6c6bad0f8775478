#include "adapters/cares_resolver.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "adapters/native_address.h"
#include "adapters/reactor.h"
#include "adapters/unique_fd.h"

namespace cachewitness::adapters {

namespace {

// A name server on loopback that gives every question the same kind of answer (RFC 1035 4.1).
class TestNameServer {
 public:
  enum class Kind : std::uint8_t { silent, no_such_name, one_address };

  explicit TestNameServer(Kind kind) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const NativeAddress any = to_native(*base::parse_ip("127.0.0.1", 0));
    EXPECT_EQ(::bind(fd_.get(), any.get(), any.size), 0);
    address_ = local_address(fd_.get());
    if (kind != Kind::silent) {
      thread_ = std::thread([this, kind] { serve(kind); });
    }
  }
  TestNameServer(const TestNameServer&) = delete;
  TestNameServer& operator=(const TestNameServer&) = delete;
  ~TestNameServer() {
    if (thread_.joinable()) {
      // A datagram too short to be a question ends the thread.
      const UniqueFd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      const NativeAddress to = to_native(address_);
      EXPECT_EQ(::sendto(sender.get(), "x", 1, 0, to.get(), to.size), 1);
      thread_.join();
    }
  }

  [[nodiscard]] std::string servers() const { return address_.text(); }

 private:
  void serve(Kind kind) {
    while (true) {
      char question[512];
      NativeAddress from;
      from.size = sizeof from.storage;
      const ssize_t size = ::recvfrom(fd_.get(), question, sizeof question, 0, from.get(), &from.size);
      if (size < 12) {
        return;
      }
      const std::string answer = answer_to(std::string(question, static_cast<std::size_t>(size)), kind);
      ::sendto(fd_.get(), answer.data(), answer.size(), 0, from.get(), from.size);
    }
  }

  static std::string answer_to(std::string question, Kind kind) {
    const std::size_t name_end = question.find('\0', 12);
    const std::string asked = question.substr(12, name_end + 5 - 12);
    const bool is_ipv4 = asked[asked.size() - 3] == 1;  // QTYPE A; AAAA gets no record
    const bool has_record = kind == Kind::one_address && is_ipv4;
    std::string answer = question.substr(0, 2);
    answer += kind == Kind::no_such_name ? std::string("\x81\x83", 2) : std::string("\x81\x80", 2);
    answer += std::string("\0\1\0", 3) + (has_record ? '\1' : '\0') + std::string("\0\0\0\0", 4) + asked;
    if (has_record) {
      answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x07", 16);  // 192.0.2.7 for a minute
    }
    return answer;
  }

  UniqueFd fd_;
  base::SocketAddress address_;
  std::thread thread_;
};

}  // namespace

TEST(CaresResolver, AnswersNumericAddressesWithoutAsking) {
  CaresResolver resolver;
  for (const char* const host : {"203.0.113.10", "2001:db8::1"}) {
    const auto found = resolver.resolve(host, 443, base::Duration::zero());
    ASSERT_TRUE(found.has_value()) << host;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front(), *base::parse_ip(host, 443));
  }
}

TEST(CaresResolver, ReadsTheHostsFileFirst) {
  const TestNameServer server(TestNameServer::Kind::no_such_name);
  const auto found = CaresResolver(server.servers()).resolve("localhost", 80, std::chrono::seconds(5));
  ASSERT_TRUE(found.has_value()) << found.error().detail;
  EXPECT_NE(std::find(found->begin(), found->end(), *base::parse_ip("127.0.0.1", 80)), found->end());
}

TEST(CaresResolver, AsksTheNameServer) {
  const TestNameServer server(TestNameServer::Kind::one_address);
  const auto found = CaresResolver(server.servers()).resolve("edge.example.test", 8443, std::chrono::seconds(5));
  ASSERT_TRUE(found.has_value()) << found.error().detail;
  EXPECT_EQ(*found, std::vector{*base::parse_ip("192.0.2.7", 8443)});
}

TEST(CaresResolver, NamesTheNameThatDoesNotExist) {
  const TestNameServer server(TestNameServer::Kind::no_such_name);
  const auto found = CaresResolver(server.servers()).resolve("gone.example.test", 80, std::chrono::seconds(5));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error(), (base::Failure{base::Stage::resolve, base::FailureCause::dns,
                                          "cannot resolve \"gone.example.test\": Domain name not found"}));
}

TEST(CaresResolver, HoldsItsDeadlineWhereNobodyAnswers) {
  const TestNameServer server(TestNameServer::Kind::silent);
  const base::Tick start = monotonic_now();
  const auto found = CaresResolver(server.servers()).resolve("edge.example.test", 80, std::chrono::milliseconds(300));
  const base::Duration taken = monotonic_now() - start;
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().stage, base::Stage::resolve);
  EXPECT_EQ(found.error().cause, base::FailureCause::timeout);
  EXPECT_GE(taken, std::chrono::milliseconds(300));
  EXPECT_LT(taken, std::chrono::seconds(2)) << "the deadline is the caller's, not that of a try";
}

TEST(CaresResolver, RefusesWhatCannotBeAName) {
  const TestNameServer server(TestNameServer::Kind::no_such_name);
  for (const std::string& host : {std::string(300, 'a'), std::string("a..b"), std::string("\x1b[31m")}) {
    const auto found = CaresResolver(server.servers()).resolve(host, 80, std::chrono::seconds(5));
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().cause, base::FailureCause::dns);
    EXPECT_EQ(found.error().detail.find('\x1b'), std::string::npos);
  }
}

}  // namespace cachewitness::adapters
