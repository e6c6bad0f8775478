// Gcore: gcore.com/docs/api-reference, purge of a CDN resource and the list of purges. A purge is answered without an
// id, so that it is found again in the list by its type, its content and the time, which is told by the API's own
// clock.
#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "http/http_date.h"
#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

namespace json = boost::json;
using Settings = manifest::PurgeSettings;

// Between the arrival of a purge, which the list tells, and its answer, whose Date is kept.
constexpr base::Duration longest_answer = std::chrono::seconds(60);

std::vector<Ability> abilities(const Settings&) {
  return {{.kind = Kind::url, .most_items = 100, .calls = {2.0 / 60, 2}},
          {.kind = Kind::prefix, .most_items = 10, .calls = {1.0 / 60, 1}},
          {.kind = Kind::everything, .calls = {1.0 / 60, 1}}};
}

Request write(const Settings& settings, const Call& call) {
  std::string body;
  if (call.kind == Kind::everything) {
    body = R"({"paths":[]})";  // an empty list is everything, which is why no other call may have one
  } else {
    body = call.kind == Kind::url ? json_list_body("urls", call.items, target_form)
                                  : json_list_body("paths", call.items, wildcard_form);
  }
  return json_request("POST",
                      fmt::format("{}/cdn/resources/{}/purge", api_base(settings, "https://api.gcore.com"),
                                  percent_encoded(option(settings, "resource"))),
                      body);
}

Answer read(const Call&, const Response& response) {
  Answer answer = read_plain(response, "/none", "/message");
  const auto date = http::parse_http_date(field_of(response, "date"), base::Instant{});
  if (answer.outcome == Answer::Outcome::accepted && date) {
    answer.outcome = Answer::Outcome::pending;
    answer.id = base::rfc3339(*date - longest_answer, 0);
  }
  return answer;
}

std::string_view type_of(const Call& call) {
  return call.kind == Kind::url ? "purge_by_url" : call.kind == Kind::prefix ? "purge_by_pattern" : "purge_all";
}

Request ask(const Settings& settings, const Call& call, const std::string& id) {
  return {"GET",
          fmt::format("{}/cdn/purge_statuses?purge_type={}&from_created={}&limit=100",
                      api_base(settings, "https://api.gcore.com"), type_of(call), percent_encoded(id)),
          {},
          {},
          {}};
}

std::string text_at(const json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  const json::value* found = value.find_pointer(pointer, error);
  if (found == nullptr || error) {
    return {};
  }
  const json::string* text = found->if_string();
  return text == nullptr ? json::serialize(*found) : std::string(text->data(), text->size());
}

// The content is an object with the list that was sent, or that list itself.
std::vector<std::string> content_of(const json::value& purge) {
  const json::object* object = purge.if_object();
  const json::value* payload = object == nullptr ? nullptr : object->if_contains("payload");
  const std::string text = payload == nullptr ? std::string() : json::serialize(*payload);
  std::vector<std::string> all;
  for (const std::string_view pointer : {"", "/urls", "/paths"}) {
    for (std::string& each : json_strings(text, pointer)) {
      all.push_back(std::move(each));
    }
  }
  std::ranges::sort(all);
  return all;
}

// As content_of() tells it.
std::vector<std::string> content_of(const Call& call) {
  std::vector<std::string> sent;
  if (call.kind != Kind::everything) {
    sent = forms_of(call.items, call.kind == Kind::url ? target_form : wildcard_form);
  }
  std::ranges::sort(sent);
  return sent;
}

Answer answer_of(std::string_view status) {
  Answer answer = accepted();
  if (status == "Successful") {
    answer.outcome = Answer::Outcome::completed;
  } else if (status == "Failed") {
    answer.outcome = Answer::Outcome::refused;
    answer.reason = "the provider says that it failed";
  } else if (status == "In progress") {
    answer.outcome = Answer::Outcome::pending;
  }
  return answer;  // with status reports off it was taken, and nothing else can be known
}

Answer read_state(const Settings& settings, const Call& call, const Response& response) {
  constexpr int forbidden = 403;
  constexpr int not_found = 404;
  if (response.status == forbidden || response.status == not_found) {
    return accepted();  // a token may be good for purges alone
  }
  if (!is_success(response)) {
    return read_failure(response, json_at(response.body, "/message"));
  }
  boost::system::error_code error;
  const json::value whole = json::parse(response.body, error);
  const json::value* results = error ? nullptr : whole.find_pointer("/results", error);
  const json::array* list = results == nullptr ? nullptr : results->if_array();
  const std::vector<std::string> sent = content_of(call);
  const std::string resource = option(settings, "resource");
  const auto is_ours = [&](const json::value& purge) {
    return text_at(purge, "/purge_type") == type_of(call) && text_at(purge, "/resource/id") == resource &&
           content_of(purge) == sent;
  };
  const json::value* newest = nullptr;  // the same may have been purged twice
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const json::value& each = (*list)[i];
    if (is_ours(each) && (newest == nullptr || text_at(each, "/created") > text_at(*newest, "/created"))) {
      newest = &each;
    }
  }
  return answer_of(newest == nullptr ? "In progress" : text_at(*newest, "/status"));
}

}  // namespace

Provider gcore() {
  return {
      .name = "gcore",
      .abilities = abilities,
      .write = write,
      .read = read,
      .ask = ask,
      .read_state = read_state,
      .ask_every = std::chrono::seconds(3),
      .ask_for = std::chrono::minutes(5),
      .credential = {Credential::Scheme::header, "Authorization", "APIKey ", "token"},
      .is_by_path = true,
      .key = {.caveat = "of a URL that its origin varies, a purge by URL removes one version; --prefix removes all"}};
}

}  // namespace cachewitness::purge
