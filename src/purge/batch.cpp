#include "purge/batch.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

// Quotes, comma and the room that a body has around its list.
constexpr std::size_t bytes_around_item = 4;
constexpr std::size_t bytes_around_list = 100;

std::string uuid_of(std::string_view text, base::Digest (*sha256)(std::string_view)) {
  std::string bytes(sha256(text).raw().substr(0, 16));
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x80U);  // version 8: our own making
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
  const std::string hex = base::hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

std::vector<Item> without_duplicates(const std::vector<Item>& items) {
  std::set<std::string> seen;
  std::vector<Item> out;
  for (const Item& item : items) {
    std::string identity = item.text;
    for (const Header& header : item.headers) {
      identity += fmt::format("\n{}: {}", base::lower_case(header.name), header.value);
    }
    if (seen.insert(std::move(identity)).second) {
      out.push_back(item);
    }
  }
  return out;
}

std::size_t bytes_of(const Item& item) {
  std::size_t bytes = item.text.size() + bytes_around_item;
  for (const Header& header : item.headers) {
    bytes += header.name.size() + header.value.size() + 2 * bytes_around_item;
  }
  return bytes;
}

class Batcher {
 public:
  Batcher(const Provider& provider, const Ability& ability, const Order& order)
      : is_by_path_(provider.is_by_path && (order.kind == Kind::url || order.kind == Kind::prefix)),
        ability_(ability),
        order_(order) {}

  // Items of one call, in the order's order.
  std::vector<std::vector<Item>> batches() {
    for (const Item& item : without_duplicates(order_.items)) {
      add(item);
    }
    return std::move(done_);
  }

 private:
  struct Open {
    std::size_t index = 0;
    std::size_t items = 0;
    std::size_t bytes = bytes_around_list;
  };

  void add(const Item& item) {
    const std::string_view target = place_of(item.text).target;
    if (const auto same = paths_.find(target); is_by_path_ && same != paths_.end()) {
      done_[same->second].push_back(item);  // it says nothing that its call does not say already
      return;
    }
    const std::string key = ability_.is_by_host ? std::string(place_of(item.text).host) : std::string();
    auto open = open_.find(key);
    const std::size_t bytes = bytes_of(item);
    if (open == open_.end() || open->second.items >= ability_.most_items ||
        open->second.bytes + bytes > ability_.most_bytes) {
      open = open_.insert_or_assign(key, Open{done_.size(), 0, bytes_around_list}).first;
      done_.emplace_back();
    }
    done_[open->second.index].push_back(item);
    ++open->second.items;
    open->second.bytes += bytes;
    if (is_by_path_) {
      paths_.emplace(target, open->second.index);
    }
  }

  bool is_by_path_;
  const Ability& ability_;
  const Order& order_;
  std::map<std::string, Open> open_;
  std::map<std::string, std::size_t, std::less<>>
      paths_;  // of the calls that hold them, where paths are all that is said
  std::vector<std::vector<Item>> done_;
};

}  // namespace

base::Result<std::vector<Call>> make_calls(const Provider& provider, const Ability& ability,
                                           const std::vector<Errand>& errands, std::string_view purge_id,
                                           base::Digest (*sha256)(std::string_view)) {
  std::map<std::uint8_t, std::vector<Call>> tiers;
  for (const Errand& errand : errands) {
    if (errand.order.items.empty()) {
      return base::fail(errors::nothing_to_purge,
                        "there is nothing to purge; name what to purge, or say --everything. Nothing was sent");
    }
    if (provider.is_at_nodes && errand.nodes.empty()) {
      return base::fail(
          errors::nothing_to_purge,
          fmt::format("{} is asked at every edge, and no edge is left to ask. Nothing was sent", provider.name));
    }
    const std::vector<Node> places = provider.is_at_nodes ? errand.nodes : std::vector<Node>{Node{}};
    for (std::vector<Item>& items : Batcher(provider, ability, errand.order).batches()) {
      for (const Node& node : places) {
        tiers[node.tier].push_back({0, errand.order.kind, errand.order.is_soft, items, node, {}});
      }
    }
  }
  std::vector<Call> calls;
  for (auto& [tier, of_tier] : tiers) {
    for (Call& call : of_tier) {
      call.number = calls.size() + 1;
      call.key = uuid_of(fmt::format("{}/{}", purge_id, call.number), sha256);
      calls.push_back(std::move(call));
    }
  }
  return calls;
}

}  // namespace cachewitness::purge
