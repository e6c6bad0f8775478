#include "adapters/cares_resolver.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "adapters/native_address.h"
#include "adapters/reactor.h"
#include "adapters/unique_fd.h"

namespace cachewitness::adapters {

namespace {

using namespace std::chrono_literals;
using Family = base::SocketAddress::Family;

struct Question {
  std::string name;
  bool is_v6 = false;  // AAAA
  int times = 1;       // how often this very question has come, this time included
};

struct Reply {
  enum class When : std::uint8_t { now, never, with_the_next };
  When when = When::now;
  int code = 0;                        // RCODE; 3 = no such name
  std::vector<std::string> addresses;  // of the question's family
  int copies = 1;
};

using Script = std::function<Reply(const Question&)>;

// A name server on loopback (RFC 1035 4.1) that does what its script says.
class TestNameServer {
 public:
  explicit TestNameServer(Script script)
      : script_(std::move(script)), fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const NativeAddress any = to_native(*base::parse_ip("127.0.0.1", 0));
    EXPECT_EQ(::bind(fd_.get(), any.get(), any.size), 0);
    address_ = local_address(fd_.get());
    thread_ = std::thread([this] { serve(); });
  }
  TestNameServer(const TestNameServer&) = delete;
  TestNameServer& operator=(const TestNameServer&) = delete;
  ~TestNameServer() {
    // A datagram too short to be a question ends the thread.
    const UniqueFd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const NativeAddress to = to_native(address_);
    EXPECT_EQ(::sendto(sender.get(), "x", 1, 0, to.get(), to.size), 1);
    thread_.join();
  }

  [[nodiscard]] std::string servers() const { return address_.text(); }
  // How often each name was asked for, in either family.
  [[nodiscard]] std::map<std::string, int> asked() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, int> names;
    for (const auto& [question, times] : times_) {
      names[question.first] += times;
    }
    return names;
  }

 private:
  struct Datagram {
    NativeAddress to;
    std::string bytes;
  };

  void serve() {
    while (true) {
      char buffer[512];
      NativeAddress from;
      from.size = sizeof from.storage;
      const ssize_t size = ::recvfrom(fd_.get(), buffer, sizeof buffer, 0, from.get(), &from.size);
      if (size < 12) {
        return;
      }
      take({buffer, static_cast<std::size_t>(size)}, from);
    }
  }

  void take(const std::string& asked, const NativeAddress& from) {
    const std::size_t name_end = asked.find('\0', 12);
    Question question;
    question.is_v6 = asked[name_end + 2] == 28;
    for (std::size_t at = 12; at < name_end; at += static_cast<std::size_t>(asked[at]) + 1) {
      question.name += (at == 12 ? "" : ".") + asked.substr(at + 1, static_cast<std::size_t>(asked[at]));
    }
    {
      const std::lock_guard lock(mutex_);
      question.times = ++times_[{question.name, question.is_v6}];
    }
    const Reply reply = script_(question);
    if (reply.when == Reply::When::never) {
      return;
    }
    for (int copy = 0; copy < reply.copies; ++copy) {
      held_.push_back({from, answer_to(asked, name_end, reply, question.is_v6)});
    }
    if (reply.when == Reply::When::now) {
      for (const Datagram& datagram : held_) {
        ::sendto(fd_.get(), datagram.bytes.data(), datagram.bytes.size(), 0, datagram.to.get(), datagram.to.size);
      }
      held_.clear();
    }
  }

  static std::string answer_to(const std::string& asked, std::size_t name_end, const Reply& reply, bool is_v6) {
    std::string answer = asked.substr(0, 2) + '\x81' + static_cast<char>(0x80 | reply.code);
    answer += std::string("\0\1\0", 3) + static_cast<char>(reply.addresses.size()) + std::string(4, '\0');
    answer += asked.substr(12, name_end + 5 - 12);
    for (const std::string& ip : reply.addresses) {
      const base::SocketAddress address = *base::parse_ip(ip, 0);
      const std::size_t size = is_v6 ? 16 : 4;
      answer += "\xc0\x0c" + std::string(1, '\0') + (is_v6 ? '\x1c' : '\1') + std::string("\0\1\0\0\0\x3c\0", 7);
      answer += static_cast<char>(size);
      answer.append(reinterpret_cast<const char*>(address.bytes.data()), size);
    }
    return answer;
  }

  Script script_;
  UniqueFd fd_;
  base::SocketAddress address_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, bool>, int> times_;
  std::vector<Datagram> held_;
  std::thread thread_;
};

