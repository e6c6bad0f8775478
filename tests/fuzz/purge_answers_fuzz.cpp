// Any bytes as what a provider or a cache answers: no crash, no answer of which nobody can tell what it means, and no
// command to a Varnish that did not let us in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/sha256.h"
#include "base/assert.h"
#include "purge/htcp.h"
#include "purge/oauth.h"
#include "purge/provider.h"
#include "purge/varnish_cli_session.h"

namespace {

using namespace cachewitness;

void read_as_every_provider(std::string_view bytes, int status) {
  purge::Call call{1, purge::Kind::tag, false, {{"a", {}}, {"b", {}}}, {}, "key"};
  const std::size_t end = bytes.find("\n\n");
  const purge::Response response{status, std::string(bytes.substr(0, end)),
                                 std::string(end == std::string_view::npos ? bytes : bytes.substr(end))};
  manifest::PurgeSettings settings;
  for (const purge::Provider& provider : purge::providers()) {
    const purge::Answer answer = provider.read(call, response);
    CW_ASSERT(status < 400 || answer.outcome != purge::Answer::Outcome::completed);
    if (provider.read_state != nullptr) {
      (void)provider.read_state(settings, call, response);
    }
  }
  const auto token = purge::read_token(response);
  CW_ASSERT(!token || !token->expose().empty());
}

void talk_as_varnish(std::string_view bytes) {
  purge::VarnishCliSession session("ban x", base::Secret("s"), adapters::sha256);
  std::string sent;
  while (!bytes.empty() && !session.response()) {
    const std::size_t piece = 1 + static_cast<unsigned char>(bytes.front()) % 16;
    if (!session.take(bytes.substr(0, piece), sent)) {
      break;
    }
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  CW_ASSERT(session.is_sent() == (sent.find("ban x\n") != std::string::npos));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 201, 202, 404, 429, 500}) {
    read_as_every_provider(bytes, status);
  }
  talk_as_varnish(bytes);
  (void)purge::decode_htcp_answer(bytes, 1);
  return 0;
}
