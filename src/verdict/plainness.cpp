#include "verdict/plainness.h"

namespace cachewitness::verdict {

Plainness::Plainness(const Dossier& dossier) {
  for (std::uint32_t i = 0; i < dossier.variants(); ++i) {
    const Truth& truth = dossier.truth(evidence::VariantId{i});
    is_plain_ = is_plain_ && truth.silent.empty() && truth.lagging.empty() && !truth.is_divided;
  }
}

void Plainness::add(const CellView& view, const Decision& decision) {
  const bool is_first = grade_ == Grade::none;
  is_plain_ = is_plain_ && decision.rule == nullptr && view.servers <= 1 && (is_first || decision.grade == grade_);
  grade_ = decision.grade;
}

Books::Plain Plainness::value() const {
  if (!is_plain_) {
    return Books::Plain::no;
  }
  return grade_ == Grade::proven ? Books::Plain::proven : Books::Plain::consistent;
}

}  // namespace cachewitness::verdict
