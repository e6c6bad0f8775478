#include "purge/hosted.h"

namespace cachewitness::purge {

std::vector<Provider> hosted_providers() {
  return {cloudflare(), fastly(), cloudfront(), akamai(), google_cloud_cdn(), google_media_cdn(), azure_front_door(),
          bunny(),      keycdn(), gcore(),      cdn77(),  vercel(),           netlify()};
}

}  // namespace cachewitness::purge
