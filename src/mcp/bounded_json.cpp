#include "mcp/bounded_json.h"

#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cachewitness::mcp {

namespace {

namespace json = boost::json;

// Lists deeper than this belong to one finding.
constexpr int deepest_list = 3;
constexpr std::size_t shortest_list = 2;  // to be cut

struct List {
  std::string path;
  json::array* items = nullptr;
  std::size_t bytes = 0;
};

void find_lists(json::value& value, const std::string& path, int depth, std::vector<List>& lists) {
  if (json::array* const array = value.if_array(); array != nullptr && array->size() >= shortest_list) {
    lists.push_back({path, array, json::serialize(*array).size()});
  }
  json::object* const object = depth < deepest_list ? value.if_object() : nullptr;
  if (object == nullptr) {
    return;
  }
  for (auto& member : *object) {
    const std::string name(member.key());
    find_lists(member.value(), path.empty() ? name : path + "." + name, depth + 1, lists);
  }
}

}  // namespace

std::string bounded_json(std::string_view object, std::size_t limit) {
  boost::system::error_code error;
  json::value value = json::parse(object, error);
  if (error || !value.is_object()) {
    return {};
  }
  std::map<std::string, std::size_t> whole;
  std::string text = json::serialize(value);
  while (text.size() > limit) {
    std::vector<List> lists;
    value.get_object().erase("truncated");
    find_lists(value, {}, 0, lists);
    const auto longest = std::ranges::max_element(lists, {}, &List::bytes);
    if (longest == lists.end()) {
      break;
    }
    whole.try_emplace(longest->path, longest->items->size());
    longest->items->resize(longest->items->size() / 2);
    json::object& truncated = value.get_object()["truncated"].emplace_object();
    for (const auto& [path, length] : whole) {
      truncated[path] = length;
    }
    text = json::serialize(value);
  }
  return text;
}

}  // namespace cachewitness::mcp
