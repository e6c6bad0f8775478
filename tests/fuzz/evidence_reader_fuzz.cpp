// Any bytes as an evidence file: no crash, and what is accepted can be written and read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/assert.h"
#include "evidence/codec.h"

namespace {

using namespace cachewitness;

std::string encode(const evidence::Reader::Line& line, const evidence::Roster& roster) {
  std::string out;
  if (const auto* header = std::get_if<evidence::RunHeader>(&line)) {
    evidence::append_header_line(*header, roster, out);
  } else if (const auto* seen = std::get_if<evidence::Evidence>(&line)) {
    evidence::append_evidence_line(*seen, roster, out);
  } else if (const auto* round = std::get_if<evidence::Round>(&line)) {
    evidence::append_round_line(*round, out);
  } else {
    evidence::append_footer_line(std::get<evidence::RunFooter>(line), out);
  }
  out.pop_back();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  evidence::Reader reader;
  evidence::Reader second;
  while (!rest.empty()) {
    const std::size_t line_feed = rest.find('\n');
    const auto line = reader.read(rest.substr(0, line_feed));
    if (line) {
      const std::string written = encode(*line, reader.roster());
      const auto again = second.read(written);
      CW_ASSERT(again);
      CW_ASSERT(encode(*again, second.roster()) == written);
    }
    rest.remove_prefix(line_feed == std::string_view::npos ? rest.size() : line_feed + 1);
  }
  return 0;
}
