#include "purge/purge.h"

#include <array>
#include <utility>

namespace cachewitness::purge {

namespace {

constexpr std::array<std::pair<std::string_view, Kind>, 5> kinds{{{"url", Kind::url},
                                                                  {"prefix", Kind::prefix},
                                                                  {"host", Kind::host},
                                                                  {"tag", Kind::tag},
                                                                  {"everything", Kind::everything}}};

constexpr std::array<std::string_view, 7> outcomes{"accepted", "pending",   "completed", "refused",
                                                   "denied",   "postponed", "unknown"};

}  // namespace

std::string_view name(Kind kind) { return kinds[static_cast<std::size_t>(kind)].first; }

std::optional<Kind> parse_kind(std::string_view text) {
  for (const auto& [word, kind] : kinds) {
    if (word == text) {
      return kind;
    }
  }
  return std::nullopt;
}

std::string_view name(Answer::Outcome outcome) { return outcomes[static_cast<std::size_t>(outcome)]; }

bool is_taken(Answer::Outcome outcome) { return outcome <= Answer::Outcome::completed; }

}  // namespace cachewitness::purge
