// Plainness: whether a dossier needs no second look, see Books::Plain. Fed with each of its cells.
#pragma once

#include "verdict/books.h"
#include "verdict/decide.h"

namespace cachewitness::verdict {

class Plainness {
 public:
  explicit Plainness(const Dossier& dossier);

  void add(const CellView& view, const Decision& decision);
  // A cell that some rule fires for.
  void add_not_fresh() { is_plain_ = false; }
  [[nodiscard]] Books::Plain value() const;

 private:
  bool is_plain_ = true;
  Grade grade_ = Grade::none;  // of the cells so far
};

}  // namespace cachewitness::verdict