Reply silence(const Question& /*question*/) { return {.when = Reply::When::never, .addresses = {}}; }
Reply no_such_name(const Question& /*question*/) { return {.code = 3, .addresses = {}}; }
Reply of_v4(const Question& question, std::vector<std::string> addresses) {
  return {.addresses = question.is_v6 ? std::vector<std::string>{} : std::move(addresses)};
}
Reply one_address(const Question& question) { return of_v4(question, {"192.0.2.7"}); }
Reply one_of_each(const Question& question) { return {.addresses = {question.is_v6 ? "2001:db8::7" : "192.0.2.7"}}; }

std::vector<ports::Resolved> ask(const TestNameServer& server, const std::vector<ports::Query>& queries,
                                 base::Duration timeout = 20s) {
  return CaresResolver(server.servers()).resolve(queries, timeout, [] { return false; });
}

std::vector<base::SocketAddress> sorted(const ports::Resolved& answer) {
  EXPECT_TRUE(answer.has_value()) << answer.error().detail;
  std::vector<base::SocketAddress> addresses = answer.value_or(std::vector<base::SocketAddress>{});
  std::ranges::sort(addresses);
  return addresses;
}

std::vector<ports::Query> numbered_names(int count) {
  std::vector<ports::Query> queries;
  for (int i = 0; i < count; ++i) {
    queries.push_back({fmt::format("edge-{}.example.test", i), 443});
  }
  return queries;
}

}  // namespace

TEST(CaresResolver, AnswersNumericAddressesWithoutAsking) {
  const TestNameServer server(no_such_name);
  const auto found = ask(server, {{"203.0.113.10", 443}, {"2001:db8::1", 8443}}, base::Duration::zero());
  EXPECT_EQ(sorted(found[0]), std::vector{*base::parse_ip("203.0.113.10", 443)});
  EXPECT_EQ(sorted(found[1]), std::vector{*base::parse_ip("2001:db8::1", 8443)});
  EXPECT_TRUE(server.asked().empty());
}

TEST(CaresResolver, ReadsTheHostsFileFirst) {
  const TestNameServer server(no_such_name);
  const auto found = sorted(ask(server, {{"localhost", 80}})[0]);
  EXPECT_NE(std::ranges::find(found, *base::parse_ip("127.0.0.1", 80)), found.end());
}

TEST(CaresResolver, AsksTheNameServerOnceForEachName) {
  const TestNameServer server(one_address);
  const auto found = ask(server, {{"edge.example.test", 8443}, {"EDGE.example.test", 80}, {"edge.example.test", 80}});
  EXPECT_EQ(sorted(found[0]), std::vector{*base::parse_ip("192.0.2.7", 8443)});
  EXPECT_EQ(sorted(found[1]), std::vector{*base::parse_ip("192.0.2.7", 80)});
  EXPECT_EQ(sorted(found[2]), std::vector{*base::parse_ip("192.0.2.7", 80)});
  EXPECT_EQ(server.asked(), (std::map<std::string, int>{{"edge.example.test", 2}})) << "A and AAAA";
}

TEST(CaresResolver, GivesTheFamilyThatIsAskedFor) {
  const TestNameServer server(one_of_each);
  const base::SocketAddress four = *base::parse_ip("192.0.2.7", 1);
  const base::SocketAddress six = *base::parse_ip("2001:db8::7", 1);
  const auto found = ask(server, {{"edge.example.test", 1},
                                  {"edge.example.test", 1, Family::v4},
                                  {"edge.example.test", 1, Family::v6},
                                  {"192.0.2.7", 1, Family::v6}});
  EXPECT_EQ(sorted(found[0]), (std::vector{four, six}));
  EXPECT_EQ(sorted(found[1]), std::vector{four});
  EXPECT_EQ(sorted(found[2]), std::vector{six});
  ASSERT_FALSE(found[3].has_value());
  EXPECT_EQ(found[3].error().detail, "cannot resolve \"192.0.2.7\" to an IPv6 address");
}

TEST(CaresResolver, SaysWhichFamilyANameLacks) {
  const TestNameServer server(one_address);
  const auto found = ask(server, {{"edge.example.test", 80, Family::v6}});
  ASSERT_FALSE(found[0].has_value());
  EXPECT_EQ(found[0].error().cause, base::FailureCause::dns);
  EXPECT_TRUE(found[0].error().detail.starts_with("cannot resolve \"edge.example.test\" to an IPv6 address: "));
}

TEST(CaresResolver, GivesEachAddressOnce) {
  const TestNameServer server([](const Question& question) {
    Reply reply = of_v4(question, {"192.0.2.7", "192.0.2.8", "192.0.2.7"});
    reply.copies = 2;
    return reply;
  });
  const auto found = ask(server, numbered_names(20));
  for (const ports::Resolved& answer : found) {
    EXPECT_EQ(sorted(answer), (std::vector{*base::parse_ip("192.0.2.7", 443), *base::parse_ip("192.0.2.8", 443)}));
  }
}

