#include "adapters/proxy_handshake.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cachewitness::adapters {

namespace {

using base::FailureCause;
using std::string_literals::operator""s;
using Kind = ports::Proxy::Kind;
using State = ProxyHandshake::State;

const base::SocketAddress to_v4 = *base::parse_ip("203.0.113.10", 443);
const base::SocketAddress to_v6 = *base::parse_ip("2001:db8::1", 80);

ports::Proxy proxy_of(Kind kind, std::string user = {}, std::string password = {}) {
  return {kind, *base::parse_ip("192.0.2.1", 3128), std::move(user), std::move(password)};
}

// How a conversation went.
struct Ended {
  State state = State::talking;
  std::string said;
  std::string rest;  // what came from behind the proxy
  base::Failure failure;

  friend bool operator==(const Ended&, const Ended&) = default;
};

Ended talk(const ports::Proxy& proxy, std::string_view answer, std::size_t piece,
           const base::SocketAddress& to = to_v4) {
  const auto handshake = make_proxy_handshake(proxy, to);
  Ended ended;
  handshake->start(ended.said);
  while (!answer.empty() && handshake->state() == State::talking) {
    const std::string_view part = answer.substr(0, piece);
    answer.remove_prefix(handshake->receive(part, ended.said));
  }
  ended.state = handshake->state();
  ended.rest = answer;
  ended.failure = handshake->failure();
  return ended;
}

// The same whether the answer comes whole or byte by byte.
Ended talk(const ports::Proxy& proxy, std::string_view answer) {
  Ended whole = talk(proxy, answer, answer.size() + 1);
  Ended dripped = talk(proxy, answer, 1);
  if (whole.state == State::failed) {  // then nobody asks for more
    whole.rest.clear();
    dripped.rest.clear();
  }
  EXPECT_EQ(whole, dripped);
  return whole;
}

base::Failure failure(FailureCause cause, const std::string& what) {
  return {base::Stage::connect, cause, "proxy 192.0.2.1:3128 " + what};
}

}  // namespace

