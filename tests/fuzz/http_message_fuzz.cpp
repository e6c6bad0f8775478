// Any bytes as a response: parsing never crashes, and how the bytes were cut never shows.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/body_reader.h"
#include "http/head.h"

namespace {

using cachewitness::http::BodyReader;

class Collected : public cachewitness::http::ContentSink {
 public:
  void take(std::string_view content) override { text.append(content); }
  std::string text;
};

std::string outcome(BodyReader reader, std::string_view body, std::size_t pieces) {
  Collected sink;
  while (!body.empty() && !reader.is_complete()) {
    const auto fed = reader.feed(body.substr(0, pieces), sink);
    if (!fed) {
      return std::string(name(fed.error()));
    }
    CW_ASSERT(*fed > 0 && *fed <= body.size());
    body.remove_prefix(*fed);
  }
  return sink.text + (reader.is_complete() ? "|complete|" : "|more|") + std::string(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  cachewitness::http::RequestHead request;
  if (parse_request_head(bytes, {}, request)) {
    CW_ASSERT(request.size <= size);
    if (const auto reader = BodyReader::for_request(request)) {
      CW_ASSERT(outcome(*reader, bytes.substr(request.size), 1) == outcome(*reader, bytes.substr(request.size), size));
    }
  }
  cachewitness::http::ResponseHead response;
  if (parse_response_head(bytes, {}, response)) {
    CW_ASSERT(response.size <= size && response.status >= 100 && response.status <= 999);
    if (const auto reader = BodyReader::for_response(response, false)) {
      CW_ASSERT(outcome(*reader, bytes.substr(response.size), 1) ==
                outcome(*reader, bytes.substr(response.size), size));
    }
  }
  return 0;
}
