#include "verdict/ledger.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cachewitness::verdict {
namespace {

// Columns of every width: constant, close together, far apart, and now and then an end of the range.
Ledger::Row random_row(std::mt19937_64& random, std::size_t index) {
  Ledger::Row row{};
  for (std::size_t column = 0; column < Ledger::columns; ++column) {
    const std::uint64_t bits = random();
    row[column] = column == 0 ? 42 : static_cast<std::int64_t>(bits >> (64 - std::min<std::size_t>(4 * column, 64)));
  }
  if (index % 700 == 3) {
    row[random() % Ledger::columns] = std::numeric_limits<std::int64_t>::max();
    row[random() % Ledger::columns] = std::numeric_limits<std::int64_t>::min();
  }
  return row;
}

TEST(Ledger, GivesEveryRowAsItWasAppended) {
  std::mt19937_64 random(1);
  Ledger ledger;
  std::vector<Ledger::Row> rows;
  for (std::size_t i = 0; i < 3 * Ledger::block_rows + 17; ++i) {
    rows.push_back(random_row(random, i));
    ledger.append(rows.back());
  }
  ASSERT_EQ(ledger.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(ledger.row(i), rows[i]) << i;
    EXPECT_EQ(ledger.value(i, i % Ledger::columns), rows[i][i % Ledger::columns]) << i;
  }
  std::array<std::int64_t, Ledger::block_rows> values{};
  for (std::size_t column = 0; column < Ledger::columns; ++column) {
    std::size_t seen = 0;
    for (std::size_t first = 0; first < rows.size(); first += Ledger::block_rows) {
      const std::size_t count = ledger.read_column(first, column, values);
      for (std::size_t i = 0; i < count; ++i, ++seen) {
        EXPECT_EQ(values[i], rows[seen][column]) << seen << ", column " << column;
      }
    }
    EXPECT_EQ(seen, rows.size());
  }
}

TEST(Ledger, SpendsNothingOnWhatDoesNotChange) {
  Ledger ledger;
  for (std::int64_t i = 0; i < 100 * static_cast<std::int64_t>(Ledger::block_rows); ++i) {
    Ledger::Row row{};
    row.fill(std::numeric_limits<std::int64_t>::min());
    row[3] = i % 16;  // four bits
    ledger.append(row);
  }
  EXPECT_LT(ledger.memory_bytes() - Ledger::columns * Ledger::block_rows * 8, ledger.size() * 3 / 2);
}

}  // namespace
}  // namespace cachewitness::verdict
