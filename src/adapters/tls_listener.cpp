#include "adapters/tls_listener.h"

#include <utility>

#include "adapters/tls_stream.h"
#include "base/assert.h"

namespace cachewitness::adapters {

ports::ConnectionEvents* TlsListener::on_accept(std::unique_ptr<ports::Connection> connection,
                                                const ports::PeerInfo& peer) {
  auto stream = std::make_unique<TlsStream>(network_, context_);
  stream->open_server();
  stream->attach(std::move(connection));
  TlsStream& kept = *stream;
  const Liveness::Watch alive(kept.liveness());
  ports::ConnectionEvents* const events = events_.on_accept(std::move(stream), peer);
  // The owner may have dropped the stream, and even this listener: no member is touched from here on.
  if (alive.is_gone()) {
    return nullptr;
  }
  CW_ASSERT(events != nullptr);
  kept.start(*events);
  return &kept;
}

}  // namespace cachewitness::adapters
