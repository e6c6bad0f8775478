// Interrupts: whether someone asked us to stop (Ctrl-C, a pipeline's TERM).
#pragma once

#include <optional>

namespace cachewitness::ports {

class Interrupts {
 public:
  virtual ~Interrupts() = default;
  // The signal's number, once one has come.
  [[nodiscard]] virtual std::optional<int> pending() const = 0;
};

}  // namespace cachewitness::ports
