#include "app/node_control_plane.h"

#include <gtest/gtest.h>

#include <set>

#include <fmt/format.h>

#include "purge/htcp.h"
#include "support/memory_network.h"
#include "support/memory_ports.h"
#include "support/network_records.h"

namespace cachewitness::app {
namespace {

using base::FailureCause;
using base::Stage;
using cachewitness::testing::MemoryNetwork;
using cachewitness::testing::MemoryResolver;
using cachewitness::testing::RecordedAccepts;
using cachewitness::testing::RecordedStream;
using std::chrono::milliseconds;

const base::SocketAddress node = *base::parse_ip("192.0.2.1", 6082);

class NodeControlPlaneTest : public ::testing::Test {
 protected:
  NodeControlPlaneTest() { resolver_.names["cache-1"] = {"192.0.2.1"}; }

  static ports::ControlRequest request(std::string method, std::string to = "cache-1:6082") {
    ports::ControlRequest out;
    out.method = std::move(method);
    out.url = "http://www.example.com/a";
    out.body = "ban obj.status != 0";
    out.headers = {{"secret", "s"}};
    out.connect_to = std::move(to);
    out.timeout = milliseconds(1000);
    return out;
  }
  // The answer to the one request, and the time that it took.
  ports::ControlAnswer ask(const ports::ControlRequest& request) {
    const base::Tick begun = network_.now();
    plane_->start(7, request);
    std::vector<ports::ControlAnswer> answers;
    while (answers.empty() && network_.now() < begun + milliseconds(5000)) {
      answers = plane_->wait(milliseconds(200));
    }
    took_ = network_.now() - begun;
    EXPECT_EQ(answers.size(), 1U);
    return answers.empty() ? ports::ControlAnswer{} : answers[0];
  }
  // A varnishd without -S that says `answers`, one to each command.
  void serve(std::string greeting, std::string answer) {
    accepts_.when_accepted = [greeting, answer](RecordedStream& stream) {
      stream.connection->send(greeting);
      stream.when_bytes = [&stream, answer] {
        if (answer.empty()) {
          stream.connection.reset();
        } else if (answer != "silence") {
          stream.connection->send(answer);
        }
      };
    };
    listener_ = std::move(*network_.listen(node, nullptr, accepts_));
  }
  static std::string cli(int status, std::string_view body) {
    return fmt::format("{:<3} {:<8}\n{}\n", status, body.size(), body);
  }

  MemoryNetwork network_;
  MemoryResolver resolver_;
  RecordedAccepts accepts_;
  std::unique_ptr<ports::Listener> listener_;
  std::unique_ptr<ports::ControlPlane> plane_ = make_node_control_plane(network_, resolver_);
  base::Duration took_{};
};

TEST_F(NodeControlPlaneTest, CarriesACommandToVarnish) {
  serve(cli(200, "Varnish Cache CLI 1.0"), cli(200, ""));
  const ports::ControlAnswer answer = ask(request("CLI"));
  EXPECT_FALSE(answer.failure);
  EXPECT_EQ(answer.id, 7U);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(accepts_.streams.at(0)->bytes, "ban obj.status != 0\n");
}

TEST_F(NodeControlPlaneTest, TellsWhetherTheCommandHadLeft) {
  const struct {
    std::string greeting;
    std::string answer;
    Stage stage;
    FailureCause cause;
  } rows[] = {{cli(200, "hello"), "silence", Stage::head, FailureCause::timeout},
              {cli(200, "hello"), "", Stage::head, FailureCause::reset},
              {cli(200, "hello"), "nonsense that is long enough", Stage::head, FailureCause::malformed},
              {"HTTP/1.1 400 Bad Request\r\n", "", Stage::connect, FailureCause::malformed},
              {"2", "", Stage::connect, FailureCause::timeout}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.greeting + " " + row.answer);
    listener_.reset();
    serve(row.greeting, row.answer);
    const ports::ControlAnswer answer = ask(request("CLI"));
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(base::name(answer.failure->stage), base::name(row.stage));
    EXPECT_EQ(base::name(answer.failure->cause), base::name(row.cause));
  }
}

TEST_F(NodeControlPlaneTest, TellsOfANodeThatIsNotThere) {
  EXPECT_EQ(ask(request("CLI")).failure->cause, FailureCause::refused);
  EXPECT_EQ(ask(request("CLR")).failure->cause, FailureCause::refused);
  const auto unknown = ask(request("CLI", "nobody:6082"));
  ASSERT_TRUE(unknown.failure);
  EXPECT_EQ(unknown.failure->stage, Stage::resolve);
}

std::string htcp_answer(std::string_view asked, char result) {
  std::string out("\0\x0e\0\1\0\x08", 6);
  out += static_cast<char>(0x40 + result);
  out += '\1';
  out += asked.substr(8, 4);
  return out + std::string("\0\2", 2);
}

TEST_F(NodeControlPlaneTest, AsksSquidAgainWhereADatagramIsLost) {
  int datagrams = 0;
  network_.set_datagram_peer(node, [&](std::uint16_t, std::string_view asked) {
    return ++datagrams < 3 ? std::vector<std::string>{} : std::vector<std::string>{htcp_answer(asked, 0)};
  });
  const ports::ControlAnswer answer = ask(request("CLR"));
  EXPECT_FALSE(answer.failure);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(datagrams, 3);
  EXPECT_EQ(took_, milliseconds(750));
}

TEST_F(NodeControlPlaneTest, IsInDoubtWhereSquidSaysNothing) {
  int datagrams = 0;
  network_.set_datagram_peer(node, [&](std::uint16_t, std::string_view) {
    ++datagrams;
    return std::vector<std::string>{"not HTCP", htcp_answer(std::string(12, 'x'), 0)};
  });
  const ports::ControlAnswer answer = ask(request("CLR"));
  ASSERT_TRUE(answer.failure);
  EXPECT_EQ(answer.failure->stage, Stage::head);
  EXPECT_EQ(answer.failure->cause, FailureCause::timeout);
  EXPECT_EQ(took_, milliseconds(1000));
  EXPECT_EQ(datagrams, 3);
}

TEST_F(NodeControlPlaneTest, WaitsAsLongAsItIsToldWhereNothingIsUnderWay) {
  const base::Tick begun = network_.now();
  EXPECT_TRUE(plane_->wait(milliseconds(200)).empty());
  EXPECT_EQ(network_.now(), begun + milliseconds(200));
}

TEST_F(NodeControlPlaneTest, CarriesSeveralAtOnce) {
  network_.set_datagram_peer(
      node, [&](std::uint16_t, std::string_view asked) { return std::vector<std::string>{htcp_answer(asked, 2)}; });
  for (std::uint64_t id = 0; id < 20; ++id) {
    plane_->start(id, request("CLR"));
  }
  std::set<std::uint64_t> answered;
  for (int turns = 0; turns < 40 && answered.size() < 20; ++turns) {
    for (const ports::ControlAnswer& answer : plane_->wait(milliseconds(10))) {
      EXPECT_EQ(answer.status, 404);
      answered.insert(answer.id);
    }
  }
  EXPECT_EQ(answered.size(), 20U);
}

}  // namespace
}  // namespace cachewitness::app
