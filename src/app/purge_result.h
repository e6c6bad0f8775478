// What a purge came to, for people and for pipelines (cachewitness.purge-result/v1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "manifest/manifest.h"
#include "purge/campaign.h"
#include "purge/journal.h"
#include "purge/provider.h"

namespace cachewitness::app {

struct PurgeResult {
  purge::JournalHeader header;
  std::string journal;
  std::uint64_t items = 0;  // those of different nodes counted each
  std::uint64_t accepted = 0;
  std::uint64_t completed = 0;
  std::uint64_t refused = 0;
  std::uint64_t unknown = 0;   // sent, and nobody knows
  std::uint64_t not_sent = 0;  // never taken: postponed too often, or not come to
  std::uint64_t attempts = 0;
  base::Duration propagation{};
  std::string trouble;  // why the first that nobody took or knows of was not taken
  std::string why_incomplete;
  std::vector<purge::Refusal> refusals;  // at most 100
  base::ExitCode exit_code = base::ExitCode::passed;
};

[[nodiscard]] PurgeResult make_purge_result(const purge::JournalHeader& header, const purge::Campaign& campaign,
                                            base::Duration propagation, const std::string& journal,
                                            const std::string& why_incomplete);
[[nodiscard]] std::string render_purge_text(const PurgeResult& result, bool is_quiet);
[[nodiscard]] std::string render_purge_json(const PurgeResult& result);

// A request as it would go out, without credentials: lines for a terminal, each after `indent`.
[[nodiscard]] std::string describe_request(const purge::Request& request, std::string_view indent);

// --dry-run: the cost, and the requests as they would go out, without credentials; of many the first ones.
[[nodiscard]] std::string describe_calls(const purge::JournalHeader& header, const purge::Provider& provider,
                                         const manifest::PurgeSettings& settings, const purge::Ability& ability,
                                         const std::vector<purge::Call>& calls);

}  // namespace cachewitness::app
