// PosixConsole: the process's own stdout and stderr.
#pragma once

#include "ports/console.h"

namespace cachewitness::adapters {

class PosixConsole final : public ports::Console {
 public:
  bool out(std::string_view text) override;
  void err(std::string_view text) override;
  [[nodiscard]] bool out_is_terminal() const override;
  [[nodiscard]] bool err_is_terminal() const override;
  [[nodiscard]] int width() const override;
};

}  // namespace cachewitness::adapters
