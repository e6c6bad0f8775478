// Pieces that several providers build their requests of and read their answers by.
#pragma once

#include <initializer_list>
#include <optional>
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

// A number that the manifest gives; `otherwise` where it gives none.
[[nodiscard]] double number(const manifest::PurgeSettings& settings, std::string_view name, double otherwise = 0);

// The words of `kinds`, such as "url,tag"; `otherwise` where the manifest names none.
[[nodiscard]] std::vector<Kind> kinds_of(const manifest::PurgeSettings& settings, std::string_view otherwise);

// How an item is named: as it is, by its path and query, by its path, by its path and a "*", by its path as a folder
// and a "*", by all but its scheme.
[[nodiscard]] std::string plain(const Item& item);
[[nodiscard]] std::string target_form(const Item& item);
[[nodiscard]] std::string path_form(const Item& item);
[[nodiscard]] std::string wildcard_form(const Item& item);
[[nodiscard]] std::string folder_form(const Item& item);
[[nodiscard]] std::string host_and_target_form(const Item& item);
[[nodiscard]] std::string joined(const std::vector<Item>& items, std::string_view separator);
// Each item as `form` shows it; what looks the same is said once.
[[nodiscard]] std::vector<std::string> forms_of(const std::vector<Item>& items, std::string (*form)(const Item&));
// {"name":["a","b"]}.
[[nodiscard]] std::string json_list_body(std::string_view name, const std::vector<Item>& items,
                                         std::string (*form)(const Item&));
// {"name":"text"}.
[[nodiscard]] std::string json_text_body(std::string_view name, std::string_view text);
[[nodiscard]] Request json_request(std::string method, std::string url, std::string body);

// The scalar at a JSON pointer (RFC 6901) as text, a string without its quotes; empty where there is none.
[[nodiscard]] std::string json_at(std::string_view body, std::string_view pointer);
// The strings of the list at a JSON pointer.
[[nodiscard]] std::vector<std::string> json_strings(std::string_view body, std::string_view pointer);

[[nodiscard]] Answer accepted(std::string id = {});
// What is not there needs no purge.
[[nodiscard]] Answer not_cached();
// A success without what the provider always says, such as a page of a gateway on the way: nobody knows.
[[nodiscard]] Answer not_the_providers(const Response& response);
[[nodiscard]] bool is_success(const Response& response);
// 2xx is an acceptance whose id is at `id_pointer`; otherwise a failure whose reason is at `reason_pointer`.
[[nodiscard]] Answer read_plain(const Response& response, std::string_view id_pointer, std::string_view reason_pointer);
// Of a cache that is asked by itself: 2xx is an acceptance, and `absent` are the statuses by which it says that there
// was nothing to purge. Where the call's URL is fetched once it was purged, a purge that was taken is pending until
// then.
[[nodiscard]] Answer read_node(const Call& call, const Response& response, std::initializer_list<int> absent);
// That fetch, as a visitor makes it, and its end.
[[nodiscard]] Request fetch_url(const manifest::PurgeSettings& settings, const Call& call, const std::string& id);
[[nodiscard]] Answer read_fetch(const manifest::PurgeSettings& settings, const Call& call, const Response& response);
// Retry-After (RFC 9110 10.2.3). A date is held against the answer's own Date, so that no clock of ours matters;
// without one it says nothing.
[[nodiscard]] std::optional<base::Duration> retry_after_of(const Response& response);
// The value of a field of the head; empty where there is none.
[[nodiscard]] std::string field_of(const Response& response, std::string_view name);

}  // namespace cachewitness::purge
