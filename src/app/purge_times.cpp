#include "app/purge_times.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/purge_failures.h"

namespace cachewitness::app {

namespace {

// Clocks of two machines differ by seconds. By more, no age can be reckoned from the time of the purge.
constexpr base::Duration largest_clock_difference = std::chrono::seconds(60);
constexpr std::size_t most_journal_bytes = std::size_t{1} << 30;

void add_to_scope(const purge::Call& call, plan::PurgeScope& scope) {
  for (const purge::Item& item : call.items) {
    switch (call.kind) {
      case purge::Kind::url:
        scope.urls.insert(item.text);
        break;
      case purge::Kind::prefix:
        scope.prefixes.insert(item.text);
        break;
      case purge::Kind::host:
        scope.hosts.insert(item.text.substr(0, item.text.rfind(':')));
        break;
      case purge::Kind::tag:
      case purge::Kind::everything:
        scope.is_everything = true;
        break;
    }
  }
  if (!call.node.name.empty()) {
    scope.edges.insert(call.node.name);
  }
}

// At which cache, what, for which variant.
std::string key_of(const purge::Call& call, const purge::Item& item) {
  std::string key = fmt::format("{}\n{}", call.node.name, item.text);
  for (const purge::Header& header : item.headers) {
    key += fmt::format("\n{}: {}", header.name, header.value);
  }
  return key;
}

// What a later round of the same kind took is left over no more.
void strike_out(const purge::Journal& round, purge::Journal& purge) {
  std::set<std::string> taken;
  for (const purge::CallRecord& record : round.calls) {
    for (const purge::Item& item : record.call.items) {
      if (round.header.kind == purge.header.kind && !is_left(record)) {
        taken.insert(key_of(record.call, item));
      }
    }
  }
  for (purge::CallRecord& record : purge.calls) {
    if (is_left(record)) {
      std::erase_if(record.call.items,
                    [&](const purge::Item& item) { return taken.contains(key_of(record.call, item)); });
    }
  }
  std::erase_if(purge.calls, [](const purge::CallRecord& record) { return record.call.items.empty(); });
}

}  // namespace

base::Result<evidence::PurgeTimes> parse_purge_times(const std::string& text, base::Instant now) {
  evidence::PurgeTimes times;
  if (text.empty()) {
    return times;
  }
  const auto instant = base::parse_instant(text);
  if (!instant) {
    return base::fail(base::errors::usage,
                      fmt::format("--purged-at '{}' is no time; write RFC 3339 such as 2026-11-23T14:32:18Z, or Unix "
                                  "seconds such as 1795444338.25",
                                  text));
  }
  if (*instant > now + largest_clock_difference) {
    return base::fail(base::errors::usage,
                      fmt::format("--purged-at {} is in the future ({} from now); give the time in seconds, and check "
                                  "the clocks",
                                  text, base::human(*instant - now)));
  }
  times.is_known = true;
  times.requested_at = *instant;
  times.acknowledged_at = *instant;
  times.source = "--purged-at";
  return times;
}

plan::PurgeScope scope_of(const std::vector<purge::Call>& calls) {
  plan::PurgeScope scope;
  for (const purge::Call& call : calls) {
    add_to_scope(call, scope);
  }
  return scope;
}

base::Result<std::vector<purge::Journal>> load_journal(const Ports& ports, const std::string& path) {
  const auto text = ports.files.read_all(path, most_journal_bytes);
  if (!text) {
    return std::unexpected(text.error());
  }
  return purge::read_journal(*text, path);
}

base::Result<PurgeRecord> read_purge_record(const Ports& ports, const std::string& path, plan::Narrowing& narrowing) {
  auto journals = load_journal(ports, path);
  if (!journals) {
    return std::unexpected(journals.error());
  }
  const auto was_carried_out = [](const purge::Journal& journal) {
    return journal.requested_at && journal.acknowledged_at;
  };
  const auto purge = std::ranges::find_if(*journals, was_carried_out);
  if (purge == journals->end()) {
    return base::fail(purge::errors::bad_journal,
                      fmt::format("{} tells of no call that was taken, so there is no purge to verify; finish it with "
                                  "cachewitness purge --resume --journal {}",
                                  path, path));
  }
  narrowing.purged.emplace();
  for (const purge::CallRecord& record : purge->calls) {
    add_to_scope(record.call, *narrowing.purged);
  }
  const std::size_t calls = purge->calls.size();
  std::for_each(purge + 1, journals->end(), [&](const purge::Journal& round) { strike_out(round, *purge); });
  if (const auto left = std::ranges::count_if(purge->calls, is_left); left > 0) {
    ports.console.err(fmt::format(
        "cachewitness: warning: {} of the {} calls in {} were not taken whole; what they hold was not purged\n", left,
        calls, path));
  }
  evidence::PurgeTimes times;
  times.is_known = true;
  times.requested_at = *purge->requested_at;
  times.acknowledged_at = *purge->acknowledged_at;
  times.origin_ready_at = purge->header.origin_ready_at;
  times.source = path;
  return PurgeRecord{std::move(times), std::move(*purge)};
}

}  // namespace cachewitness::app
