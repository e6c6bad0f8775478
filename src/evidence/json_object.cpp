#include "evidence/json_object.h"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"

namespace cachewitness::evidence {

namespace {

double parse_double(std::string_view text) {
  double value = NAN;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : NAN;
}

simdjson::dom::object empty_object() {
  static simdjson::dom::parser parser;
  static const simdjson::dom::object empty = parser.parse(std::string_view("{}")).get_object();
  return empty;
}

}  // namespace

void JsonFault::set(std::string_view key, std::string_view expected) {
  if (!is_set()) {
    text = fmt::format("\"{}\" must be {}", key, expected);
  }
}

std::optional<simdjson::dom::element> JsonObject::find(std::string_view key) const {
  const auto look = [&](simdjson::dom::object::iterator from, const simdjson::dom::object::iterator& until) {
    while (from != until && from.key() != key) {
      ++from;
    }
    return from;
  };
  const auto end = object_.end();
  if (last_ == end || last_.key() != key) {
    auto found = look(expected_, end);
    if (found == end) {
      found = look(object_.begin(), expected_);
      if (found == expected_) {
        return std::nullopt;
      }
    }
    last_ = found;
    expected_ = found;
    ++expected_;
  }
  const simdjson::dom::element value = last_.value();
  return value.is_null() ? std::nullopt : std::optional(value);
}

std::string_view JsonObject::word(std::string_view key) const {
  const auto found = find(key);
  std::string_view text;
  if (!found || found->get_string().get(text) != simdjson::SUCCESS) {
    fault_.set(key, "a string");
  }
  return text;
}

std::string_view JsonObject::view(std::string_view key, std::string& decoded) const {
  const auto plain = find(key);
  std::string_view text;
  if (plain && plain->get_string().get(text) == simdjson::SUCCESS) {
    return text;
  }
  const std::string encoded_key = std::string(key) + "_base64";
  if (plain || !has(encoded_key)) {
    return word(key);
  }
  auto bytes = base::parse_base64(word(encoded_key));
  if (!bytes) {
    fault_.set(encoded_key, "base64 with padding (RFC 4648 section 4)");
    return {};
  }
  decoded = *std::move(bytes);
  return decoded;
}

std::string JsonObject::bytes(std::string_view key) const {
  std::string decoded;
  return std::string(view(key, decoded));
}

void JsonObject::read_bytes(std::string_view key, std::string& out) const {
  std::string decoded;
  out = view(key, decoded);
}

std::string JsonObject::bytes_if_present(std::string_view key) const {
  // Mostly it is not there, so one look has to do for both spellings.
  constexpr std::string_view suffix = "_base64";
  for (auto member = object_.begin(); member != object_.end(); ++member) {
    const std::string_view name = member.key();
    if (name.starts_with(key) && (name.size() == key.size() || name.substr(key.size()) == suffix)) {
      return member.value().is_null() ? std::string() : bytes(key);
    }
  }
  return {};
}

bool JsonObject::flag(std::string_view key) const {
  const auto found = find(key);
  bool value = false;
  if (!found || found->get_bool().get(value) != simdjson::SUCCESS) {
    fault_.set(key, "true or false");
  }
  return value;
}

double JsonObject::number(std::string_view key, double least, double most) const {
  const auto found = find(key);
  double value = NAN;
  if (found) {
    std::string_view digits;
    if (found->get_string().get(digits) == simdjson::SUCCESS) {
      value = parse_double(digits);
    } else if (found->get_double().get(value) != simdjson::SUCCESS) {
      value = NAN;
    }
  }
  if (!std::isfinite(value) || value < least || value > most) {
    fault_.set(key, fmt::format("a number from {} to {}", least, most));
    return least;
  }
  return value;
}

std::uint64_t JsonObject::whole(std::string_view key, std::uint64_t most) const {
  const auto found = find(key);
  std::uint64_t value = 0;
  if (!found || found->get_uint64().get(value) != simdjson::SUCCESS || value > most) {
    fault_.set(key, fmt::format("a whole number from 0 to {}", most));
    return 0;
  }
  return value;
}

base::Instant JsonObject::instant(std::string_view key) const {
  const std::string_view text = word(key);
  // Unix seconds are for people on a command line; a file says which day it means.
  const auto parsed = text.contains('-') ? base::parse_instant(text) : std::nullopt;
  // No run was made outside; inside, the judge may subtract any two moments in 64 bits of nanoseconds.
  constexpr base::Instant first{0};
  constexpr base::Instant last{std::int64_t{7'258'118'400} * 1'000'000'000};  // 2200-01-01
  if (!parsed || *parsed < first || last < *parsed) {
    fault_.set(key, "a moment from 1970 to 2199 as in RFC 3339, such as \"2026-11-23T03:00:42.123456789Z\"");
    return {};
  }
  return *parsed;
}

std::optional<base::Instant> JsonObject::instant_if_present(std::string_view key) const {
  return has(key) ? std::optional(instant(key)) : std::nullopt;
}

base::Duration JsonObject::duration(std::string_view key) const {
  return base::Duration{static_cast<std::int64_t>(whole(key, std::numeric_limits<std::int64_t>::max()))};
}

std::optional<base::Digest> JsonObject::digest_if_present(std::string_view key) const {
  if (!has(key)) {
    return std::nullopt;
  }
  auto digest = base::parse_digest(word(key));
  if (!digest) {
    fault_.set(key, "64 hexadecimal digits");
  }
  return digest;
}

void JsonObject::each_object(std::string_view key, const std::function<void(const JsonObject&)>& visit) const {
  const auto found = find(key);
  simdjson::dom::array elements;
  if (!found || found->get_array().get(elements) != simdjson::SUCCESS) {
    fault_.set(key, "an array of objects");
    return;
  }
  for (const simdjson::dom::element element : elements) {
    simdjson::dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) {
      fault_.set(key, "an array of objects");
      return;
    }
    visit(JsonObject(object, fault_));
  }
}

void JsonObject::each_word(std::string_view key, const std::function<void(std::string_view)>& visit) const {
  const auto found = find(key);
  simdjson::dom::array elements;
  if (!found || found->get_array().get(elements) != simdjson::SUCCESS) {
    fault_.set(key, "an array of strings");
    return;
  }
  for (const simdjson::dom::element element : elements) {
    std::string_view word;
    if (element.get_string().get(word) != simdjson::SUCCESS) {
      fault_.set(key, "an array of strings");
      return;
    }
    visit(word);
  }
}

void JsonObject::each_count(std::string_view key, const std::function<void(std::uint32_t)>& visit) const {
  const auto found = find(key);
  simdjson::dom::array elements;
  bool is_good = found && found->get_array().get(elements) == simdjson::SUCCESS;
  for (auto element = elements.begin(); is_good && element != elements.end(); ++element) {
    std::uint64_t value = 0;
    is_good =
        (*element).get_uint64().get(value) == simdjson::SUCCESS && value <= std::numeric_limits<std::uint32_t>::max();
    if (is_good) {
      visit(static_cast<std::uint32_t>(value));
    }
  }
  if (!is_good) {
    fault_.set(key, "an array of whole numbers");
  }
}

void JsonObject::each_number(const std::function<void(std::string_view, double)>& visit) const {
  constexpr double any = std::numeric_limits<double>::max();
  for (const auto& [key, value] : object_) {
    visit(key, number(key, -any, any));
  }
}

JsonObject JsonObject::object(std::string_view key) const {
  const auto found = find(key);
  simdjson::dom::object object;
  if (!found || found->get_object().get(object) != simdjson::SUCCESS) {
    fault_.set(key, "an object");
    return {empty_object(), fault_};
  }
  return {object, fault_};
}

}  // namespace cachewitness::evidence
