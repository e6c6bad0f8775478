// Comparer: takes evidence of several environments in any order and compares what their edges do, tenant by
// tenant, asset by asset, variant by variant. Regions and edges need not correspond: what is compared is the
// set of behaviours that an environment shows. Keeps 8 bytes a cell and every behaviour once.
#pragma once

#include <cstdint>
#include <memory>

#include "evidence/evidence.h"
#include "evidence/run_header.h"
#include "parity/comparison.h"

namespace cachewitness::parity {

class Comparer final : public evidence::EvidenceSink {
 public:
  // Requires: `header` and `roster` outlive it (the roster may grow meanwhile).
  Comparer(const evidence::RunHeader& header, const evidence::Roster& roster);
  ~Comparer() override;
  Comparer(const Comparer&) = delete;
  Comparer& operator=(const Comparer&) = delete;

  // What is no answer of an edge, and what we cancelled ourselves, is passed over.
  void take(const evidence::Evidence& evidence) override;
  [[nodiscard]] Comparison finish(const evidence::RunFooter& footer) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cachewitness::parity
