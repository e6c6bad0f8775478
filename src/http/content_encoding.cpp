#include "http/content_encoding.h"

#include "base/text.h"

namespace cachewitness::http {

namespace {

constexpr std::array<std::string_view, 4> coding_names{"gzip", "deflate", "br", "zstd"};

}  // namespace

std::optional<Coding> find_coding(std::string_view name) {
  for (std::size_t i = 0; i < coding_names.size(); ++i) {
    if (base::equals_ignoring_case(name, coding_names[i])) {
      return static_cast<Coding>(i);
    }
  }
  return base::equals_ignoring_case(name, "x-gzip") ? std::optional(Coding::gzip) : std::nullopt;
}

std::string_view name(Coding coding) { return coding_names.at(static_cast<std::size_t>(coding)); }

ContentEncoding::ContentEncoding(std::string_view value) {
  while (!value.empty() && defect_ == Defect::none) {
    const std::size_t comma = value.rfind(',');
    const bool is_first = comma == std::string_view::npos;
    add(base::trim(is_first ? value : value.substr(comma + 1)));
    value = value.substr(0, is_first ? 0 : comma);
  }
}

void ContentEncoding::add(std::string_view member) {
  if (member.empty() || base::equals_ignoring_case(member, "identity")) {
    return;
  }
  const auto known = find_coding(member);
  if (!known) {
    defect_ = Defect::unknown_coding;
    unknown_ = member;
  } else if (count_ == max_codings) {
    defect_ = Defect::too_many;
  } else {
    codings_.at(count_++) = *known;
  }
}

}  // namespace cachewitness::http
