#include "http/url_host.h"

#include <cstddef>

namespace cachewitness::http {

std::string_view url_authority(std::string_view url) {
  constexpr std::string_view slashes = "://";
  const std::size_t scheme = url.find(slashes);
  const std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + slashes.size());
  return rest.substr(0, rest.find_first_of("/?#"));
}

std::string_view url_host(std::string_view url) {
  const std::string_view authority = url_authority(url);
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return has_port ? authority.substr(0, colon) : authority;
}

}  // namespace cachewitness::http
