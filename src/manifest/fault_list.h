// FaultList: every fault of one file, up to a hundred; who has more knows what to look for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace cachewitness::manifest {

class FaultList {
 public:
  static constexpr std::size_t most = 100;

  explicit FaultList(std::string file) : file_(std::move(file)) {}

  // Line and column count from 1; 0 = unknown.
  void add(base::ErrorId id, std::string message, std::uint32_t line, std::uint32_t column = 1);
  [[nodiscard]] bool is_full() const { return errors_.size() > most; }
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] const std::string& file() const { return file_; }
  // In the order of the file. The list is empty afterwards.
  [[nodiscard]] base::Errors take();

 private:
  std::string file_;
  base::Errors errors_;
};

// `; did you mean "x"?`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& known);

}  // namespace cachewitness::manifest
