#include "evidence/json_object.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/base64.h"

namespace cachewitness::evidence {

namespace {

double parse_double(std::string_view text) {
  double value = NAN;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : NAN;
}

}  // namespace

void JsonFault::set(std::string_view key, std::string_view expected) {
  if (!is_set()) {
    text = fmt::format("\"{}\" must be {}", key, expected);
  }
}

const boost::json::value* JsonObject::find(std::string_view key) const {
  const boost::json::value* found = object_.if_contains(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string_view JsonObject::word(std::string_view key) const {
  const boost::json::value* found = find(key);
  if (found == nullptr || !found->is_string()) {
    fault_.set(key, "a string");
    return {};
  }
  return found->get_string();
}

std::string JsonObject::bytes(std::string_view key) const {
  if (const boost::json::value* plain = find(key); plain != nullptr && plain->is_string()) {
    return std::string(std::string_view(plain->get_string()));
  }
  const std::string encoded_key = std::string(key) + "_base64";
  if (has(key) || !has(encoded_key)) {
    return std::string(word(key));
  }
  auto decoded = base::parse_base64(word(encoded_key));
  if (!decoded) {
    fault_.set(encoded_key, "base64 with padding (RFC 4648 section 4)");
    return {};
  }
  return *std::move(decoded);
}

std::string JsonObject::bytes_if_present(std::string_view key) const {
  return has(key) || has(std::string(key) + "_base64") ? bytes(key) : std::string();
}

bool JsonObject::flag(std::string_view key) const {
  const boost::json::value* found = find(key);
  if (found == nullptr || !found->is_bool()) {
    fault_.set(key, "true or false");
    return false;
  }
  return found->get_bool();
}

double JsonObject::number(std::string_view key, double least, double most) const {
  const boost::json::value* found = find(key);
  const double value = found == nullptr     ? NAN
                       : found->is_string() ? parse_double(found->get_string())
                       : found->is_number() ? found->to_number<double>()
                                            : NAN;
  if (!std::isfinite(value) || value < least || value > most) {
    fault_.set(key, fmt::format("a number from {} to {}", least, most));
    return least;
  }
  return value;
}

std::uint64_t JsonObject::whole(std::string_view key, std::uint64_t most) const {
  const boost::json::value* found = find(key);
  const bool is_signed = found != nullptr && found->is_int64() && found->get_int64() >= 0;
  const bool is_unsigned = found != nullptr && found->is_uint64();
  const std::uint64_t value = is_signed     ? static_cast<std::uint64_t>(found->get_int64())
                              : is_unsigned ? found->get_uint64()
                                            : 0;
  if ((!is_signed && !is_unsigned) || value > most) {
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
  const boost::json::value* found = find(key);
  if (found == nullptr || !found->is_array()) {
    fault_.set(key, "an array of objects");
    return;
  }
  for (const boost::json::value& element : found->get_array()) {
    if (!element.is_object()) {
      fault_.set(key, "an array of objects");
      return;
    }
    visit(JsonObject(element.get_object(), fault_));
  }
}

void JsonObject::each_word(std::string_view key, const std::function<void(std::string_view)>& visit) const {
  const boost::json::value* found = find(key);
  if (found == nullptr || !found->is_array()) {
    fault_.set(key, "an array of strings");
    return;
  }
  for (const boost::json::value& element : found->get_array()) {
    if (!element.is_string()) {
      fault_.set(key, "an array of strings");
      return;
    }
    visit(element.get_string());
  }
}

JsonObject JsonObject::object(std::string_view key) const {
  static const boost::json::object empty;
  const boost::json::value* found = find(key);
  if (found == nullptr || !found->is_object()) {
    fault_.set(key, "an object");
    return {empty, fault_};
  }
  return {found->get_object(), fault_};
}

}  // namespace cachewitness::evidence
