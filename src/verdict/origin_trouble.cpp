#include "verdict/origin_trouble.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::verdict {

namespace {

constexpr std::size_t shown_evidence = 3;

class Collection {
 public:
  explicit Collection(const Books& books) : books_(books) {}

  void add(const Sighting& replica, const std::string& what) {
    const std::string& url = books_.roster().replicas.at(replica.replica.index()).url;
    OriginTrouble& trouble = troubles_[{url, what}];
    trouble.replica = url;
    trouble.what = what;
    ++trouble.cells;
    trouble.evidence.push_back(replica.id);
  }

  std::vector<OriginTrouble> take() {
    std::vector<OriginTrouble> out;
    for (auto& [key, trouble] : troubles_) {
      // A few, and the same few whatever the order of arrival.
      std::ranges::sort(trouble.evidence);
      trouble.evidence.resize(std::min(trouble.evidence.size(), shown_evidence));
      out.push_back(std::move(trouble));
    }
    return out;
  }

 private:
  const Books& books_;
  std::map<std::pair<std::string, std::string>, OriginTrouble> troubles_;
};

std::string words_for(const Sighting& silent) {
  return silent.is_answer() ? fmt::format("answers {}", silent.status)
                            : fmt::format("unreachable: {}", base::name(silent.cause));
}

// Any edge's memory of the old version tells which replicas lag behind.
const Sighting* telling_baseline(const Books::TruthAnswers& answers) {
  for (const Sighting* baseline : answers.baselines) {
    const Truth truth = resolve_truth(answers.expected, answers.replicas, baseline);
    if (!truth.is_divided && !truth.lagging.empty()) {
      return baseline;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<OriginTrouble> find_origin_trouble(const Books& books) {
  Collection collection(books);
  books.for_each_troubled_truth([&](const Books::TruthAnswers& answers) {
    const Truth truth = resolve_truth(answers.expected, answers.replicas, telling_baseline(answers));
    for (const Sighting* replica : truth.silent) {
      collection.add(*replica, words_for(*replica));
    }
    for (const Sighting* replica : truth.lagging) {
      collection.add(*replica, truth.source == Truth::Source::expectation ? "does not serve the expected version"
                                                                          : "still serves the old version");
    }
    if (truth.is_divided) {
      for (const Sighting* replica : truth.current) {
        collection.add(*replica, "serves another version than the other replicas");
      }
    }
  });
  return collection.take();
}

}  // namespace cachewitness::verdict
