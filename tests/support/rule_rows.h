// Rules asked one by one, as a table: a small world of evidence, a rule, and what it must say of the world's first
// cell. For tests of the verdict layer alone.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/evidence_builder.h"
#include "verdict/books.h"
#include "verdict/rules.h"
#include "verdict/survey.h"

namespace cachewitness::testing_support {

using World = EvidenceBuilder;

inline constexpr verdict::Outcome fires_ = verdict::Outcome::fires;
inline constexpr verdict::Outcome passes_ = verdict::Outcome::passes;
inline constexpr verdict::Outcome silent_ = verdict::Outcome::does_not_apply;
inline constexpr verdict::Outcome unsure_ = verdict::Outcome::cannot_tell;

inline constexpr Place gzip{.variant = 1};
inline const Reply old{.body = "old"};

inline Reply old_with(const std::string& fields) { return {.body = "old", .fields = fields}; }
inline Reply new_with(const std::string& fields) { return {.body = "new", .fields = fields}; }
inline const std::string url_of_cell = "https://tenant-a.example/asset.js";
// By the journal.
inline evidence::PurgeFailure failed_purge(const std::string& url) {
  evidence::PurgeFailure failure;
  failure.item = url;
  failure.environment = "production";
  failure.reason = "403 forbidden";
  return failure;
}
// New at the origin, old at the edge before the deploy.
inline World& deployed(World& world) { return world.origins({}).baseline(old); }

struct RuleRow {
  std::string_view rule;
  verdict::Outcome expected;
  std::function<void(World&)> arrange;
};

// Calls `look` with the view of the first cell of the row's world, everything that a survey tells included.
inline void look_at(const RuleRow& row, const std::function<void(const verdict::CellView&)>& look) {
  World world;
  row.arrange(world);
  verdict::Books books(world.header, world.roster);
  for (const auto& one : world.evidence) {
    books.add(one);
  }
  const verdict::Dossier dossier = books.dossier(World::cell());
  verdict::CellView view = dossier.view(World::cell());
  verdict::Survey(books).look_across(view);
  look(view);
}

inline void expect_rulings(const std::vector<RuleRow>& rows) {
  int number = 0;
  for (const RuleRow& row : rows) {
    const verdict::Rule* rule = verdict::find_rule(row.rule);
    ASSERT_NE(rule, nullptr) << row.rule;
    look_at(row, [&](const verdict::CellView& view) {
      const verdict::Ruling ruling = rule->judge(view);
      EXPECT_EQ(name(ruling.outcome), name(row.expected)) << row.rule << ", row " << number << ": " << ruling.reason();
      EXPECT_EQ(ruling.reason().empty(), row.expected == silent_) << row.rule << ", row " << number;
    });
    ++number;
  }
}

// Every rule there is, in every world: none fires where it would not be asked.
inline void expect_occasions(const std::vector<RuleRow>& rows) {
  for (const RuleRow& row : rows) {
    look_at(row, [&](const verdict::CellView& view) {
      const bool has_other_answer = !std::ranges::all_of(view.looks, &verdict::Look::is_current);
      for (const verdict::Rule* rule : verdict::rules()) {
        const bool is_its_occasion =
            rule->occasion == verdict::Occasion::any ||
            (rule->occasion == verdict::Occasion::failure ? !view.failures.empty() : has_other_answer);
        EXPECT_TRUE(is_its_occasion || rule->judge(view).outcome != fires_) << rule->id << ", world of " << row.rule;
      }
    });
  }
}

}  // namespace cachewitness::testing_support
