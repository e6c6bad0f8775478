// Pieces that several providers build their requests of and read their answers by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::purge {

// Percent-encodes all but unreserved characters (RFC 3986 2.3) and those of `kept`.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view kept = {});

// "https://host/a?b" in two. A text without a scheme is a path.
struct Place {
  std::string_view scheme;
  std::string_view host;    // with its port
  std::string_view target;  // path and query, "/" where there is none
};
[[nodiscard]] Place place_of(std::string_view url);
[[nodiscard]] std::string_view path_of(std::string_view url);  // without the query

// `api` of the manifest, or the vendor's own, without a slash at the end.
[[nodiscard]] std::string api_base(const manifest::PurgeSettings& settings, std::string_view vendors);
[[nodiscard]] std::string option(const manifest::PurgeSettings& settings, std::string_view name,
                                 std::string_view otherwise = {});

// Each item as `form` shows it; what looks the same is said once.
[[nodiscard]] std::vector<std::string> forms_of(const std::vector<Item>& items, std::string (*form)(const Item&));
// {"name":["a","b"]}.
[[nodiscard]] std::string json_list_body(std::string_view name, const std::vector<Item>& items,
                                         std::string (*form)(const Item&));
[[nodiscard]] Request json_request(std::string method, std::string url, std::string body);

// The scalar at a JSON pointer (RFC 6901) as text, a string without its quotes; empty where there is none.
[[nodiscard]] std::string json_at(std::string_view body, std::string_view pointer);
// The strings of the list at a JSON pointer.
[[nodiscard]] std::vector<std::string> json_strings(std::string_view body, std::string_view pointer);

[[nodiscard]] Answer accepted(std::string id = {});
// A success without what the provider always says, such as a page of a gateway on the way: nobody knows.
[[nodiscard]] Answer not_the_providers(const Response& response);
[[nodiscard]] bool is_success(const Response& response);
// 2xx is an acceptance whose id is at `id_pointer`; otherwise a failure whose reason is at `reason_pointer`.
[[nodiscard]] Answer read_plain(const Response& response, std::string_view id_pointer, std::string_view reason_pointer);
// The value of a field of the head; empty where there is none.
[[nodiscard]] std::string field_of(const Response& response, std::string_view name);

}  // namespace cachewitness::purge
