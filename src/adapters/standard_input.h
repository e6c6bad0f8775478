// StandardInput: what a client writes to us, until it closes its end or a signal asks us to stop.
#pragma once

#include <array>
#include <cstddef>

#include "ports/files.h"

namespace cachewitness::adapters {

class StandardInput final : public ports::InputFile {
 public:
  // Waits for the next bytes. Empty at the end, and after SIGINT or SIGTERM.
  base::Result<std::string_view> read(std::size_t limit) override;

 private:
  std::array<char, std::size_t{64} << 10> buffer_;
};

}  // namespace cachewitness::adapters
