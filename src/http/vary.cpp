#include "http/vary.h"

#include <algorithm>

#include "base/text.h"
#include "http/field_list.h"

namespace cachewitness::http {

namespace {

// The list members of all lines of a field, one after the other.
class SelectedField {
 public:
  SelectedField(std::span<const Field> fields, std::string_view name) : fields_(fields), name_(name) {}

  [[nodiscard]] bool is_present() const {
    return std::ranges::any_of(fields_, [this](const Field& field) { return is_of(field); });
  }
  bool next(std::string_view& member) {
    while (!next_member(rest_, member)) {
      while (!fields_.empty() && !is_of(fields_.front())) {
        fields_ = fields_.subspan(1);
      }
      if (fields_.empty()) {
        return false;
      }
      rest_ = fields_.front().value;
      fields_ = fields_.subspan(1);
    }
    return true;
  }

 private:
  [[nodiscard]] bool is_of(const Field& field) const { return base::equals_ignoring_case(field.name, name_); }

  std::span<const Field> fields_;
  std::string_view name_;
  std::string_view rest_;
};

bool is_same(SelectedField a, SelectedField b) {
  if (a.is_present() != b.is_present()) {
    return false;
  }
  for (;;) {
    std::string_view of_a;
    std::string_view of_b;
    const bool has_a = a.next(of_a);
    if (has_a != b.next(of_b) || of_a != of_b) {
      return false;
    }
    if (!has_a) {
      return true;
    }
  }
}

}  // namespace

bool Vary::matches(std::span<const Field> original, std::span<const Field> presented) const {
  return !is_any && std::ranges::all_of(names, [&](std::string_view name) {
    return is_same(SelectedField(original, name), SelectedField(presented, name));
  });
}

bool Vary::has(std::string_view name) const { return std::ranges::binary_search(names, name); }

Vary parse_vary(std::string_view value) {
  Vary vary;
  std::string_view member;
  while (next_member(value, member)) {
    if (member == "*") {
      vary.is_any = true;
    } else {
      vary.names.push_back(base::lower_case(member));
    }
  }
  std::ranges::sort(vary.names);
  const auto repeated = std::ranges::unique(vary.names);
  vary.names.erase(repeated.begin(), repeated.end());
  return vary;
}

}  // namespace cachewitness::http
