#include "probe/mark_scanner.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cachewitness::probe {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// Length of the text to note at the start of `rest`; nothing where there is none, or none yet.
std::optional<std::size_t> length_of(std::string_view rest, const manifest::Surroundings& around) {
  const std::size_t length = around.after.empty()
                                 ? static_cast<std::size_t>(std::ranges::find_if_not(rest, is_word) - rest.begin())
                                 : rest.substr(0, longest_mark + around.after.size()).find(around.after);
  return length == std::string_view::npos || length > longest_mark ? std::nullopt : std::optional(length);
}

}  // namespace

void MarkScanner::start() {
  pending_.clear();
  found_.clear();
}

void MarkScanner::take(std::string_view bytes) {
  pending_.append(bytes);
  scan(Tail::open);
}

void MarkScanner::end() { scan(Tail::final); }

void MarkScanner::scan(Tail tail) {
  std::size_t kept_from = pending_.size();
  for (const SoughtMark& sought : sought_) {
    kept_from = std::min(kept_from, scan(sought, tail));
  }
  pending_.erase(0, kept_from);
}

std::size_t MarkScanner::scan(const SoughtMark& sought, Tail tail) {
  const manifest::Surroundings& around = sought.around;
  const std::string_view all = pending_;
  std::size_t at = 0;
  while ((at = all.find(around.before, at)) != std::string_view::npos) {
    const std::string_view rest = all.substr(at + around.before.size());
    if (tail == Tail::open && rest.size() <= longest_mark + around.after.size()) {
      return at;
    }
    if (sought.kind == evidence::BodyMark::Kind::private_text) {
      note({sought.kind, {}});
    } else if (const auto length = length_of(rest, around)) {
      std::string text(sought.kind == evidence::BodyMark::Kind::canary ? around.before : "");  // the word, whole
      note({sought.kind, std::move(text.append(rest.substr(0, *length)))});
    }
    at += around.before.size();
  }
  // The start of one may be there already.
  return all.size() - std::min(all.size(), around.before.size() - 1);
}

void MarkScanner::note(evidence::BodyMark mark) {
  if (found_.size() < evidence::most_body_marks && std::ranges::find(found_, mark) == found_.end()) {
    found_.push_back(std::move(mark));
  }
}

}  // namespace cachewitness::probe
