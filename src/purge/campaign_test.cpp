// The machine that decides what goes out and when, by a clock of the test's own.
#include "purge/campaign.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "purge/batch.h"
#include "purge/journal.h"
#include "support/openssl_digests.h"

namespace cachewitness::purge {
namespace {

using testing::sha256;

using Outcome = Answer::Outcome;
using What = Campaign::Action::What;
using std::chrono::milliseconds;
using std::chrono::seconds;

Answer answer_of(Outcome outcome, std::string id = {}) {
  Answer answer;
  answer.outcome = outcome;
  answer.id = std::move(id);
  return answer;
}

Order urls(std::size_t count) {
  Order order;
  for (std::size_t i = 0; i < count; ++i) {
    order.items.push_back({fmt::format("https://h{}.example/{}", i % 2, i), {}});
  }
  return order;
}

std::vector<Call> calls_of(const Ability& ability, const Order& order) {
  return *make_calls(*find_provider("cloudflare"), ability, {{order, {}}}, "p", sha256);
}

TEST(MakeCalls, FillsCallsAndSendsDuplicatesOnce) {
  Order order = urls(301);
  order.items.push_back(order.items.front());
  const auto calls = calls_of({.most_items = 100}, order);
  ASSERT_EQ(calls.size(), 4U);
  EXPECT_EQ(calls[0].items.size(), 100U);
  EXPECT_EQ(calls[3].items.size(), 1U);  // item 301
  EXPECT_NE(calls[0].key, calls[1].key);
  EXPECT_EQ(calls[0].key, calls_of({.most_items = 100}, order)[0].key);
}

TEST(MakeCalls, KeepsABodyWithinItsBytesAndHostsApart) {
  for (const Call& call : calls_of({.most_items = 1000, .most_bytes = 400}, urls(50))) {
    std::size_t bytes = 100;
    for (const Item& item : call.items) {
      bytes += item.text.size() + 4;
    }
    EXPECT_LE(bytes, 400U);
  }
  EXPECT_EQ(calls_of({.most_items = 100, .is_by_host = true}, urls(50)).size(), 2U);
}

// The journal names every URL, and the provider is told its path once: some take money for each.
TEST(MakeCalls, CountsAPathOnceWhereTheProviderIsToldOfNoHosts) {
  Order order;
  for (const char* url : {"https://a.example/x", "https://a.example/y", "https://b.example/x", "https://b.example/y"}) {
    order.items.push_back({url, {}});
  }
  const Ability ability{.most_items = 1};
  for (const auto& [provider, count] : {std::pair{"cloudfront", 2U}, {"gcore", 2U}, {"cdn77", 2U}, {"fastly", 4U}}) {
    const auto calls = make_calls(*find_provider(provider), ability, {{order, {}}}, "p", sha256);
    ASSERT_TRUE(calls);
    EXPECT_EQ(calls->size(), count) << provider;
    EXPECT_EQ(calls->front().items.size(), 4 / count) << provider;
  }
  order = {Kind::tag, false, {{"a/x", {}}, {"b/x", {}}}};
  EXPECT_EQ(make_calls(*find_provider("cloudfront"), ability, {{order, {}}}, "p", sha256)->size(), 2U);
}

TEST(MakeCalls, CountsAPathOnceWhereItsQueriesGoWithIt) {
  Order order;
  for (const char* url : {"https://a.example/x?v=1", "https://a.example/x?v=2", "https://b.example/x?v=1"}) {
    order.items.push_back({url, {}});
  }
  const auto count = [&](std::string_view provider) {
    const Provider& row = *find_provider(provider);
    const Ability ability{.most_items = 1, .key = row.key};
    return make_calls(row, ability, {{order, {}}}, "p", sha256)->size();
  };
  EXPECT_EQ(count("google-cloud-cdn"), 2U) << "a host each";
  EXPECT_EQ(count("fastly"), 3U);
}

// Purged, a variant of Squid's hides the others until its URL was fetched again.
TEST(MakeCalls, PutsVariantsOneAfterTheOtherWhereOneHidesTheNext) {
  Order order;
  for (const char* encoding : {"", "gzip", "br"}) {
    for (const char* url : {"http://h/1", "http://h/2"}) {
      order.items.push_back({url, {}});
      if (*encoding != '\0') {
        order.items.back().headers.push_back({"accept-encoding", encoding});
      }
    }
  }
  const Provider& squid = *find_provider("squid");
  const std::vector<Errand> errands{{order, {{"edge", "e", 1, 1}, {"inner", "i", 1, 0}}}};
  const auto calls = *make_calls(squid, *ability_for(squid, {}, Kind::url, false), errands, "p", sha256);
  std::string told;
  for (const Call& call : calls) {
    told += fmt::format("{} {} {}{} {}\n", call.stage, call.node.name, call.items[0].text,
                        call.items[0].headers.empty() ? "" : " " + call.items[0].headers[0].value, call.is_fetched);
  }
  EXPECT_EQ(told,
            "0 inner http://h/1 false\n0 inner http://h/2 false\n"
            "1 inner http://h/1 gzip true\n1 inner http://h/2 gzip true\n"
            "2 inner http://h/1 br true\n2 inner http://h/2 br true\n"
            "3 edge http://h/1 false\n3 edge http://h/2 false\n"
            "4 edge http://h/1 gzip true\n4 edge http://h/2 gzip true\n"
            "5 edge http://h/1 br true\n5 edge http://h/2 br true\n");
  const Provider& nginx = *find_provider("nginx");
  const auto at_nginx =
      *make_calls(nginx, *ability_for(nginx, {}, Kind::url, false), {{order, {{"e", "e", 1}}}}, "p", sha256);
  for (const Call& call : at_nginx) {
    EXPECT_EQ(call.stage, 0);
    EXPECT_FALSE(call.is_fetched);
  }
}

TEST(MakeCalls, RefusesAnEmptyOrderAndAsksEveryNode) {
  const auto empty = make_calls(*find_provider("gcore"), {}, {Errand{}}, "p", sha256);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().id, errors::nothing_to_purge);
  const auto calls =
      make_calls(*find_provider("varnish"), {}, {{urls(3), {{"a", "h", 1}, {"b", "h", 2}}}}, "p", sha256);
  ASSERT_TRUE(calls);
  EXPECT_EQ(calls->size(), 6U);
  EXPECT_FALSE(make_calls(*find_provider("varnish"), {}, {{urls(3), {}}}, "p", sha256));
}

// 1,000 calls at 50 a second: the bucket's burst goes at once, the rest in step, and no second sees more.
TEST(Campaign, KeepsThePublishedPaceAndNoMore) {
  const Ability ability{.most_items = 1, .calls = {50, 5}, .most_under_way = 1000};
  Campaign campaign(*find_provider("cloudflare"), ability, calls_of(ability, urls(1000)), {}, {});
  base::Tick now{};
  std::vector<std::int64_t> sent;
  while (campaign.ended() < 1000) {
    const auto action = campaign.next(now);
    ASSERT_NE(action.what, What::finish);
    if (action.what == What::send) {
      sent.push_back(now.ns);
      campaign.answered(action.call, answer_of(Outcome::accepted), now, 0);
    } else {
      ASSERT_GT(action.until, now);
      now = action.until;
    }
  }
  const double took = static_cast<double>(sent.back()) / 1e9;
  EXPECT_GE(took, 19.8);
  EXPECT_LE(took, 19.95);
  for (std::size_t i = 0; i + 56 < sent.size(); ++i) {
    EXPECT_GT(sent[i + 55] - sent[i], 999'000'000) << "56 within a second, from " << i;
  }
  EXPECT_EQ(campaign.next(now).what, What::finish);
}

TEST(Campaign, WaitsAsLongAsItIsTold) {
  const Ability ability{.most_items = 1};
  Campaign campaign(*find_provider("cloudflare"), ability, calls_of(ability, urls(2)), {}, {});
  const auto first = campaign.next({});
  Answer later = answer_of(Outcome::postponed);
  later.retry_after = seconds(7);
  campaign.answered(first.call, later, {}, 0);
  const auto wait = campaign.next({});
  EXPECT_EQ(wait.what, What::wait);
  EXPECT_EQ(wait.until, base::Tick{} + seconds(7)) << "the others are held back too";
  EXPECT_EQ(campaign.next(base::Tick{} + seconds(7)).what, What::send);
}

TEST(Campaign, SendsAgainWhatNobodyKnowsAndGivesUpAloud) {
  const Ability ability{.most_items = 1};
  Campaign campaign(*find_provider("cloudflare"), ability, calls_of(ability, urls(1)), {.most_attempts = 3}, {});
  base::Tick now{};
  int sent = 0;
  for (auto action = campaign.next(now); action.what != What::finish; action = campaign.next(now)) {
    if (action.what == What::send) {
      ++sent;
      campaign.answered(0, answer_of(Outcome::unknown), now, 0.5);
    } else {
      now = action.until;
    }
  }
  EXPECT_EQ(sent, 3);
  EXPECT_EQ(campaign.state(0).answer.outcome, Outcome::unknown);
}

// It asks the provider by itself, and knows best how often; another run sends again what no answer settles.
TEST(Campaign, RunsAProgramThatFailedOnceAndAnotherTimeWithTheNextRun) {
  const Ability ability{.most_items = 1, .most_under_way = 1};
  const auto calls = *make_calls(*find_provider("driver"), ability, {{urls(1), {}}}, "p", sha256);
  for (const Outcome outcome : {Outcome::postponed, Outcome::unknown}) {
    Campaign campaign(*find_provider("driver"), ability, calls, {}, {});
    ASSERT_EQ(campaign.next({}).what, What::send);
    campaign.answered(0, answer_of(outcome), {}, 0.5);
    EXPECT_EQ(campaign.next({}).what, What::finish);
    EXPECT_EQ(campaign.state(0).answer.outcome, outcome);
    Campaign next_run(*find_provider("driver"), ability, calls, {}, {});
    next_run.restore(0, campaign.state(0).answer, 1);
    EXPECT_EQ(next_run.next({}).what, What::send);
  }
  Campaign campaign(*find_provider("driver"), ability, calls, {}, {});
  ASSERT_EQ(campaign.next({}).what, What::send);
  Answer asks_to_wait = answer_of(Outcome::postponed);
  asks_to_wait.retry_after = seconds(2);
  campaign.answered(0, asks_to_wait, {}, 0.5);
  EXPECT_EQ(campaign.next({}).what, What::wait);
}

TEST(Campaign, AsksForTheEndOfWhatIsPending) {
  const Ability ability{.most_items = 1, .most_under_way = 1};
  Campaign campaign(*find_provider("cloudfront"), ability, calls_of(ability, urls(2)), {}, {});
  base::Tick now{};
  ASSERT_EQ(campaign.next(now).what, What::send);
  campaign.answered(0, answer_of(Outcome::pending, "I1"), now, 0);
  auto action = campaign.next(now);
  ASSERT_EQ(action.what, What::wait) << "one in progress at a time";
  now = action.until;
  EXPECT_EQ(now, base::Tick{} + seconds(20));
  action = campaign.next(now);
  ASSERT_EQ(action.what, What::ask);
  campaign.answered(0, answer_of(Outcome::postponed), now, 0);
  EXPECT_EQ(campaign.state(0).answer.id, "I1") << "trouble while asking loses nothing";
  now = campaign.next(now).until;
  ASSERT_EQ(campaign.next(now).what, What::ask);
  campaign.answered(0, answer_of(Outcome::completed), now, 0);
  EXPECT_EQ(campaign.next(now).call, 1U);
}

// What an edge fetched from a shield that still holds the old copy would be old again.
TEST(Campaign, AsksInnerTiersBeforeWhatFetchesFromThem) {
  const Provider& varnish = *find_provider("varnish");
  const auto calls = *make_calls(varnish, {}, {{urls(2), {{"edge", "e", 1, 1}, {"shield", "s", 1, 0}}}}, "p", sha256);
  ASSERT_EQ(calls.size(), 4U);
  EXPECT_EQ(calls[0].node.name, "shield");
  EXPECT_EQ(calls[3].node.name, "edge");
  Campaign campaign(varnish, {}, calls, {}, {});
  EXPECT_EQ(campaign.next({}).call, 0U);
  EXPECT_EQ(campaign.next({}).call, 1U);
  EXPECT_EQ(campaign.next({}).what, What::wait) << "the shield has not answered yet";
  campaign.answered(0, answer_of(Outcome::accepted), {}, 0);
  EXPECT_EQ(campaign.next({}).what, What::wait);
  campaign.answered(1, answer_of(Outcome::accepted), {}, 0);
  const auto action = campaign.next({});
  EXPECT_EQ(action.what, What::send);
  EXPECT_EQ(action.call, 2U);
}

TEST(Campaign, FetchesAVariantBeforeItPurgesTheNext) {
  Order order;
  for (const char* encoding : {"gzip", "br"}) {
    order.items.push_back({"http://h/1", {{"accept-encoding", encoding}}});
  }
  const Provider& squid = *find_provider("squid");
  const Ability ability = *ability_for(squid, {}, Kind::url, false);
  Campaign campaign(squid, ability, *make_calls(squid, ability, {{order, {{"e", "e", 1}}}}, "p", sha256), {}, {});
  base::Tick now{};
  std::string course;
  for (auto action = campaign.next(now); action.what != What::finish; action = campaign.next(now)) {
    if (action.what == What::wait) {
      now = action.until;
      continue;
    }
    const bool is_asking = action.what == What::ask;
    course += fmt::format("{} {}\n", is_asking ? "GET" : "PURGE", action.call);
    const Response response{200, "", ""};
    const Call& call = campaign.calls()[action.call];
    campaign.answered(action.call, is_asking ? squid.read_state({}, call, response) : squid.read(call, response), now,
                      0);
  }
  EXPECT_EQ(course, "PURGE 0\nGET 0\nPURGE 1\nGET 1\n");
  EXPECT_LT(now, base::Tick{} + milliseconds(100)) << "the fetch is part of the purge, and not waited for";
}

// The cache cannot answer its visitors: it is asked once a second, and not without end.
TEST(Campaign, DoesNotHammerACacheThatCannotFetch) {
  const Provider& squid = *find_provider("squid");
  const Ability ability = *ability_for(squid, {}, Kind::url, false);
  const Order order{Kind::url, false, {{"http://h/1", {{"accept-encoding", "gzip"}}}}};
  Campaign campaign(squid, ability, *make_calls(squid, ability, {{order, {{"e", "e", 1}}}}, "p", sha256), {}, {});
  base::Tick now{};
  int visits = 0;
  for (auto action = campaign.next(now); action.what != What::finish; action = campaign.next(now)) {
    if (action.what == What::wait) {
      now = action.until;
    } else if (action.what == What::send) {
      campaign.answered(0, squid.read(campaign.calls()[0], {200, "", ""}), now, 0);
    } else {
      ++visits;
      campaign.answered(0, squid.read_state({}, campaign.calls()[0], {503, "", ""}), now, 0);
    }
  }
  EXPECT_GT(visits, 20);
  EXPECT_LE(visits, 31);
  EXPECT_TRUE(is_taken(campaign.state(0).answer.outcome)) << "it was purged";
}

TEST(Campaign, LeavesAsTakenWhatIsPendingForTooLong) {
  const Ability ability{.most_items = 1};
  const Provider& provider = *find_provider("cloudfront");
  Campaign campaign(provider, ability, calls_of(ability, urls(1)), {}, {});
  base::Tick now{};
  ASSERT_EQ(campaign.next(now).what, What::send);
  campaign.answered(0, answer_of(Outcome::pending, "I1"), now, 0);
  for (auto action = campaign.next(now); action.what != What::finish; action = campaign.next(now)) {
    if (action.what == What::ask) {
      campaign.answered(0, answer_of(Outcome::pending), now, 0);
    } else {
      now = action.until;
    }
    ASSERT_LE(now, base::Tick{} + provider.ask_for);
  }
  EXPECT_EQ(campaign.state(0).answer.outcome, Outcome::pending);
  EXPECT_EQ(campaign.ended(), 1U);
}

TEST(Campaign, IsNotMadeToHammerByARetryAfterOfZero) {
  const Ability ability{.most_items = 1};
  Campaign campaign(*find_provider("azure-front-door"), ability, calls_of(ability, urls(1)), {}, {});
  ASSERT_EQ(campaign.next({}).what, What::send);
  Answer answer = answer_of(Outcome::pending, "https://h/op");
  answer.retry_after = base::Duration::zero();
  campaign.answered(0, answer, {}, 0);
  EXPECT_EQ(campaign.next({}).until, base::Tick{} + seconds(1));
}

TEST(Campaign, HoldsEverythingOnceTheCredentialsAreBad) {
  const Ability ability{.most_items = 1};
  Campaign campaign(*find_provider("cloudflare"), ability, calls_of(ability, urls(2)), {}, {});
  ASSERT_EQ(campaign.next({}).what, What::send);
  campaign.answered(0, answer_of(Outcome::denied), {}, 0);
  EXPECT_TRUE(campaign.is_denied());
  EXPECT_EQ(campaign.next({}).what, What::wait);
  campaign.renew_credentials();
  EXPECT_EQ(campaign.next({}).what, What::send);
}

// Cut off after every byte: what the file still says is never more than what happened, and a call that was sent
// without an answer is open.
TEST(Journal, CutOffAnywhereLosesAndInventsNothing) {
  const Ability ability{.most_items = 1};
  const auto calls = calls_of(ability, urls(3));
  const Moment now{*base::parse_instant("2026-11-23T03:00:00Z"), {5}};
  JournalHeader header{"purge-1", "1", "p", "production", "cloudflare", "00", Kind::url, false, 3, 0, {}};
  std::string text;
  append_header(header, now, text);
  for (const Call& call : calls) {
    append_call(call, text);
  }
  const std::size_t planned = text.size();
  append_ready(now, text);
  const std::size_t ready = text.size();
  std::vector<std::pair<std::size_t, std::size_t>> sent_and_answered;
  for (const Call& call : calls) {
    append_request(call, 1, false, {"POST", "https://api/x", {}, {}, {}}, now, text);
    const std::size_t sent = text.size();
    append_answer(call, 1, 200, answer_of(Outcome::accepted, "id"), now, text);
    sent_and_answered.emplace_back(sent, text.size());
  }
  append_end(true, now, text);
  for (std::size_t size = text.find('\n') + 1; size <= text.size(); ++size) {
    const auto journals = read_journal(std::string_view(text).substr(0, size), "j");
    ASSERT_TRUE(journals) << journals.error().text();
    const Journal* journal = &journals->back();
    EXPECT_EQ(journal->is_ready, size >= ready) << planned;
    for (std::size_t i = 0; i < journal->calls.size(); ++i) {
      const auto [sent, answered] = sent_and_answered[i];
      EXPECT_EQ(journal->calls[i].is_open, size >= sent && size < answered) << size;
      EXPECT_EQ(journal->calls[i].answer.outcome == Outcome::accepted, size >= answered) << size;
      EXPECT_EQ(journal->calls[i].call.items, calls[i].items);
    }
    EXPECT_EQ(journal->is_complete, size == text.size());
  }
}

TEST(Journal, IsRefusedWhereItIsNone) {
  for (const std::string_view text : {"", "{}\n", "nonsense\n", "{\"type\":\"purge\",\"schema\":\"x\"}\n"}) {
    EXPECT_FALSE(read_journal(text, "j")) << text;
  }
}

TEST(Journal, TellsRoundsApart) {
  const Moment now{*base::parse_instant("2026-11-23T03:00:00Z"), {5}};
  std::string text;
  for (std::uint16_t round = 0; round < 3; ++round) {
    JournalHeader header{
        fmt::format("purge-{}", round), "1", "p", "production", "varnish", "00", Kind::url, false, 1, round, now.wall};
    append_header(header, now, text);
    Call call{1, Kind::url, false, {{"https://a.example/", {}}}, {"edge", "h", 80, 1, 8080}, "k", 3, true};
    append_call(call, text);
    append_ready(now, text);
    append_request(call, 1, false, {"PURGE", "https://a.example/", {}, {}, {}}, now, text);
  }
  const auto journals = read_journal(text, "j");
  ASSERT_TRUE(journals);
  ASSERT_EQ(journals->size(), 3U);
  EXPECT_EQ(journals->front().header.round, 0);
  EXPECT_EQ(journals->back().header.round, 2);
  EXPECT_EQ(journals->back().header.origin_ready_at, now.wall);
  EXPECT_EQ(journals->back().calls.front().call.node, (Node{"edge", "h", 80, 1, 8080}));
  EXPECT_EQ(journals->back().calls.front().call.stage, 3);
  EXPECT_TRUE(journals->back().calls.front().call.is_fetched);
  EXPECT_TRUE(journals->front().calls.front().is_open);
}

TEST(Journal, OfEarlierVersionsHasAStageForEachTier) {
  const std::string text =
      R"({"schema":"cachewitness.journal/v1","type":"purge","purge_id":"p","kind":"url","calls":1})"
      "\n"
      R"({"type":"call","call":1,"key":"k","node":"edge","node_host":"h","node_port":80,"tier":2,)"
      R"("items":[{"item":"u"}]})"
      "\n";
  const auto journals = read_journal(text, "j");
  ASSERT_TRUE(journals);
  EXPECT_EQ(journals->front().calls.front().call.stage, 2);
  EXPECT_FALSE(journals->front().calls.front().call.is_fetched);
}

}  // namespace
}  // namespace cachewitness::purge
