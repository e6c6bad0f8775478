#include "app/cached_urls.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "manifest/url_parts.h"

namespace cachewitness::app {

namespace {

using PieceKind = manifest::UrlTemplate::Piece::Kind;

constexpr std::size_t most_permuted = 3;  // six orders

std::vector<std::string_view> parameters_of(std::string_view query) {
  std::vector<std::string_view> parameters;
  while (true) {
    const std::size_t end = query.find('&');
    parameters.push_back(query.substr(0, end));
    if (end == std::string_view::npos) {
      return parameters;
    }
    query.remove_prefix(end + 1);
  }
}

std::string joined(std::string_view path, const std::vector<std::string_view>& parameters) {
  std::string url(path);
  for (const std::string_view parameter : parameters) {
    url += url.size() == path.size() ? '?' : '&';
    url += parameter;
  }
  return url;
}

// Not every tenant has an alias.
bool has_every_attribute(const manifest::UrlTemplate& pattern, const manifest::TenantTable& tenants,
                         evidence::TenantId tenant) {
  return std::ranges::all_of(pattern.pieces(), [&](const manifest::UrlTemplate::Piece& piece) {
    return piece.kind != PieceKind::tenant || !tenants.attribute(tenant, piece.text).empty();
  });
}

void add(std::string url, const std::string& own, std::vector<std::string>& urls) {
  if (url != own && std::ranges::find(urls, url) == urls.end()) {
    urls.push_back(std::move(url));
  }
}

}  // namespace

std::vector<std::string> other_query_orders(const std::string& url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string::npos) {
    return {};
  }
  const std::string_view path = std::string_view(url).substr(0, mark);
  std::vector<std::string_view> parameters = parameters_of(std::string_view(url).substr(mark + 1));
  std::vector<std::string> urls;
  std::ranges::stable_sort(parameters);
  add(joined(path, parameters), url, urls);
  while (parameters.size() <= most_permuted && std::next_permutation(parameters.begin(), parameters.end())) {
    add(joined(path, parameters), url, urls);
  }
  return urls;
}

CachedUrls cached_urls(const plan::Plan& plan, const plan::Lane& lane, const evidence::Cell& cell,
                       const purge::CacheKey& key) {
  const manifest::Manifest& manifest = plan.manifest();
  CachedUrls out;
  plan::Request request;
  plan.render(lane, cell, request);
  out.url = request.url;
  for (const manifest::UrlTemplate& alias : manifest.environments[lane.environment].purge->aliases) {
    if (has_every_attribute(alias, manifest.tenants, cell.tenant)) {
      std::string url = plan.render(alias, lane, cell);
      if (manifest::split_url(url)) {
        add(std::move(url), out.url, out.aliases);
      }
    }
  }
  if (key.query == purge::CacheKey::Query::kept) {
    out.orders = other_query_orders(out.url);
    for (const std::string& alias : out.aliases) {
      std::ranges::copy(other_query_orders(alias), std::back_inserter(out.orders));
    }
  }
  return out;
}

}  // namespace cachewitness::app
