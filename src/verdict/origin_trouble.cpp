#include "verdict/origin_trouble.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::verdict {

namespace {

constexpr std::size_t shown_evidence = 3;

std::string words_for(const Sighting& silent) {
  return silent.is_answer() ? fmt::format("answers {}", silent.status)
                            : fmt::format("unreachable: {}", base::name(silent.cause));
}

}  // namespace

void OriginTroubles::add(const Dossier& dossier) {
  for (std::uint32_t i = 0; i < dossier.variants(); ++i) {
    add(dossier.truth(evidence::VariantId{i}), dossier.notebook());
  }
}

void OriginTroubles::add(const Truth& truth, const Notebook& notebook) {
  for (const Sighting* replica : truth.silent) {
    add(*replica, words_for(*replica), notebook);
  }
  for (const Sighting* replica : truth.lagging) {
    add(*replica,
        truth.source == Truth::Source::expectation ? "does not serve the expected version"
                                                   : "still serves the old version",
        notebook);
  }
  if (truth.is_divided) {
    for (const Sighting* replica : truth.current) {
      add(*replica, "serves another version than the other replicas", notebook);
    }
  }
}

void OriginTroubles::add(const Sighting& replica, const std::string& what, const Notebook& notebook) {
  const std::string& url = roster_.replicas.at(replica.replica.index()).url;
  OriginTrouble& trouble = troubles_[{url, what}];
  trouble.replica = url;
  trouble.what = what;
  ++trouble.cells;
  if (trouble.evidence.empty() || replica.id < std::ranges::min(trouble.evidence)) {
    trouble.url = notebook.url_of(replica);
    trouble.serves = CellView::describe(replica);
  }
  trouble.evidence.push_back(replica.id);
}

std::vector<OriginTrouble> OriginTroubles::take() {
  std::vector<OriginTrouble> out;
  for (auto& [key, trouble] : troubles_) {
    // A few, and the same few whatever the order of arrival.
    std::ranges::sort(trouble.evidence);
    trouble.evidence.resize(std::min(trouble.evidence.size(), shown_evidence));
    out.push_back(std::move(trouble));
  }
  troubles_.clear();
  return out;
}

}  // namespace cachewitness::verdict
