// Console: the terminal or pipe that a person or a pipeline reads. stdout carries the result, stderr
// progress and diagnostics.
#pragma once

#include <string_view>

namespace cachewitness::ports {

class Console {
 public:
  virtual ~Console() = default;
  // False where the reader has gone away or the disk behind it is full.
  virtual bool out(std::string_view text) = 0;
  virtual void err(std::string_view text) = 0;
  [[nodiscard]] virtual bool out_is_terminal() const = 0;
  [[nodiscard]] virtual bool err_is_terminal() const = 0;
  // Columns of the terminal; 100 where it is none.
  [[nodiscard]] virtual int width() const = 0;
};

}  // namespace cachewitness::ports
