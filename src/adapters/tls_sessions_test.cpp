#include "adapters/tls_sessions.h"

#include <gtest/gtest.h>

namespace cachewitness::adapters {

namespace {

TlsTicket ticket(const std::string& state, std::int64_t expires_at) { return {state, expires_at, nullptr, nullptr}; }

}  // namespace

// RFC 8446 C.4: a ticket used twice links two connections for whoever watches.
TEST(TlsSlot, GivesEachTicketOnceWhileThereAreOthersTheNewestFirst) {
  TlsSlot slot;
  slot.keep(ticket("1", 100));
  slot.keep(ticket("2", 100));
  EXPECT_EQ(slot.take(0)->state, "2");
  EXPECT_EQ(slot.take(0)->state, "1");
  EXPECT_EQ(slot.take(0)->state, "2") << "rather again than a full handshake";
  slot.keep(ticket("3", 100));
  EXPECT_EQ(slot.take(0)->state, "3");
  EXPECT_EQ(slot.tickets().size(), 1U) << "used ones go when a new one comes";
}

TEST(TlsSlot, GivesNothingThatIsExpired) {
  TlsSlot slot;
  EXPECT_EQ(slot.take(0), nullptr);
  slot.keep(ticket("1", 100));
  slot.keep(ticket("2", 50));
  EXPECT_EQ(slot.take(50)->state, "1");
  EXPECT_EQ(slot.take(100), nullptr);
  EXPECT_TRUE(slot.tickets().empty());
}

TEST(TlsSlot, KeepsAFewNewOnes) {
  TlsSlot slot;
  for (int i = 0; i < 100; ++i) {
    slot.keep(ticket(std::to_string(i), 100));
  }
  EXPECT_EQ(slot.tickets().size(), 4U);
  EXPECT_EQ(slot.take(0)->state, "99");
}

TEST(TlsSessions, HoldsSlotsInPlaceAndNotWithoutEnd) {
  TlsSessions sessions;
  TlsSlot* const first = sessions.slot("first");
  for (int i = 1; i < 65536; ++i) {
    ASSERT_NE(sessions.slot(std::to_string(i)), nullptr);
  }
  EXPECT_EQ(sessions.slot("one more"), nullptr);
  EXPECT_EQ(sessions.slot("first"), first);
}

TEST(TlsSessions, ReadsNoSessionFromNonsense) {
  EXPECT_EQ(read_session(""), nullptr);
  EXPECT_EQ(read_session("nonsense"), nullptr);
}

}  // namespace cachewitness::adapters
