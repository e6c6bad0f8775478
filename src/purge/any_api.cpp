#include "purge/any_api.h"

#include <algorithm>
#include <string>
#include <vector>

#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

using Settings = manifest::PurgeSettings;

std::vector<Ability> abilities(const Settings& settings) {
  const bool is_soft = option(settings, "soft") == "true";
  const bool has_list = option(settings, "body").find("{items}") != std::string::npos;
  const double batch = has_list ? number(settings, "batch", 1) : 1;
  std::vector<Ability> all;
  for (const Kind kind : kinds_of(settings, "url")) {
    all.push_back({.kind = kind,
                   .has_hard = !is_soft,
                   .has_soft = is_soft,
                   .most_items = static_cast<std::size_t>(std::max(batch, 1.0))});
  }
  return all;
}

void replace_all(std::string& text, std::string_view reference, std::string_view value) {
  for (std::size_t at = text.find(reference); at != std::string::npos; at = text.find(reference, at + value.size())) {
    text.replace(at, reference.size(), value);
  }
}

std::string filled(std::string pattern, const Call& call) {
  const std::string& item = call.items.front().text;
  const bool is_url = call.kind == Kind::url || call.kind == Kind::prefix;
  const Place place = is_url ? place_of(item) : Place{};
  std::string list = json_list_body("x", call.items, plain);
  list = list.substr(5, list.size() - 6);  // {"x":[...]}
  replace_all(pattern, "{items}", list);
  replace_all(pattern, "{kind}", name(call.kind));
  replace_all(pattern, "{scheme}", place.scheme);
  replace_all(pattern, "{host}", is_url ? place.host : std::string_view(item));
  replace_all(pattern, "{path}", place.target);
  replace_all(pattern, "{item}", percent_encoded(item));
  replace_all(pattern, "{url}", item);
  return pattern;
}

Request write(const Settings& settings, const Call& call) {
  return {option(settings, "method", "POST"),
          filled(option(settings, "url"), call),
          {},
          filled(option(settings, "body"), call),
          {}};
}

Answer read(const Call&, const Response& response) { return read_plain(response, "/none", "/none"); }

}  // namespace

Provider any_api() { return {.name = "http", .abilities = abilities, .write = write, .read = read}; }

}  // namespace cachewitness::purge
