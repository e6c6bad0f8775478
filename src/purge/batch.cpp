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

std::string headers_of(const Item& item) {
  std::string text;
  for (const Header& header : item.headers) {
    text += fmt::format("\n{}: {}", base::lower_case(header.name), header.value);
  }
  return text;
}

std::vector<Item> without_duplicates(const std::vector<Item>& items) {
  std::set<std::string> seen;
  std::vector<Item> out;
  for (const Item& item : items) {
    if (seen.insert(identity_of(item)).second) {
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
      : is_by_path_(provider.is_by_path), ability_(ability), order_(order) {}

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

  // What the provider is told of a URL, where that is less than the URL; empty where it is all of it.
  [[nodiscard]] std::string told(const Item& item) const {
    const bool is_without_query = ability_.key.query == CacheKey::Query::left_out;
    if ((order_.kind != Kind::url && order_.kind != Kind::prefix) || (!is_by_path_ && !is_without_query)) {
      return {};
    }
    const Place place = place_of(item.text);
    std::string text(is_by_path_ ? std::string_view() : place.host);
    text += is_without_query ? path_of(item.text) : place.target;
    return text + headers_of(item);
  }

  void add(const Item& item) {
    std::string told_of_it = told(item);
    if (const auto same = told_.find(told_of_it); !told_of_it.empty() && same != told_.end()) {
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
    told_.emplace(std::move(told_of_it), open->second.index);
  }

  bool is_by_path_;
  const Ability& ability_;
  const Order& order_;
  std::map<std::string, Open> open_;
  std::map<std::string, std::size_t> told_;  // by what is told, the batch that tells it
  std::vector<std::vector<Item>> done_;
};

// Calls in the order in which they go out: tier after tier, and in a tier the variants of a URL one after the other
// where one hides the others.
class Stages {
 public:
  explicit Stages(bool is_in_turn) : is_in_turn_(is_in_turn) {}

  void add(Call call) {
    std::uint16_t turn = 0;
    if (is_in_turn_) {
      turn = turns_[{call.node.name, call.items.front().text}]++;
      call.is_fetched = !call.items.front().headers.empty();
    }
    stages_[{call.node.tier, turn}].push_back(std::move(call));
  }

  std::vector<Call> take() {
    std::vector<Call> calls;
    std::uint16_t stage = 0;
    for (auto& [place, of_stage] : stages_) {
      for (Call& call : of_stage) {
        call.stage = stage;
        calls.push_back(std::move(call));
      }
      ++stage;
    }
    return calls;
  }

 private:
  bool is_in_turn_;
  std::map<std::pair<std::uint8_t, std::uint16_t>, std::vector<Call>> stages_;  // by tier and turn
  std::map<std::pair<std::string, std::string>, std::uint16_t> turns_;          // of a node and URL
};

}  // namespace

std::string identity_of(const Item& item) { return item.text + headers_of(item); }

base::Result<std::vector<Call>> make_calls(const Provider& provider, const Ability& ability,
                                           const std::vector<Errand>& errands, std::string_view purge_id,
                                           base::Digest (*sha256)(std::string_view)) {
  Stages stages(ability.kind == Kind::url && ability.key.variants == CacheKey::Variants::in_turn);
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
        stages.add({0, errand.order.kind, errand.order.is_soft, items, node, {}});
      }
    }
  }
  std::vector<Call> calls = stages.take();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    calls[i].number = i + 1;
    calls[i].key = uuid_of(fmt::format("{}/{}", purge_id, calls[i].number), sha256);
  }
  return calls;
}

}  // namespace cachewitness::purge
