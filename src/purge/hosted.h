// Providers with an API of their own.
#pragma once

#include <vector>

#include "purge/provider.h"

namespace cachewitness::purge {

[[nodiscard]] Provider cloudflare();
[[nodiscard]] Provider fastly();
[[nodiscard]] Provider cloudfront();
[[nodiscard]] Provider akamai();
[[nodiscard]] Provider google_cloud_cdn();
[[nodiscard]] Provider google_media_cdn();
[[nodiscard]] Provider azure_front_door();
[[nodiscard]] Provider bunny();
[[nodiscard]] Provider keycdn();
[[nodiscard]] Provider gcore();
[[nodiscard]] Provider cdn77();
[[nodiscard]] Provider vercel();
[[nodiscard]] Provider netlify();

[[nodiscard]] std::vector<Provider> hosted_providers();

}  // namespace cachewitness::purge
