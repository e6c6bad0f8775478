#include "app/purge_result.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

using Outcome = purge::Answer::Outcome;

constexpr std::size_t most_refusals = 100;
constexpr std::size_t most_shown = 10;

void refuse(PurgeResult& result, std::string item, std::string reason) {
  ++result.refused;
  if (result.refusals.size() < most_refusals) {
    result.refusals.push_back({std::move(item), std::move(reason)});
  }
}

void note_trouble(const purge::Answer& answer, PurgeResult& result) {
  result.trouble = result.trouble.empty() ? answer.reason : result.trouble;
}

void count(const purge::Call& call, const purge::CallState& state, PurgeResult& result) {
  const std::uint64_t items = call.items.size();
  result.items += items;
  result.attempts += state.attempts;
  const std::uint64_t left_out = std::min<std::uint64_t>(state.answer.refused.size(), items);
  switch (state.attempts == 0 ? Outcome::postponed : state.answer.outcome) {
    case Outcome::completed:
      result.completed += items - left_out;
      break;
    case Outcome::accepted:
    case Outcome::pending:
      result.accepted += items - left_out;
      break;
    case Outcome::refused:
      for (const purge::Item& item : call.items) {
        refuse(result, item.text, state.answer.reason);
      }
      return;
    case Outcome::denied:
    case Outcome::postponed:
      result.not_sent += items;
      note_trouble(state.answer, result);
      return;
    case Outcome::unknown:
      result.unknown += items;
      note_trouble(state.answer, result);
      return;
  }
  for (const purge::Refusal& refusal : state.answer.refused) {
    refuse(result, refusal.item, refusal.reason);
  }
}

std::string outcome_line(const PurgeResult& result) {
  const std::uint64_t taken = result.accepted + result.completed;
  const std::string_view word = result.exit_code == base::ExitCode::passed ? "PURGED"
                                : taken > 0                                ? "PARTLY PURGED"
                                                                           : "NOT PURGED";
  std::string line = fmt::format("{} - {} of {} items taken by {}", word, base::grouped(taken),
                                 base::grouped(result.items), result.header.provider);
  const std::pair<std::uint64_t, std::string_view> rest[] = {
      {result.refused, "refused"}, {result.unknown, "unknown"}, {result.not_sent, "not taken"}};
  for (const auto& [number, what] : rest) {
    line += number > 0 ? fmt::format(", {} {}", base::grouped(number), what) : "";
  }
  return line + "\n";
}

}  // namespace

PurgeResult make_purge_result(const purge::JournalHeader& header, const purge::Campaign& campaign,
                              base::Duration propagation, const std::string& journal,
                              const std::string& why_incomplete) {
  PurgeResult result;
  result.header = header;
  result.journal = journal;
  result.propagation = propagation;
  result.why_incomplete = why_incomplete;
  for (std::size_t i = 0; i < campaign.calls().size(); ++i) {
    count(campaign.calls()[i], campaign.state(i), result);
  }
  if (result.refused > 0) {
    result.exit_code = base::ExitCode::failed;
  } else if (result.unknown + result.not_sent > 0 || !why_incomplete.empty()) {
    result.exit_code = base::ExitCode::inconclusive;
  }
  return result;
}

std::string render_purge_text(const PurgeResult& result, bool is_quiet) {
  std::string text = outcome_line(result);
  if (is_quiet) {
    return text;
  }
  for (std::size_t i = 0; i < std::min(result.refusals.size(), most_shown); ++i) {
    text += fmt::format("  refused: {} ({})\n", base::printable(result.refusals[i].item),
                        base::printable(result.refusals[i].reason));
  }
  if (result.refused > most_shown) {
    text += fmt::format("  and {} more; --format json has 100, the journal all\n", result.refused - most_shown);
  }
  if (!result.trouble.empty()) {
    text += fmt::format("  not taken: {}\n", base::printable(result.trouble));
  }
  if (!result.why_incomplete.empty()) {
    text += fmt::format("  incomplete: {}\n", result.why_incomplete);
  }
  if (result.unknown + result.not_sent > 0) {
    text += fmt::format("  finish it: cachewitness purge --resume --journal {}\n", base::printable(result.journal));
  }
  text += fmt::format(
      "  taken is not purged; prove it: cachewitness verify -e {} --purged-at journal --journal {}\n"
      "  {} is given {} to reach every edge\n",
      base::printable(result.header.environment), base::printable(result.journal), result.header.provider,
      base::human(result.propagation));
  return text;
}

