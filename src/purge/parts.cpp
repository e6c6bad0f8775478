#include "purge/parts.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "http/head.h"
#include "http/http_date.h"
#include "http/retry_after.h"
#include "manifest/purge_providers.h"

namespace cachewitness::purge {

namespace {

// Null where the body is no JSON or has nothing there.
boost::json::value value_at(std::string_view body, std::string_view pointer) {
  boost::system::error_code error;
  const boost::json::value whole = boost::json::parse(body, error);
  if (error) {
    return nullptr;
  }
  const boost::json::value* found = whole.find_pointer(pointer, error);
  return found == nullptr || error ? boost::json::value(nullptr) : *found;
}

}  // namespace

std::string percent_encoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view unreserved = "-_.~";
  std::string out;
  for (const char c : text) {
    const bool is_alphanumeric = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_alphanumeric || unreserved.find(c) != std::string_view::npos || kept.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Place place_of(std::string_view url) {
  Place place;
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) {
    const std::size_t slash = url.find('/');
    place.host = url.substr(0, slash);
    place.target = slash == std::string_view::npos ? "/" : url.substr(slash);
    return place;
  }
  place.scheme = url.substr(0, scheme_end);
  url.remove_prefix(scheme_end + 3);
  const std::size_t target = url.find_first_of("/?");
  place.host = url.substr(0, target);
  place.target = target == std::string_view::npos ? "/" : url.substr(target);
  return place;
}

std::string_view path_of(std::string_view url) {
  const std::string_view target = place_of(url).target;
  return target.substr(0, target.find('?'));
}

std::string option(const manifest::PurgeSettings& settings, std::string_view name, std::string_view otherwise) {
  const std::string_view value = manifest::purge_option(settings, name);
  return std::string(value.empty() ? otherwise : value);
}

double number(const manifest::PurgeSettings& settings, std::string_view name, double otherwise) {
  const std::string_view text = manifest::purge_option(settings, name);
  std::from_chars(text.data(), text.data() + text.size(), otherwise);
  return otherwise;
}

std::string api_base(const manifest::PurgeSettings& settings, std::string_view vendors) {
  std::string base = option(settings, "api", vendors);
  return base.ends_with('/') ? base.substr(0, base.size() - 1) : base;
}

std::vector<Kind> kinds_of(const manifest::PurgeSettings& settings, std::string_view otherwise) {
  std::vector<Kind> kinds;
  const std::string text = option(settings, "kinds", otherwise);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    if (const auto kind = parse_kind(base::trim(rest.substr(0, comma)))) {
      kinds.push_back(*kind);
    }
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return kinds;
}

std::string plain(const Item& item) { return item.text; }

std::string target_form(const Item& item) { return std::string(place_of(item.text).target); }

std::string wildcard_form(const Item& item) { return fmt::format("{}*", path_of(item.text)); }

std::string path_form(const Item& item) { return std::string(path_of(item.text)); }

std::string folder_form(const Item& item) {
  const std::string_view path = path_of(item.text);
  return fmt::format("{}{}*", path, path.ends_with('/') ? "" : "/");
}

std::string host_and_target_form(const Item& item) {
  const Place place = place_of(item.text);
  return fmt::format("{}{}", place.host, place.target);
}

std::string joined(const std::vector<Item>& items, std::string_view separator) {
  std::string out;
  for (const Item& item : items) {
    out += fmt::format("{}{}", out.empty() ? "" : separator, item.text);
  }
  return out;
}

std::vector<std::string> forms_of(const std::vector<Item>& items, std::string (*form)(const Item&)) {
  std::vector<std::string> forms;
  std::set<std::string> seen;
  for (const Item& item : items) {
    if (const auto [text, is_new] = seen.insert(form(item)); is_new) {
      forms.push_back(*text);
    }
  }
  return forms;
}

std::string json_list_body(std::string_view name, const std::vector<Item>& items, std::string (*form)(const Item&)) {
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.strings(name, forms_of(items, form));
  json.end_object();
  return body;
}

std::string json_text_body(std::string_view name, std::string_view text) {
  std::string body;
  base::JsonWriter json(body, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member(name, text);
  json.end_object();
  return body;
}

Request json_request(std::string method, std::string url, std::string body) {
  Request request{std::move(method), std::move(url), {}, std::move(body), {}};
  if (!request.body.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
  }
  return request;
}

std::string json_at(std::string_view body, std::string_view pointer) {
  const boost::json::value value = value_at(body, pointer);
  if (const boost::json::string* text = value.if_string()) {
    return {text->data(), text->size()};
  }
  return value.is_null() || value.is_structured() ? std::string() : boost::json::serialize(value);
}

std::vector<std::string> json_strings(std::string_view body, std::string_view pointer) {
  std::vector<std::string> out;
  const boost::json::value value = value_at(body, pointer);
  if (const boost::json::array* list = value.if_array()) {
    for (const boost::json::value& each : *list) {
      if (const boost::json::string* text = each.if_string()) {
        out.emplace_back(text->data(), text->size());
      }
    }
  }
  return out;
}

Answer accepted(std::string id) {
  Answer answer;
  answer.outcome = Answer::Outcome::accepted;
  answer.id = std::move(id);
  return answer;
}

Answer not_cached() {
  Answer answer = accepted();
  answer.reason = "it was not cached";
  return answer;
}

Answer not_the_providers(const Response& response) {
  Answer answer;
  answer.reason = fmt::format("status {}, and the answer is none of the provider's", response.status);
  return answer;
}

bool is_success(const Response& response) { return response.status >= 200 && response.status < 300; }

Answer read_plain(const Response& response, std::string_view id_pointer, std::string_view reason_pointer) {
  return is_success(response) ? accepted(json_at(response.body, id_pointer))
                              : read_failure(response, json_at(response.body, reason_pointer));
}

Answer read_node(const Call& call, const Response& response, std::initializer_list<int> absent) {
  if (std::ranges::find(absent, response.status) != absent.end()) {
    return not_cached();
  }
  Answer answer = is_success(response) ? accepted() : read_failure(response);
  if (call.is_fetched && answer.outcome == Answer::Outcome::accepted) {
    answer.outcome = Answer::Outcome::pending;
    answer.id = "purged, to be fetched";
  }
  return answer;
}

Request fetch_url(const manifest::PurgeSettings&, const Call& call, const std::string&) {
  Request request{"GET", call.items.front().text, call.items.front().headers, {}, call.node};
  request.node.port = call.node.visitor_port != 0 ? call.node.visitor_port : call.node.port;
  return request;
}

// Whatever the origin has for it: the index of variants is there again. A cache that cannot answer is asked once more.
Answer read_fetch(const manifest::PurgeSettings&, const Call&, const Response& response) {
  constexpr int server_errors = 500;
  return response.status >= server_errors ? read_failure(response) : accepted();
}

std::optional<base::Duration> retry_after_of(const Response& response) {
  const auto answered_at = http::parse_http_date(field_of(response, "date"), base::Instant{});
  const bool is_date = field_of(response, "retry-after").contains(' ');
  return is_date && !answered_at ? std::nullopt
                                 : http::read_retry_after(response.head, answered_at.value_or(base::Instant{}));
}

std::string field_of(const Response& response, std::string_view name) {
  http::ResponseHead head;
  if (!http::parse_recorded_head(response.head, {}, head)) {
    return {};
  }
  return std::string(head.find(name).value_or(""));
}

}  // namespace cachewitness::purge
