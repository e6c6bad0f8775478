// Evidence as JSON lines (`cachewitness.evidence/v1`): header, one line an Evidence or a Round, footer. Pure text in
// both directions; files are the app's affair. schemas/evidence.v1.schema.json describes every key.
//
// Every line has a "type": header, probe, origin, baseline, round or footer. Bytes that are not UTF-8 stand under
// the key with "_base64" added, so that decode(encode(x)) == x holds for any head that a peer may send.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "evidence/evidence.h"
#include "evidence/round.h"
#include "evidence/run_header.h"

namespace cachewitness::evidence {

inline constexpr std::string_view schema_name = "cachewitness.evidence/v1";

// Each appends one line with its line feed. Raw heads that are not clean UTF-8 survive byte for byte.
void append_header_line(const RunHeader& header, const Roster& roster, std::string& out);
void append_evidence_line(const Evidence& evidence, const Roster& roster, std::string& out);
// Before the first evidence of its number.
void append_round_line(const Round& round, std::string& out);
void append_footer_line(const RunFooter& footer, std::string& out);

// Reads lines one by one and grows the roster as names appear. The edges, replicas and variants are the
// header's; tenants and assets are numbered in order of appearance.
class Reader {
 public:
  Reader();
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  using Line = std::variant<RunHeader, Evidence, Round, RunFooter>;
  // One line without its line feed. The first must be a header. A last line that was cut short by a
  // killed process is the caller's to leave out (it fails here with errors::bad_evidence).
  [[nodiscard]] base::Result<Line> read(std::string_view line);
  using OtherLine = std::variant<std::monostate, RunHeader, Round, RunFooter>;
  // The same, for who reads millions: what is an Evidence goes into `evidence`, in the place of what it held and with
  // its capacity, and the result is then empty. After an error it holds anything.
  [[nodiscard]] base::Result<OtherLine> read(std::string_view line, Evidence& evidence);
  [[nodiscard]] const Roster& roster() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cachewitness::evidence
