// Structured Fields: what the parser accepts must read back whole, and must not depend on who reads it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "http/structured_field.h"

namespace {

using namespace cachewitness;

std::size_t read(const http::BareItem& value) {
  const std::string text = value.text();
  CW_ASSERT(value.kind != http::BareItem::Kind::display_string || base::is_utf8(text));
  return text.size();
}

std::size_t read(http::Parameters parameters, std::string_view whole) {
  std::size_t bytes = 0;
  std::string_view key;
  http::BareItem value;
  const http::Parameters all = parameters;
  while (parameters.next(key, value)) {
    CW_ASSERT(!key.empty() && all.find(key));
    CW_ASSERT(whole.data() <= key.data() && key.data() + key.size() <= whole.data() + whole.size());
    bytes += key.size() + read(value);
  }
  CW_ASSERT(parameters.is_empty());
  return bytes;
}

std::size_t read(http::StructuredMember member, std::string_view whole) {
  std::size_t bytes = read(member.item.parameters, whole);
  http::StructuredItem item;
  while (member.inner.next(item)) {
    bytes += read(item.value) + read(item.parameters, whole);
  }
  return bytes + (member.is_inner_list ? 0 : read(member.item.value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto item = http::parse_structured_item(text);
  if (item) {
    CW_ASSERT(read(item->value) + read(item->parameters, text) <= size);
    CW_ASSERT(http::parse_structured_list(text));  // 4.2.1: an item is a list of one
  }
  http::StructuredMember member;
  std::size_t bytes = 0;
  if (auto list = http::parse_structured_list(text)) {
    while (list->next(member)) {
      bytes += read(member, text);
    }
    CW_ASSERT(bytes <= size);
  }
  bytes = 0;
  if (auto dictionary = http::parse_structured_dictionary(text)) {
    const http::StructuredDictionary all = *dictionary;
    while (dictionary->next(member)) {
      CW_ASSERT(all.find(member.key));
      bytes += member.key.size() + read(member, text);
    }
    CW_ASSERT(bytes <= size);
  }
  if (const auto lenient = http::parse_lenient_item(text)) {
    CW_ASSERT(read(lenient->value) + read(lenient->parameters, text) <= size);
  }
  return 0;
}
