// PosixConsole: the process's own stdout and stderr.
#pragma once

#include <optional>

#include "base/error.h"
#include "ports/console.h"

namespace cachewitness::adapters {

class PosixConsole final : public ports::Console {
 public:
  bool out(std::string_view text) override;
  void err(std::string_view text) override;
  [[nodiscard]] bool out_is_terminal() const override;
  [[nodiscard]] bool err_is_terminal() const override;
  [[nodiscard]] int width() const override;
  // The first text that did not reach stdout, and why: `unwritable-file`.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

 private:
  std::optional<base::Error> failure_;
};

}  // namespace cachewitness::adapters
