#include "evidence/bytes_member.h"

#include <string>

#include "base/base64.h"
#include "base/text.h"

namespace cachewitness::evidence {

void append_bytes(base::JsonWriter& json, std::string_view name, std::string_view bytes) {
  if (base::is_utf8(bytes)) {
    json.member(name, bytes);
  } else {
    json.member(std::string(name) + "_base64", base::base64(bytes));
  }
}

}  // namespace cachewitness::evidence
