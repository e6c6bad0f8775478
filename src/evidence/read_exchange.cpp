#include "evidence/read_exchange.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evidence/json_object.h"
#include "evidence/leak_codec.h"

namespace cachewitness::evidence {

namespace {

void read_body(const JsonObject& object, Body& body) {
  body.wire_bytes = object.count<std::uint64_t>("wire_bytes");
  body.decoded_bytes = object.count<std::uint64_t>("decoded_bytes");
  body.sha256 = object.digest_if_present("sha256");
  const std::size_t mostly_there = body.sha256 ? 3 : 2;
  const bool has_more = object.size() > mostly_there;
  body.masked_bytes = has_more && object.has("masked_bytes") ? object.count<std::uint64_t>("masked_bytes") : 0;
  body.decode_error = has_more ? object.bytes_if_present("decode_error") : std::string();
  body.marks = has_more && object.has("marks") ? read_marks(object) : std::vector<BodyMark>();
}

}  // namespace

void read_path(const JsonObject& object, Path& path) {
  path.connection = object.count<std::uint64_t>("connection");
  path.exchange = object.count<std::uint32_t>("exchange");
  object.read_bytes("remote", path.remote);
  path.local_port = object.count<std::uint16_t>("local_port");
  constexpr std::size_t always_there = 4;
  const bool has_more = object.size() > always_there;
  path.tls_version = has_more ? object.bytes_if_present("tls_version") : std::string();
  path.certificate_sha256 = has_more ? object.bytes_if_present("certificate_sha256") : std::string();
  path.shared_name = has_more ? object.bytes_if_present("shared_name") : std::string();
  path.detour = has_more ? object.bytes_if_present("detour") : std::string();
}

void read_response(const JsonObject& line, Response& response) {
  response.status = line.count<std::uint16_t>("status");
  if (response.status < 100 || response.status > 999) {  // RFC 9112 section 4: three digits
    line.fault("status", "a whole number from 100 to 999");
  }
  read_body(line.object("body"), response.body);
  line.read_bytes("head", response.head);
}

base::Failure read_failure(const JsonObject& object) {
  base::Failure failure;
  if (!base::parse_name(object.word("stage"), failure.stage)) {
    object.fault("stage", "a stage of an exchange, such as connect");
  }
  if (!base::parse_name(object.word("cause"), failure.cause)) {
    object.fault("cause", "a cause of a failure, such as timeout");
  }
  failure.detail = object.bytes("detail");
  return failure;
}

}  // namespace cachewitness::evidence
