// A compressed evidence file may come from anybody: whatever it holds, reading it ends, stays within its
// limit and gives an Error at worst.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/zstd_input.h"
#include "base/assert.h"

namespace cachewitness {

namespace {

class MemoryInput final : public ports::InputFile {
 public:
  explicit MemoryInput(std::string_view bytes) : rest_(bytes) {}
  base::Result<std::string_view> read(std::size_t limit) override {
    const std::string_view piece = rest_.substr(0, limit);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
};

}  // namespace

}  // namespace cachewitness

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t piece_bytes = 1000;
  constexpr std::size_t max_total_bytes = std::size_t{1} << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  cachewitness::adapters::ZstdInput input("fuzz.zst", std::make_unique<cachewitness::MemoryInput>(bytes));
  std::size_t total = 0;
  while (total < max_total_bytes) {
    const auto piece = input.read(piece_bytes);
    if (!piece || piece->empty()) {
      break;
    }
    CW_ASSERT(piece->size() <= piece_bytes);
    total += piece->size();
  }
  return 0;
}
