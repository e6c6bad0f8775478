#include "probe/body_mask.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <re2/re2.h>

#include "base/assert.h"

namespace cachewitness::probe {

namespace {

struct Span {
  std::size_t begin;
  std::size_t end;
};

RE2::Options pattern_options() {
  RE2::Options options(RE2::Latin1);  // bodies are bytes
  options.set_log_errors(false);
  return options;
}

}  // namespace

class BodyMask::Rule {
 public:
  explicit Rule(const manifest::BodyMask& mask)
      : texts_(mask), pattern_(mask.pattern, pattern_options()), has_pattern_(!mask.pattern.empty()) {
    CW_ASSERT(pattern_.ok());
  }

  // The first part to take out, at or after `from`; never empty.
  [[nodiscard]] std::optional<Span> find(std::string_view body, std::size_t from) const {
    return has_pattern_ ? match(body, from) : between(body, from);
  }

 private:
  [[nodiscard]] std::optional<Span> match(std::string_view body, std::size_t from) const {
    const re2::StringPiece text(body.data(), body.size());
    re2::StringPiece found;
    while (from < body.size() && pattern_.Match(text, from, body.size(), RE2::UNANCHORED, &found, 1)) {
      const auto begin = static_cast<std::size_t>(found.data() - body.data());
      if (!found.empty()) {
        return Span{begin, begin + found.size()};
      }
      from = begin + 1;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Span> between(std::string_view body, std::size_t from) const {
    const std::size_t begin = body.find(texts_.begin, from);
    const std::size_t end =
        begin == std::string_view::npos ? begin : body.find(texts_.end, begin + texts_.begin.size());
    return end == std::string_view::npos ? std::nullopt : std::optional(Span{begin, end + texts_.end.size()});
  }

  manifest::BodyMask texts_;
  RE2 pattern_;
  bool has_pattern_;
};

BodyMask::BodyMask(const std::vector<manifest::BodyMask>& masks) {
  for (const manifest::BodyMask& mask : masks) {
    rules_.push_back(std::make_unique<const Rule>(mask));
  }
}

BodyMask::~BodyMask() = default;

std::uint64_t BodyMask::apply(std::string& body) const {
  const std::size_t before = body.size();
  std::string left;
  for (const auto& rule : rules_) {
    left.clear();
    std::size_t at = 0;
    while (const auto span = rule->find(body, at)) {
      left.append(body, at, span->begin - at);
      at = span->end;
    }
    left.append(body, at, std::string::npos);
    std::swap(body, left);
  }
  return before - body.size();
}

}  // namespace cachewitness::probe
