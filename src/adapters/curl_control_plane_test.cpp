// CurlControlPlane against servers on loopback, on the same thread: what it sends, what it never does, and what its
// failures say of how far a request had come.
#include "adapters/curl_control_plane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include <fmt/format.h>

#include "adapters/epoll_network.h"
#include "contract/network_contract.h"
#include "support/test_authority.h"

namespace cachewitness::testing {
namespace {

using base::FailureCause;
using base::Stage;
using ::testing::HasSubstr;
using ::testing::Not;

// A server that answers each request with `answer`, whole or not, and keeps what arrived.
class Server {
 public:
  Server(ports::Network& network, std::string answer, const ports::TlsServer* tls = nullptr) : answer_(answer) {
    accepts_.when_accepted = [this](RecordedStream& stream) { stream.when_bytes = [this, &stream] { reply(stream); }; };
    listener_ = std::move(*network.listen(*base::parse_ip("127.0.0.1", 0), tls, accepts_));
  }

  [[nodiscard]] std::string address() const { return listener_->address().text(); }
  [[nodiscard]] std::string received() const {
    std::string all;
    for (const auto& stream : accepts_.streams) {
      all += stream->bytes;
    }
    return all;
  }
  bool is_cutting = false;  // the connection ends instead

 private:
  void reply(RecordedStream& stream) {
    if (stream.bytes.find("\r\n\r\n") == std::string::npos) {
      return;
    }
    if (is_cutting) {
      stream.connection.reset();
    } else if (!answer_.empty()) {
      stream.connection->send(answer_);
    }
  }

  std::string answer_;
  RecordedAccepts accepts_;
  std::unique_ptr<ports::Listener> listener_;
};

std::string ok(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

class CurlControlPlaneTest : public ::testing::Test {
 protected:
  // The answers to all requests, by their place.
  std::map<std::uint64_t, ports::ControlAnswer> ask(const std::vector<ports::ControlRequest>& requests) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      plane_->start(i, requests[i]);
    }
    std::map<std::uint64_t, ports::ControlAnswer> answers;
    const base::Tick deadline = network_->now() + std::chrono::seconds(20);
    while (answers.size() < requests.size() && network_->now() < deadline) {
      network_->turn(network_->now() + std::chrono::milliseconds(1));
      for (ports::ControlAnswer& answer : plane_->wait({})) {
        EXPECT_TRUE(answers.emplace(answer.id, answer).second) << "answered twice";
      }
    }
    EXPECT_EQ(answers.size(), requests.size()) << "an answer is missing";
    return answers;
  }
  ports::ControlAnswer ask(const ports::ControlRequest& request) { return ask(std::vector{request})[0]; }

  static ports::ControlRequest get(std::string url) {
    ports::ControlRequest request;
    request.method = "GET";
    request.url = std::move(url);
    return request;
  }

