// Any bytes as a check's answer: no crash, and no pass without the word.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "evidence/check_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cachewitness;
  const std::string_view output(reinterpret_cast<const char*>(data), size);
  const evidence::CheckOutcome outcome = evidence::parse_check_answer(manifest::Check::Answer::json, {}, output);
  CW_ASSERT(outcome.status == evidence::CheckOutcome::Status::fail || output.find("status") != std::string_view::npos ||
            output.find("\\u") != std::string_view::npos);
  CW_ASSERT(outcome.findings.size() <= evidence::max_check_findings);
  return 0;
}
