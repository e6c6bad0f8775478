// Our session and nghttp2 on the same bytes: a server of nghttp2 answers at random, and we must see what a client of
// nghttp2 sees.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "probe/sha256.h"
#include "support/h2_reference.h"
#include "support/h2_rig.h"

namespace cachewitness::probe {
namespace {

using testing::h2::Answer;
using testing::h2::ReferenceClient;
using testing::h2::ReferenceServer;
using testing::h2::Rig;

constexpr std::uint32_t exchanges = 100;

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool one_in(std::size_t times) { return below(times) == 0; }
  std::string text(std::size_t most, std::string_view letters) {
    std::string made(below(most + 1), ' ');
    for (char& c : made) {
      c = letters[below(letters.size())];
    }
    return made;
  }

 private:
  std::mt19937 engine_;
};

Answer random_answer(Chance& chance) {
  static constexpr std::string_view statuses[] = {"200", "200", "204", "206", "301", "304", "404", "503"};
  static constexpr std::string_view names[] = {"server", "date",  "etag", "cache-control", "age",     "vary",
                                               "via",    "x-hit", "link", "x-served-by",   "expires", "set-cookie"};
  Answer answer;
  const std::string_view status = statuses[chance.below(std::size(statuses))];
  answer.fields.emplace_back(":status", status);
  for (std::size_t left = chance.below(30); left > 0; --left) {
    const bool is_known = !chance.one_in(4);
    std::string name =
        is_known ? std::string(names[chance.below(std::size(names))]) : "x-" + chance.text(20, "abcxyz-0");
    // Some come again and again, so that tables are of use; some hold every letter, the long codes among them.
    std::string value = chance.one_in(2)
                            ? "value-" + std::to_string(chance.below(5))
                            : "v" + chance.text(80, "abcdefghijklmnop 0123456789=\",/:;{}~\\^\xc3\xa9") + "v";
    answer.fields.emplace_back(std::move(name), std::move(value));
  }
  if (status != "204" && status != "304") {
    answer.body = chance.text(chance.one_in(10) ? 100'000 : 500, "body");
    if (chance.one_in(2)) {
      answer.fields.emplace_back("content-length", std::to_string(answer.body.size()));
    }
    if (chance.one_in(5)) {
      answer.trailers.emplace_back("server-timing", "total;dur=" + std::to_string(chance.below(100)));
    }
  }
  answer.interim_responses = chance.one_in(5) ? static_cast<std::uint32_t>(chance.below(4)) : 0;
  answer.piece = 1 + chance.below(chance.one_in(3) ? 100 : 16384);
  answer.padding = chance.one_in(4) ? static_cast<std::uint8_t>(chance.below(200)) : std::uint8_t{0};
  return answer;
}

base::Digest sum(std::string_view bytes) {
  Sha256 sha;
  sha.start();
  sha.add(bytes);
  return sha.finish();
}

// Everything that the server has to say, to both readers in pieces of any size.
void deliver(ReferenceServer& server, Rig& rig, ReferenceClient& client, Chance& chance) {
  for (std::string bytes = server.take_sent(1 + chance.below(20'000)); !bytes.empty();
       bytes = server.take_sent(1 + chance.below(20'000))) {
    rig.receive(bytes);
    client.receive(bytes);
    ASSERT_TRUE(server.receive(rig.take_sent()));
  }
}

void compare(const Exchange& exchange, const ReferenceClient::Seen& seen) {
  if (const auto* response = exchange.evidence.response()) {
    EXPECT_TRUE(seen.is_whole);
    EXPECT_EQ(response->head, seen.head);
    EXPECT_EQ(response->body.wire_bytes, seen.body.size());
    EXPECT_EQ(response->body.sha256, sum(seen.body));
  } else {
    EXPECT_TRUE(seen.is_closed);
    EXPECT_FALSE(seen.is_whole) << testing::h2::describe(exchange);
  }
}

void run_connection(std::uint32_t seed) {
  Chance chance(seed);
  Http2Settings settings;
  settings.user_agent = "cachewitness/test";
  settings.limits.head.value_bytes = 200;
  Rig rig(settings);
  ReferenceServer server;
  ReferenceClient client(0, 1 << 24);
  std::vector<std::uint32_t> waiting;
  std::uint32_t asked = 0;
  while (asked < exchanges || !waiting.empty()) {
    for (std::size_t more = 1 + chance.below(20); more > 0 && asked < exchanges && rig.session.room() > 0; --more) {
      const std::string number = std::to_string(asked);
      rig.begin("/" + number, "tenant-" + std::to_string(asked / 3) + ".example");
      client.ask();
      ASSERT_TRUE(server.receive(rig.take_sent()));
      ASSERT_EQ(server.requests().back().second, ":method: GET\r\n:scheme: https\r\n:authority: tenant-" +
                                                     std::to_string(asked / 3) + ".example\r\n:path: /" + number +
                                                     "\r\nuser-agent: cachewitness/test\r\naccept: */*\r\n");
      waiting.push_back(server.requests().back().first);
      ++asked;
    }
    for (std::size_t some = 1 + chance.below(20); some > 0 && !waiting.empty(); --some) {
      const std::size_t which = chance.below(waiting.size());
      if (chance.one_in(20)) {
        server.reset(waiting[which], 2);
      } else {
        server.answer(waiting[which], random_answer(chance));
      }
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(which));
    }
    if (chance.one_in(3)) {
      server.ping();
    }
    deliver(server, rig, client, chance);
  }
  ASSERT_EQ(rig.outcomes.size(), exchanges);
  EXPECT_FALSE(client.is_over());
  for (std::uint32_t i = 0; i < exchanges; ++i) {
    SCOPED_TRACE(i);
    compare(*rig.exchanges[i], client.streams().at(2 * i + 1));
  }
}

TEST(Http2Differential, WeSeeWhatNghttp2Sees) {
  std::size_t failures = 0;
  for (std::uint32_t seed = 1; seed <= 15 && failures == 0; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    run_connection(seed);
    failures += HasFailure() ? 1 : 0;
  }
}

}  // namespace
}  // namespace cachewitness::probe
