// Recorded heads, one after the other (cut at 0xFE): a reader that remembers the head before finds what one without
// a memory finds, and the wire's parser takes no more than the record's.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/head.h"
#include "verdict/head_reader.h"

namespace {

namespace http = cachewitness::http;
using cachewitness::verdict::FieldNames;
using cachewitness::verdict::HeadReader;

constexpr std::string_view read_names[] = {"etag", "age", "date", "x-cache"};

void check(HeadReader& reader, std::string_view bytes) {
  static_cast<void>(reader.read(bytes));
  constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
  http::ResponseHead head;
  const bool is_recorded = http::parse_recorded_head(bytes, {any, any, any}, head).has_value();
  for (std::size_t i = 0; i < std::size(read_names); ++i) {
    std::string joined;
    const bool is_there = head.join(read_names[i], joined) > 0;
    CW_ASSERT(reader.value(i) == (is_there ? std::optional<std::string_view>(joined) : std::nullopt));
  }
  http::ResponseHead wire;
  const bool is_on_wire = http::parse_response_head(bytes, {any, any, any}, wire).has_value();
  CW_ASSERT(is_on_wire == (is_recorded && bytes.starts_with("HTTP/1.")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  FieldNames names;
  for (const std::string_view name : read_names) {
    names.add(name, 1);
  }
  HeadReader reader(names);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\xFE');
    check(reader, rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return 0;
}