  std::unique_ptr<adapters::EpollNetwork> network_ = std::move(*adapters::EpollNetwork::make());
  std::unique_ptr<adapters::CurlControlPlane> plane_ = std::move(*adapters::CurlControlPlane::make());
};

TEST_F(CurlControlPlaneTest, SendsWhatItIsGivenAndNothingElseOfWeight) {
  Server server(*network_, "HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nhi");
  ports::ControlRequest request = get("http://" + server.address() + "/a/../b?q=%2F&r");
  request.method = "DELETE";
  request.headers = {{"X-Key", "k"}, {"X-Empty", ""}, {"Content-Type", "application/json"}};
  request.body = R"({"a":1})";
  const ports::ControlAnswer answer = ask(request);
  EXPECT_FALSE(answer.failure);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "hi");
  EXPECT_THAT(answer.head, HasSubstr("Location: /x\r\n"));
  const std::string sent = server.received();
  EXPECT_TRUE(sent.starts_with("DELETE /a/../b?q=%2F&r HTTP/1.1\r\n")) << "the target goes out as it was signed\n"
                                                                       << sent;
  EXPECT_THAT(sent, HasSubstr("X-Key: k\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(sent, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(sent, Not(HasSubstr("Expect:")));
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{\"a\":1}")) << sent;
}

TEST_F(CurlControlPlaneTest, SaysOfAPostWithoutBodyThatItIsEmpty) {
  Server server(*network_, ok(""));
  ports::ControlRequest request = get("http://" + server.address() + "/");
  request.method = "POST";
  EXPECT_EQ(ask(request).status, 200);
  EXPECT_THAT(server.received(), HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(server.received(), Not(HasSubstr("Content-Type:")));
}

TEST_F(CurlControlPlaneTest, FollowsNoRedirect) {
  Server elsewhere(*network_, ok("stolen"));
  for (const int status : {301, 302, 303, 307, 308}) {
    Server server(*network_, fmt::format("HTTP/1.1 {} Moved\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
                                         status, elsewhere.address()));
    ports::ControlRequest request = get("http://" + server.address() + "/");
    request.headers = {{"Authorization", "Bearer secret"}};
    EXPECT_EQ(ask(request).status, status);
  }
  EXPECT_EQ(elsewhere.received(), "") << "the credentials went where the manifest does not say";
}

TEST_F(CurlControlPlaneTest, KeepsAMebibyteOfABodyAndNoMore) {
  const std::size_t most = std::size_t{1} << 20;
  Server server(*network_, ok(std::string(most + 1000, 'x')));
  const ports::ControlAnswer answer = ask(get("http://" + server.address() + "/"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.size(), most);
}

TEST_F(CurlControlPlaneTest, KeepsTheLastHeadAlone) {
  Server server(*network_, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok("end"));
  const ports::ControlAnswer answer = ask(get("http://" + server.address() + "/"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200")) << answer.head;
  EXPECT_THAT(answer.head, Not(HasSubstr("Link:")));
}

TEST_F(CurlControlPlaneTest, ConnectsWhereItIsToldAndKeepsTheHost) {
  Server node(*network_, ok(""));
  ports::ControlRequest request = get("http://www.example.com/a.js");
  request.method = "PURGE";
  request.connect_to = node.address();
  EXPECT_EQ(ask(request).status, 200);
  EXPECT_THAT(node.received(), HasSubstr("PURGE /a.js HTTP/1.1\r\nHost: www.example.com\r\n"));
}

// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST_F(CurlControlPlaneTest, ReachesANodeWithoutTheProxyOfTheEnvironment) {
  Server proxy(*network_, ok(""));
  Server node(*network_, ok(""));
  const Variable variable("http_proxy", "http://" + proxy.address());
  ports::ControlRequest request = get("http://www.example.com/");
  request.connect_to = node.address();
  EXPECT_EQ(ask(request).status, 200);
  EXPECT_EQ(proxy.received(), "");
  EXPECT_NE(node.received(), "");
}

TEST_F(CurlControlPlaneTest, VerifiesWhoAnswersBeforeItSendsAnything) {
  const TestAuthority authority;
  const TestAuthority stranger;
  const ports::TlsServer good = authority.server({"127.0.0.1"});
  const ports::TlsServer other_name = authority.server({"api.example.com"});
  const ports::TlsServer old = authority.server({"127.0.0.1"}, {valid_for(std::chrono::hours(40), {}).not_before,
                                                                valid_for({}, -std::chrono::hours(1)).not_after});
  const struct {
    std::string name;
    const ports::TlsServer& identity;
    std::string ca_file;
    bool is_good;
  } rows[] = {{"its authority is known", good, authority.ca_file(), true},
              {"its authority is unknown", good, stranger.ca_file(), false},
              {"the system does not know it", good, "", false},
              {"another name", other_name, authority.ca_file(), false},
              {"expired", old, authority.ca_file(), false},
              {"no such file of authorities", good, "/nowhere/ca.pem", false}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Server server(*network_, ok(""), &row.identity);
    ports::ControlRequest request = get("https://" + server.address() + "/");
    request.headers = {{"Authorization", "Bearer secret"}};
    request.ca_file = row.ca_file;
    const ports::ControlAnswer answer = ask(request);
    EXPECT_EQ(!answer.failure, row.is_good) << (answer.failure ? answer.failure->detail : "");
    if (!row.is_good) {
      ASSERT_TRUE(answer.failure);
      EXPECT_EQ(answer.failure->stage, Stage::tls);
      EXPECT_EQ(answer.failure->cause, FailureCause::tls);
      EXPECT_EQ(server.received(), "");
    }
  }
}

TEST_F(CurlControlPlaneTest, TellsHowFarAFailedRequestHadCome) {
  Server silent(*network_, "");
  Server cutting(*network_, "");
  cutting.is_cutting = true;
  Server nonsense(*network_, "SMTP ready\r\n\r\n");
  Server partial(*network_, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive5");
  std::string closed;
  {
    const Server gone(*network_, "");
    closed = gone.address();
  }
  // A label that is too long is no name for any DNS server to be asked for.
  const std::string no_name = "http://" + std::string(70, 'a') + ".invalid/";
  const struct {
    std::string url;
    Stage stage;
    FailureCause cause;
  } rows[] = {{"http://" + silent.address() + "/", Stage::head, FailureCause::timeout},
              {"http://" + partial.address() + "/", Stage::head, FailureCause::timeout},
              {"http://" + cutting.address() + "/", Stage::head, FailureCause::reset},
              {"http://" + nonsense.address() + "/", Stage::head, FailureCause::malformed},
              {"http://" + closed + "/", Stage::connect, FailureCause::refused},
              {no_name, Stage::resolve, FailureCause::dns},
              {"file:///etc/passwd", Stage::connect, FailureCause::malformed},
              {"gopher://" + silent.address() + "/", Stage::connect, FailureCause::malformed}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.url);
    ports::ControlRequest request = get(row.url);
    request.timeout = std::chrono::milliseconds(300);
    const ports::ControlAnswer answer = ask(request);
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(base::name(answer.failure->stage), base::name(row.stage));
    EXPECT_EQ(base::name(answer.failure->cause), base::name(row.cause)) << answer.failure->detail;
    EXPECT_NE(answer.failure->detail, "");
    EXPECT_EQ(answer.status, 0);
  }
}

TEST_F(CurlControlPlaneTest, CarriesManyAtOnceAndAnswersEachByItsId) {
  Server server(*network_, ok("yes"));
  Server silent(*network_, "");
  std::vector<ports::ControlRequest> requests(40, get("http://" + server.address() + "/"));
  requests[7] = get("http://" + silent.address() + "/");
  requests[7].timeout = std::chrono::milliseconds(300);
  const auto answers = ask(requests);
  for (const auto& [id, answer] : answers) {
    EXPECT_EQ(answer.failure.has_value(), id == 7) << id;
  }
}

TEST_F(CurlControlPlaneTest, EndsWithRequestsUnderWay) {
  Server silent(*network_, "");
  plane_->start(1, get("http://" + silent.address() + "/"));
  EXPECT_TRUE(plane_->wait(std::chrono::milliseconds(1)).empty());
  plane_.reset();
}

}  // namespace
}  // namespace cachewitness::testing
