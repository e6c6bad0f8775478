// Trouble at the origin: replicas that gave no answer, or that serve another version than the rest.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "verdict/dossier.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

class OriginTroubles {
 public:
  explicit OriginTroubles(const evidence::Roster& roster) : roster_(roster) {}

  void add(const Dossier& dossier);
  // One entry a replica and kind of trouble, sorted by replica and words.
  [[nodiscard]] std::vector<OriginTrouble> take();

 private:
  void add(const Truth& truth, const Notebook& notebook);
  void add(const Sighting& replica, const std::string& what, const Notebook& notebook);

  const evidence::Roster& roster_;
  std::map<std::pair<std::string, std::string>, OriginTrouble> troubles_;
};

}  // namespace cachewitness::verdict
