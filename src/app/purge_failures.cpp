#include "app/purge_failures.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/purge_order.h"

namespace cachewitness::app {

namespace {

using evidence::PurgeFailure;
using purge::Answer;

// An evidence file's line ends at 8 MiB, and the header holds more than this.
constexpr std::size_t most_bytes = std::size_t{2} << 20;
constexpr std::size_t most_reason_bytes = 200;
constexpr std::size_t bytes_of_keys = 120;

PurgeFailure::Scope scope_of(purge::Kind kind) {
  constexpr std::array scopes{PurgeFailure::Scope::url, PurgeFailure::Scope::prefix, PurgeFailure::Scope::host,
                              PurgeFailure::Scope::tag, PurgeFailure::Scope::everything};
  return scopes.at(static_cast<std::size_t>(kind));
}

// By what a purge of that environment names variants.
purge::CacheKey key_of(const purge::JournalHeader& header, const manifest::Manifest& manifest) {
  const auto environment = std::ranges::find(manifest.environments, header.environment, &manifest::Environment::name);
  const purge::Provider* provider = purge::find_provider(header.provider);
  const bool is_known = environment != manifest.environments.end() && environment->purge && provider != nullptr;
  return is_known ? purge::cache_key(*provider, *environment->purge) : purge::CacheKey{};
}

class Failures {
 public:
  Failures(const purge::JournalHeader& header, const manifest::Manifest& manifest, evidence::PurgeTimes& times)
      : header_(header), manifest_(manifest), key_(key_of(header, manifest)), times_(times) {}

  void add(const purge::CallRecord& record) {
    for (const purge::Item& item : record.call.items) {
      if (const auto reason = reason_of(record, item)) {
        add(record, item, *reason);
      }
    }
  }

 private:
  // Nothing where the item was taken.
  static std::optional<std::string_view> reason_of(const purge::CallRecord& record, const purge::Item& item) {
    if (record.attempts == 0) {
      return "never sent";
    }
    if (record.is_open) {
      return "no answer";
    }
    if (!purge::is_taken(record.answer.outcome)) {
      return record.answer.reason.empty() ? name(record.answer.outcome) : std::string_view(record.answer.reason);
    }
    const auto refusal = std::ranges::find(record.answer.refused, item.text, &purge::Refusal::item);
    return refusal == record.answer.refused.end() ? std::nullopt : std::optional<std::string_view>(refusal->reason);
  }

  void add(const purge::CallRecord& record, const purge::Item& item, std::string_view reason) {
    PurgeFailure failure;
    failure.scope = scope_of(record.call.kind);
    failure.item = item.text;
    failure.environment = header_.environment;
    failure.edge = record.call.node.name;
    failure.is_unknown = record.attempts > 0 && (record.is_open || record.answer.outcome == Answer::Outcome::unknown);
    failure.reason = reason.substr(0, most_reason_bytes);
    const bool is_apart = record.call.kind == purge::Kind::url && key_.variants != purge::CacheKey::Variants::together;
    bool is_of_variants = false;
    for (const manifest::Variant& variant : manifest_.variants) {
      if (is_apart && key_headers(variant, key_) == item.headers) {
        failure.variant = variant.name;
        keep(failure);
        is_of_variants = true;
      }
    }
    if (!is_of_variants) {
      keep(std::move(failure));  // of all of them, or of one that the manifest has no more
    }
  }

  void keep(PurgeFailure failure) {
    bytes_ += failure.item.size() + failure.environment.size() + failure.edge.size() + failure.variant.size() +
              failure.reason.size() + bytes_of_keys;
    if (bytes_ > most_bytes) {
      ++times_.failures_left_out;
    } else {
      times_.failures.push_back(std::move(failure));
    }
  }

  const purge::JournalHeader& header_;
  const manifest::Manifest& manifest_;
  purge::CacheKey key_;
  evidence::PurgeTimes& times_;
  std::size_t bytes_ = 0;
};

}  // namespace

bool is_left(const purge::CallRecord& record) {
  return record.is_open || record.attempts == 0 || !purge::is_taken(record.answer.outcome) ||
         !record.answer.refused.empty();
}

void note_failures(const purge::JournalHeader& header, std::span<const purge::CallRecord> calls,
                   const manifest::Manifest& manifest, evidence::PurgeTimes& times) {
  Failures failures(header, manifest, times);
  for (const purge::CallRecord& record : calls) {
    if (is_left(record)) {
      failures.add(record);
    }
  }
}

}  // namespace cachewitness::app
