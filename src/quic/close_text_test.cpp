#include "quic/close_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace cachewitness::quic {
namespace {

TEST(CloseText, SaysWhatThePeerMeant) {
  using base::FailureCause;
  using base::Stage;
  struct Row {
    bool is_application;
    std::uint64_t code;
    std::string_view reason;
    bool is_open;
    base::Failure expected;
  };
  const std::vector<Row> rows{
      {true,
       0x102,
       "",
       true,
       {Stage::head, FailureCause::reset, "connection closed by the server with H3_INTERNAL_ERROR"}},
      {true,
       0x4242,
       "go away\x1b",
       true,
       {Stage::head, FailureCause::reset, "connection closed by the server with error 0x4242: \"go away\\x1b\""}},
      {false, 0x00, "", true, {Stage::head, FailureCause::reset, "connection closed by the server with NO_ERROR"}},
      {false,
       0x02,
       "full",
       false,
       {Stage::connect, FailureCause::refused, "connection closed by the server with CONNECTION_REFUSED: \"full\""}},
      {false,
       0x178,
       "",
       false,
       {Stage::tls, FailureCause::tls, "the server refused the TLS handshake: no_application_protocol (120)"}},
      {false, 0x1ff, "", false, {Stage::tls, FailureCause::tls, "the server refused the TLS handshake: alert (255)"}},
      {false,
       0x999,
       "",
       false,
       {Stage::tls, FailureCause::reset, "connection closed by the server with QUIC error 0x999"}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(close_failure(row.is_application, row.code, row.reason, row.is_open), row.expected)
        << row.expected.detail;
  }
}

}  // namespace
}  // namespace cachewitness::quic