TEST(CaresResolver, AsksAgainWhereAQuestionWasLost) {
  const TestNameServer server(
      [](const Question& question) { return question.times == 1 ? silence(question) : one_address(question); });
  EXPECT_EQ(sorted(ask(server, {{"edge.example.test", 80}})[0]), std::vector{*base::parse_ip("192.0.2.7", 80)});
}

TEST(CaresResolver, KeepsTheFamilyThatWasAnsweredInTime) {
  const TestNameServer server(
      [](const Question& question) { return question.is_v6 ? silence(question) : one_address(question); });
  EXPECT_EQ(sorted(ask(server, {{"edge.example.test", 80}}, 300ms)[0]), std::vector{*base::parse_ip("192.0.2.7", 80)});
}

TEST(CaresResolver, NamesTheNameThatDoesNotExist) {
  const TestNameServer server([](const Question& question) {
    return question.name.starts_with("gone") ? no_such_name(question) : one_address(question);
  });
  const auto found = ask(server, {{"gone.example.test", 80}, {"edge.example.test", 80}});
  ASSERT_FALSE(found[0].has_value());
  EXPECT_EQ(found[0].error(), (base::Failure{base::Stage::resolve, base::FailureCause::dns,
                                             "cannot resolve \"gone.example.test\": Domain name not found"}));
  EXPECT_TRUE(found[1].has_value());
}

TEST(CaresResolver, HasManyNamesUnderWayTogether) {
  // No answer before a hundred questions have come: one name after the other would never get there.
  int questions = 0;
  const TestNameServer server([&questions](const Question& question) {
    Reply reply = one_address(question);
    reply.when = ++questions < 100 ? Reply::When::with_the_next : Reply::When::now;
    return reply;
  });
  const auto found = ask(server, numbered_names(1000));
  EXPECT_EQ(std::ranges::count_if(found, [](const ports::Resolved& answer) { return answer.has_value(); }), 1000);
  EXPECT_EQ(server.asked().size(), 1000U);
}

TEST(CaresResolver, BoundsTheNamesUnderWay) {
  const TestNameServer server(silence);
  const auto found = ask(server, numbered_names(1000), 300ms);
  EXPECT_LE(server.asked().size(), 128U);
  for (const ports::Resolved& answer : found) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().cause, base::FailureCause::timeout);
  }
}

TEST(CaresResolver, HoldsItsDeadlineWhereNobodyAnswers) {
  const TestNameServer server(silence);
  const base::Tick start = monotonic_now();
  const auto found = ask(server, {{"edge.example.test", 80}}, 300ms);
  const base::Duration taken = monotonic_now() - start;
  ASSERT_FALSE(found[0].has_value());
  EXPECT_EQ(found[0].error(), (base::Failure{base::Stage::resolve, base::FailureCause::timeout,
                                             "no DNS server answered for \"edge.example.test\" in time"}));
  EXPECT_GE(taken, 300ms);
  EXPECT_LT(taken, 2s) << "the deadline is the caller's, not that of a try";
}

TEST(CaresResolver, StopsWhenItIsTold) {
  const TestNameServer server(silence);
  int asked = 0;
  base::Tick stopped_at;
  const auto found = CaresResolver(server.servers()).resolve(numbered_names(1000), 20s, [&] {
    stopped_at = monotonic_now();
    return ++asked == 10;
  });
  EXPECT_LT(monotonic_now() - stopped_at, 2s) << "it did not wait for the 20 s that it was given";
  EXPECT_EQ(asked, 10);
  for (const ports::Resolved& answer : found) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().cause, base::FailureCause::cancelled);
  }
}

TEST(CaresResolver, AsksOftenWhetherToStop) {
  const TestNameServer server(silence);
  int asked = 0;
  CaresResolver(server.servers()).resolve(numbered_names(1), 500ms, [&] { return ++asked < 0; });
  EXPECT_GE(asked, 10) << "every 50 ms at the very least";
}

TEST(CaresResolver, RefusesWhatCannotBeAName) {
  const TestNameServer server(no_such_name);
  const auto found = ask(server, {{std::string(300, 'a'), 80}, {"a..b", 80}, {"\x1b[31m", 80}});
  for (const ports::Resolved& answer : found) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().cause, base::FailureCause::dns);
    EXPECT_EQ(answer.error().detail.find('\x1b'), std::string::npos);
  }
}

}  // namespace cachewitness::adapters