TEST(HttpConnect, AsksForTheNumericAddress) {
  EXPECT_EQ(talk(proxy_of(Kind::http), "", 1).said,
            "CONNECT 203.0.113.10:443 HTTP/1.1\r\nHost: 203.0.113.10:443\r\n\r\n");
  EXPECT_EQ(talk(proxy_of(Kind::http), "", 1, to_v6).said,
            "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n");
  // RFC 7617 2.
  EXPECT_EQ(talk(proxy_of(Kind::http, "Aladdin", "open sesame"), "", 1).said,
            "CONNECT 203.0.113.10:443 HTTP/1.1\r\nHost: 203.0.113.10:443\r\n"
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST(HttpConnect, OpensOnAny2xxAndLeavesWhatFollows) {
  for (const std::string_view head : {"HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200\r\n\r\n",
                                      "HTTP/1.1 201 Made\r\nVia: x\r\nContent-Length: 5\r\n\r\n",
                                      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    const Ended ended = talk(proxy_of(Kind::http), std::string(head) + "\x16\x03hello");
    EXPECT_EQ(ended.state, State::open) << head;
    EXPECT_EQ(ended.rest, "\x16\x03hello") << head;
  }
}

TEST(HttpConnect, TellsEveryRefusal) {
  struct Row {
    std::string answer;
    base::Failure expected;
  };
  const std::vector<Row> rows{
      {"HTTP/1.1 403 Forbidden\r\n\r\n", failure(FailureCause::refused, "answered CONNECT with 403 Forbidden")},
      {"HTTP/1.1 302 Found\r\nLocation: http://a/\r\n\r\n",
       failure(FailureCause::refused, "answered CONNECT with 302 Found")},
      {"HTTP/1.1 407 Who?\r\n\r\n",
       failure(FailureCause::refused, "answered CONNECT with 407 Who?; give it proxy_user and proxy_password")},
      {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nabc",
       failure(FailureCause::unreachable, "answered CONNECT with 502 Bad Gateway")},
      {"HTTP/1.1 503\r\n\r\n", failure(FailureCause::unreachable, "answered CONNECT with 503")},
      {"HTTP/1.1 504 Slow\r\n\r\n", failure(FailureCause::timeout, "answered CONNECT with 504 Slow")},
      {"HTTP/1.1 101 Up\r\n\r\n",
       failure(FailureCause::malformed, "answered CONNECT with 101, without having been asked to switch protocols")},
      {"SSH-2.0-OpenSSH_9.2\r\n",
       failure(FailureCause::malformed, "answered CONNECT with a broken head: bad-start-line")},
      {"HTTP/1.1 200 OK\nA: b\n\n",
       failure(FailureCause::malformed, "answered CONNECT with a broken head: bare-line-feed")},
      {"HTTP/1.1 200 \x1b[2J\r\n\r\n",
       failure(FailureCause::malformed, "answered CONNECT with a broken head: bad-start-line")},
      {"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
       failure(FailureCause::malformed, "answered CONNECT with a broken head: bad-field-name")},
  };
  for (const Row& row : rows) {
    const Ended ended = talk(proxy_of(Kind::http), row.answer);
    EXPECT_EQ(ended.state, State::failed) << row.answer;
    EXPECT_EQ(ended.failure, row.expected) << row.answer;
  }
  EXPECT_EQ(talk(proxy_of(Kind::http, "me", "pw"), "HTTP/1.1 407 No\r\n\r\n").failure,
            failure(FailureCause::refused, "answered CONNECT with 407 No; check proxy_user and proxy_password"));
}

TEST(HttpConnect, ShowsNoReasonThatRepeatsItsCredentials) {
  for (const std::string reason :
       {"no sesame for Aladdin", "bad open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ== is wrong"}) {
    EXPECT_EQ(talk(proxy_of(Kind::http, "Aladdin", "open sesame"), "HTTP/1.1 403 " + reason + "\r\n\r\n").failure,
              failure(FailureCause::refused, "answered CONNECT with 403"));
  }
}

TEST(HttpConnect, BoundsWhatItTakes) {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  std::string fields = start;
  for (int i = 0; i < 200; ++i) {
    fields += "A: b\r\n";
  }
  std::string interim;
  for (int i = 0; i < 20; ++i) {
    interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  }
  for (const std::string& answer : {start + "A: " + std::string(1 << 20, 'x'), start + std::string(1 << 20, 'x'),
                                    fields, "HTTP/1.1 200 " + std::string(1 << 20, 'x'), interim}) {
    const Ended ended = talk(proxy_of(Kind::http), answer);
    EXPECT_EQ(ended.state, State::failed);
    EXPECT_EQ(ended.failure.cause, FailureCause::too_large) << ended.failure.detail;
  }
}

TEST(HttpConnect, ShowsNoMoreOfAReasonThanALine) {
  const Ended ended = talk(proxy_of(Kind::http), "HTTP/1.1 500 \xff" + std::string(4000, 'x') + "\r\n\r\n");
  EXPECT_LT(ended.failure.detail.size(), 200U);
  EXPECT_EQ(ended.failure.detail.find('\xff'), std::string::npos);
}

TEST(ProxyHandshake, TellsWhereTheProxyWentAway) {
  for (const Kind kind : {Kind::http, Kind::socks5}) {
    const auto closed = make_proxy_handshake(proxy_of(kind), to_v4);
    closed->receive_end();
    EXPECT_EQ(closed->failure(), failure(FailureCause::reset, "closed the stream before it had answered"));
    const auto refused = make_proxy_handshake(proxy_of(kind), to_v4);
    refused->receive_failure({base::Stage::connect, FailureCause::refused, "Connection refused"});
    EXPECT_EQ(refused->failure(), failure(FailureCause::refused, "is out of reach: Connection refused"));
  }
}

TEST(Socks5, AsksForTheNumericAddress) {
  EXPECT_EQ(talk(proxy_of(Kind::socks5), "\5\0"s, 1).said,
            "\5\1\0"
            "\5\1\0\1\xcb\x00\x71\x0a\x01\xbb"s);
  EXPECT_EQ(talk(proxy_of(Kind::socks5), "\5\0"s, 1, to_v6).said,
            "\5\1\0"
            "\5\1\0\4\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50"s);
}

TEST(Socks5, ShowsItsCredentialsWhereItIsAsked) {
  const ports::Proxy proxy = proxy_of(Kind::socks5, "me", "secret");
  const std::string request = "\5\1\0\1\xcb\x00\x71\x0a\x01\xbb"s;
  EXPECT_EQ(talk(proxy, "\5\2\1\0"s, 1).said, "\5\2\0\2\1\2me\6secret"s + request);
  EXPECT_EQ(talk(proxy, "\5\0"s, 1).said, "\5\2\0\2"s + request) << "nobody asked";
  EXPECT_EQ(talk(proxy, "\5\2\1\1"s).failure,
            failure(FailureCause::refused, "does not accept proxy_user and proxy_password"));
  EXPECT_EQ(talk(proxy, "\5\xff"s).failure,
            failure(FailureCause::refused, "accepts neither proxy_user and proxy_password nor their absence"));
}

TEST(Socks5, OpensAndLeavesWhatFollows) {
  for (const std::string& bound :
       {"\1\x7f\0\0\1\x10\0"s, "\3\4host\x10\0"s, "\3\0\x10\0"s, "\4"s + std::string(16, '\1') + "\x10\0"s}) {
    const Ended ended = talk(proxy_of(Kind::socks5), "\5\0\5\0\0"s + bound + "hello");
    EXPECT_EQ(ended.state, State::open);
    EXPECT_EQ(ended.rest, "hello");
  }
}

TEST(Socks5, TellsEveryRefusal) {
  struct Row {
    std::string answer;
    FailureCause cause;
    std::string what;
  };
  const std::vector<Row> rows{
      {"\5\0\5\1"s, FailureCause::refused, "answered the request with 1: general SOCKS server failure"},
      {"\5\0\5\2"s, FailureCause::refused, "answered the request with 2: connection not allowed by ruleset"},
      {"\5\0\5\3"s, FailureCause::unreachable, "answered the request with 3: network unreachable"},
      {"\5\0\5\4"s, FailureCause::unreachable, "answered the request with 4: host unreachable"},
      {"\5\0\5\5"s, FailureCause::refused, "answered the request with 5: connection refused"},
      {"\5\0\5\6"s, FailureCause::unreachable, "answered the request with 6: TTL expired"},
      {"\5\0\5\7"s, FailureCause::refused, "answered the request with 7: command not supported"},
      {"\5\0\5\x08"s, FailureCause::unreachable, "answered the request with 8: address type not supported"},
      {"\5\0\5\x09"s, FailureCause::malformed, "answered the request with 9, which means nothing"},
      {"\5\0\5\xff"s, FailureCause::malformed, "answered the request with 255, which means nothing"},
      {"\5\0\4\0"s, FailureCause::malformed, "answered with what is not SOCKS5"},
      {"\5\0\5\0\0\2\0"s, FailureCause::malformed, "answered with an address of the type 2"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", FailureCause::malformed, "answered with what is not SOCKS5"},
      {"\5\xff"s, FailureCause::refused, "wants credentials; give it proxy_user and proxy_password"},
      {"\5\2"s, FailureCause::malformed, "chose the method 2, which it was not offered"},
      {"\5\1"s, FailureCause::malformed, "chose the method 1, which it was not offered"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(talk(proxy_of(Kind::socks5), row.answer).failure, failure(row.cause, row.what));
  }
  EXPECT_EQ(talk(proxy_of(Kind::socks5, "me", "pw"), "\5\2\5\0"s).failure,
            failure(FailureCause::malformed, "answered with what is not SOCKS5"));
}

}  // namespace cachewitness::adapters