std::string render_purge_json(const PurgeResult& result) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", std::string_view("cachewitness.purge-result/v1"));
  json.member("purge_id", result.header.purge_id);
  json.member("environment", result.header.environment);
  json.member("provider", result.header.provider);
  json.member("kind", purge::name(result.header.kind));
  json.member("soft", result.header.is_soft);
  json.member("journal", result.journal);
  json.member("complete", result.why_incomplete.empty());
  json.member("calls", result.header.calls);
  json.member("attempts", result.attempts);
  json.begin_object("items");
  json.member("total", result.items);
  json.member("accepted", result.accepted);
  json.member("completed", result.completed);
  json.member("refused", result.refused);
  json.member("unknown", result.unknown);
  json.member("not_taken", result.not_sent);
  json.end_object();
  json.member("propagation_ms", std::chrono::duration_cast<std::chrono::milliseconds>(result.propagation).count());
  json.begin_array("refusals");
  for (const purge::Refusal& refusal : result.refusals) {
    json.begin_object();
    json.member("item", base::printable(refusal.item, 2000));
    json.member("reason", base::printable(refusal.reason));
    json.end_object();
  }
  json.end_array();
  json.member("exit_code", static_cast<int>(result.exit_code));
  json.end_object();
  return text + "\n";
}

std::string describe_request(const purge::Request& request, std::string_view indent) {
  std::string text =
      fmt::format("{}{} {}{}\n", indent, request.method, base::printable(request.url, 2000),
                  request.node.name.empty() ? "" : fmt::format("   at {}", base::printable(request.node.name)));
  for (const purge::Header& each : request.headers) {
    text += fmt::format("{}{}: {}\n", indent, base::printable(each.name), base::printable(each.value));
  }
  return request.body.empty() ? text : text + fmt::format("{}{}\n", indent, base::printable(request.body, 4000));
}

std::string describe_calls(const purge::JournalHeader& header, const purge::Provider& provider,
                           const manifest::PurgeSettings& settings, const purge::Ability& ability,
                           const std::vector<purge::Call>& calls) {
  std::uint64_t items = 0;
  for (const purge::Call& call : calls) {
    items += call.items.size();
  }
  std::string text =
      fmt::format("{} purge by {} at {}: {} items in {} calls", header.is_soft ? "soft" : "hard",
                  purge::name(header.kind), header.provider, base::grouped(items), base::grouped(calls.size()));
  const double call_seconds =
      ability.calls.per_second > 0
          ? std::max(0.0, static_cast<double>(calls.size()) - ability.calls.burst) / ability.calls.per_second
          : 0;
  const double item_seconds =
      ability.items.per_second > 0
          ? std::max(0.0, static_cast<double>(items) - ability.items.burst) / ability.items.per_second
          : 0;
  const double seconds = std::min(std::max(call_seconds, item_seconds), 1e8);
  text += seconds > 0 ? fmt::format(", {} at least by its rate\n",
                                    base::human(base::Duration(static_cast<std::int64_t>(seconds * 1e9))))
                      : "\n";
  for (std::size_t i = 0; i < std::min(calls.size(), most_shown); ++i) {
    text += "\n" + describe_request(provider.write(settings, calls[i]), "");
  }
  text += calls.size() > most_shown ? fmt::format("\nand {} calls more\n", calls.size() - most_shown) : "";
  return text + "\nNothing was sent. Credentials are added when it is.\n";
}

}  // namespace cachewitness::app
