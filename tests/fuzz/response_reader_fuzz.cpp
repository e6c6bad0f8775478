// Any bytes through the reader of responses: it never crashes, never grows without bound, is never both whole and
// failed, and gives the same outcome however the bytes were cut. The first byte says how they are cut and
// whether the peer closes at the end.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "probe/response_reader.h"

namespace {

using cachewitness::probe::ResponseReader;

cachewitness::probe::SessionLimits small_limits() {
  cachewitness::probe::SessionLimits limits;
  limits.head = {.head_bytes = 2048, .fields = 20, .value_bytes = 512};
  limits.body.max_bytes = std::size_t{64} << 10;
  return limits;
}

std::string outcome(ResponseReader& reader, std::string_view bytes, std::size_t pieces, bool closes) {
  reader.start();
  std::size_t left = bytes.size();
  while (left > 0) {
    const std::string_view piece = bytes.substr(bytes.size() - left, pieces);
    const std::size_t taken = reader.receive(piece);
    CW_ASSERT(taken <= piece.size());
    left -= taken;
    if (taken < piece.size()) {
      break;
    }
  }
  if (closes) {
    reader.receive_end();
  }
  switch (reader.state()) {
    case ResponseReader::State::complete: {
      cachewitness::evidence::Response response;
      reader.write_response(response);
      CW_ASSERT(response.status >= 200 && response.head.ends_with("\r\n\r\n"));
      CW_ASSERT(response.body.sha256.has_value() == response.body.decode_error.empty());
      // A broken coding may give up with or without the output of its last block: which fault is named first
      // may depend on the cut, that there is one may not.
      return response.body.sha256 ? response.head + response.body.sha256->hex() : "unusable body";
    }
    case ResponseReader::State::failed:
      CW_ASSERT(!reader.failure().detail.empty());
      if (reader.failure().detail.starts_with("decoded body")) {
        return "unusable body";
      }
      return std::string(name(reader.failure().stage)) + "/" + std::string(name(reader.failure().cause));
    default:
      CW_ASSERT(!closes);
      return "going on";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  static ResponseReader reader(small_limits());  // one for all inputs: nothing of one may reach the next
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool closes = (data[0] & 1) != 0;
  const std::size_t pieces = 1 + (data[0] >> 1);
  CW_ASSERT(outcome(reader, bytes, pieces, closes) == outcome(reader, bytes, bytes.size() + 1, closes));
  return 0;
}
