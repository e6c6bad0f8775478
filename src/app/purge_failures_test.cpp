#include "app/purge_failures.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace cachewitness::app {
namespace {

using purge::Answer;

purge::CallRecord call_of(std::vector<purge::Item> items, Answer::Outcome outcome) {
  purge::CallRecord record;
  record.call.items = std::move(items);
  record.attempts = 1;
  record.answer.outcome = outcome;
  return record;
}

std::string told(const evidence::PurgeTimes& times) {
  std::string text;
  for (const evidence::PurgeFailure& failure : times.failures) {
    text += fmt::format("{} {} {}/{}/{} {}{}\n", name(failure.scope), failure.item, failure.environment, failure.edge,
                        failure.variant, failure.reason, failure.is_unknown ? " (unknown)" : "");
  }
  return text;
}

TEST(PurgeFailures, AreWhatTheJournalLeavesOpenOrRefused) {
  purge::Journal journal;
  journal.header.environment = "live";
  journal.calls = {call_of({{"http://a/1", {}}}, Answer::Outcome::completed),
                   call_of({{"http://a/2", {}}, {"http://a/3", {}}}, Answer::Outcome::accepted),
                   call_of({{"http://a/4", {}}}, Answer::Outcome::denied),
                   call_of({{"http://a/5", {}}}, Answer::Outcome::unknown),
                   call_of({{"http://a/6", {}}}, Answer::Outcome::unknown),
                   call_of({{"http://a/7", {}}}, Answer::Outcome::unknown)};
  journal.calls[1].answer.refused = {{"http://a/3", "not in this zone"}};
  journal.calls[3].call.node.name = "us-1";
  journal.calls[4].attempts = 0;
  journal.calls[5].is_open = true;
  evidence::PurgeTimes times;
  note_failures(journal.header, journal.calls, {}, times);
  EXPECT_EQ(told(times),
            "url http://a/3 live// not in this zone\n"
            "url http://a/4 live// denied\n"
            "url http://a/5 live/us-1/ unknown (unknown)\n"
            "url http://a/6 live// never sent\n"
            "url http://a/7 live// no answer (unknown)\n");
  EXPECT_EQ(times.failures_left_out, 0U);
}

manifest::Manifest nginx_with_variants() {
  manifest::Manifest manifest;
  manifest.variants = {{"identity", {}}, {"gzip", {{"accept-encoding", std::string("gzip")}}}};
  manifest.environments.emplace_back().name = "live";
  manifest.environments.front().purge.emplace().provider = "nginx";
  return manifest;
}

purge::Journal journal_of_nginx() {
  purge::Journal journal;
  journal.header.environment = "live";
  journal.header.provider = "nginx";
  return journal;
}

TEST(PurgeFailures, AreOfTheVariantWhoseHeadersThePurgeHad) {
  manifest::Manifest manifest = nginx_with_variants();
  purge::Journal journal = journal_of_nginx();
  journal.calls = {call_of({{"http://a/1", {{"accept-encoding", "gzip"}}}}, Answer::Outcome::refused),
                   call_of({{"http://a/2", {}}}, Answer::Outcome::refused),
                   call_of({{"http://a/3", {{"accept-encoding", "br"}}}}, Answer::Outcome::refused)};
  evidence::PurgeTimes times;
  note_failures(journal.header, journal.calls, manifest, times);
  EXPECT_EQ(told(times),
            "url http://a/1 live//gzip refused\n"
            "url http://a/2 live//identity refused\n"
            "url http://a/3 live// refused\n")
      << "of one that the manifest has no more, all are suspected";
  manifest.environments.front().purge->provider = journal.header.provider = "varnish";
  journal.calls = {call_of({{"http://a/2", {}}}, Answer::Outcome::refused)};
  times = {};
  note_failures(journal.header, journal.calls, manifest, times);
  EXPECT_EQ(told(times), "url http://a/2 live// refused\n") << "the variants go with their URL";
}

TEST(PurgeFailures, OfAPrefixAreOfAllVariants) {
  const manifest::Manifest manifest = nginx_with_variants();
  purge::Journal journal = journal_of_nginx();
  journal.calls = {call_of({{"http://a/", {}}}, Answer::Outcome::refused)};
  journal.calls.front().call.kind = purge::Kind::prefix;
  evidence::PurgeTimes times;
  note_failures(journal.header, journal.calls, manifest, times);
  EXPECT_EQ(told(times), "prefix http://a/ live// refused\n");
}

TEST(PurgeFailures, ThatDoNotFitIntoAFilesHeaderAreCounted) {
  purge::Journal journal;
  std::vector<purge::Item> items;
  for (int i = 0; i < 50'000; ++i) {
    items.push_back({fmt::format("https://www.example.com/assets/{}.js", i), {}});
  }
  journal.calls = {call_of(std::move(items), Answer::Outcome::denied)};
  evidence::PurgeTimes times;
  note_failures(journal.header, journal.calls, {}, times);
  EXPECT_GT(times.failures.size(), 5'000U);
  EXPECT_GT(times.failures_left_out, 0U);
  EXPECT_EQ(times.failures.size() + times.failures_left_out, 50'000U);
}

}  // namespace
}  // namespace cachewitness::app
