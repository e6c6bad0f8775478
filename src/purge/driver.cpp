#include "purge/driver.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

namespace json = boost::json;

constexpr double usual_batch = 100;
constexpr double longest_retry_s = 86'400;

std::vector<Ability> abilities(const manifest::PurgeSettings& settings) {
  const auto batch = static_cast<std::size_t>(std::max(number(settings, "batch", usual_batch), 1.0));
  std::vector<Ability> all;
  for (const Kind kind : kinds_of(settings, "url,prefix,host,tag,everything")) {
    all.push_back({.kind = kind, .has_soft = true, .most_items = batch, .most_under_way = 1});
  }
  return all;
}

Request write(const manifest::PurgeSettings&, const Call& call) {
  Request request{"RUN", "driver", {}, {}, {}};
  base::JsonWriter out(request.body, base::JsonWriter::Layout::compact);
  std::vector<std::string> items;
  for (const Item& item : call.items) {
    if (!item.text.empty()) {
      items.push_back(item.text);
    }
  }
  out.begin_object();
  out.member("schema", std::string_view("cachewitness.purge/v1"));
  out.member("kind", name(call.kind));
  out.strings("items", items);
  out.member("soft", call.is_soft);
  out.member("key", call.key);
  out.end_object();
  request.body += '\n';
  return request;
}

std::string text_of(const json::value& value) {
  const json::string* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

Answer nonsense(std::string reason) {
  Answer answer;
  answer.outcome = Answer::Outcome::refused;
  answer.reason = std::move(reason);
  return answer;
}

void read_rejected(const json::object& object, Answer& answer, std::set<std::string>& mentioned) {
  const json::value* rejected = object.if_contains("rejected");
  const json::array* list = rejected == nullptr ? nullptr : rejected->if_array();
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const json::object* each = (*list)[i].if_object();
    Refusal refusal{each == nullptr ? text_of((*list)[i]) : std::string(), "rejected by the driver"};
    if (each != nullptr) {
      const json::value* item = each->if_contains("item");
      const json::value* reason = each->if_contains("reason");
      refusal.item = item == nullptr ? "" : text_of(*item);
      refusal.reason = reason == nullptr ? refusal.reason : text_of(*reason);
    }
    mentioned.insert(refusal.item);
    answer.refused.push_back(std::move(refusal));
  }
}

// "accepted" is true or the list of what was taken. What the driver does not speak of was not taken.
bool read_accepted(const json::object& object, const Call& call, Answer& answer, std::set<std::string>& mentioned) {
  const json::value* accepted = object.if_contains("accepted");
  if (accepted == nullptr || !(accepted->is_bool() || accepted->is_array())) {
    return false;
  }
  if (const json::array* list = accepted->if_array()) {
    for (const json::value& each : *list) {
      mentioned.insert(text_of(each));
    }
  }
  const bool is_all = accepted->is_bool() && accepted->get_bool();
  for (const Item& item : call.items) {
    if (!is_all && !item.text.empty() && !mentioned.contains(item.text)) {
      answer.refused.push_back({item.text, "the driver does not say that it took this"});
    }
  }
  if (accepted->is_bool() && !accepted->get_bool()) {
    answer.outcome = Answer::Outcome::refused;
  }
  return true;
}

Answer read(const Call& call, const Response& response) {
  if (!is_success(response)) {
    // One that says itself that it failed is asked again by another run; what one had done that was ended, nobody
    // knows.
    Answer failed;
    failed.outcome = response.status == driver_was_ended ? Answer::Outcome::unknown : Answer::Outcome::postponed;
    failed.reason = "the driver failed: " + base::printable(response.body);
    return failed;
  }
  boost::system::error_code error;
  const json::value value = json::parse(response.body, error);
  const json::object* object = error ? nullptr : value.if_object();
  Answer answer;
  answer.outcome = Answer::Outcome::accepted;
  std::set<std::string> mentioned;
  if (object == nullptr) {
    return nonsense("the driver's output is not one JSON object");
  }
  read_rejected(*object, answer, mentioned);
  if (const json::value* retry = object->if_contains("retry_after"); retry != nullptr && retry->is_number()) {
    const double seconds = retry->to_number<double>();
    if (std::isfinite(seconds) && seconds >= 0) {
      answer.outcome = Answer::Outcome::postponed;
      answer.retry_after = base::Duration(static_cast<std::int64_t>(std::min(seconds, longest_retry_s) * 1e9));
      answer.reason = "the driver asks to wait";
      return answer;
    }
  }
  if (!read_accepted(*object, call, answer, mentioned)) {
    return nonsense("the driver's answer has no \"accepted\": true, or the list of the items it took");
  }
  const json::value* id = object->if_contains("id");
  answer.id = id == nullptr ? "" : text_of(*id);
  return answer;
}

}  // namespace

Provider driver() {
  return {.name = "driver", .transport = Transport::program, .abilities = abilities, .write = write, .read = read};
}

}  // namespace cachewitness::purge
