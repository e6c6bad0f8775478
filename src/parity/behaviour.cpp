#include "parity/behaviour.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "http/entity_tag.h"
#include "http/field_list.h"
#include "http/head.h"
#include "http/url_host.h"
#include "http/vary.h"
#include "parity/cache_policy.h"
#include "parity/natural.h"

namespace cachewitness::parity {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

// Whole words only: the tenant "ab" does not stand in "abc". A single letter would stand nearly everywhere.
void replace_word(std::string& text, std::string_view from, std::string_view to) {
  constexpr std::size_t shortest = 2;
  if (from.size() < shortest) {
    return;
  }
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    const std::size_t end = at + from.size();
    const bool starts = at == 0 || !is_word(text[at - 1]) || !is_word(from.front());
    const bool ends = end == text.size() || !is_word(text[end]) || !is_word(from.back());
    if (starts && ends) {
      text.replace(at, from.size(), to);
      at += to.size();
    } else {
      ++at;
    }
  }
}

// Cookie values are secrets or sessions; name and attributes are what the environment decides (RFC 6265 4.1).
std::string cookie_shape(std::string_view line) {
  std::string_view part;
  std::vector<std::string> attributes;
  std::string name;
  for (bool is_first = true; http::next_member(line, part, ';'); is_first = false) {
    const std::string key = base::lower_case(base::trim(part.substr(0, part.find('='))));
    if (is_first) {
      name = std::string(base::trim(part.substr(0, part.find('='))));
    } else if (key == "samesite" || key == "path" || key == "domain") {
      attributes.push_back(base::lower_case(part));
    } else {
      attributes.push_back(key);
    }
  }
  std::ranges::sort(attributes);
  return fmt::format("{}{}{}", name, attributes.empty() ? "" : "; ", fmt::join(attributes, "; "));
}

std::string joined(const http::ResponseHead& head, std::string_view name) {
  std::string value;
  head.join(name, value);
  return value;
}

class Reading {
 public:
  Reading(const evidence::Evidence& evidence, const BehaviourContext& context)
      : evidence_(evidence), response_(*evidence.response()), context_(context), host_(http::url_host(evidence.url)) {
    is_parsed_ = http::parse_recorded_head(response_.head, {}, head_).has_value();
  }

  std::vector<Trait> traits() {
    add("status", std::to_string(response_.status));
    add("protocol", response_.head.substr(0, response_.head.find(' ')));
    add("tls", evidence_.path.tls_version.empty() ? "none" : evidence_.path.tls_version);
    if (is_parsed_) {
      add_cache_policy();
      add_validators();
      add_fields();
    }
    std::ranges::stable_sort(traits_, {}, &Trait::what);
    return std::move(traits_);
  }

 private:
  void add(std::string_view what, std::string value) { traits_.push_back({std::string(what), value, value}); }

  void add_peer_text(std::string_view what, std::string raw) {
    std::string value = raw;
    for (const manifest::ParityMapping& mapping : context_.rules.map) {
      for (const manifest::ParityText& text : mapping.values) {
        if (text.name == context_.environment) {
          replace_word(value, text.text, "{" + mapping.name + "}");
        }
      }
    }
    replace_word(value, host_, "{host}");
    for (std::string* text : {&value, &raw}) {
      replace_word(*text, context_.asset, "{asset}");
      replace_word(*text, context_.tenant, "{tenant}");
    }
    traits_.push_back({std::string(what), std::move(value), std::move(raw)});
  }

  void add_cache_policy() {
    add("cache-policy", read_cache_policy(head_));
    const http::Vary vary = http::parse_vary(joined(head_, "vary"));
    if (!vary.is_empty()) {
      add("vary", vary.is_any ? "*" : fmt::format("{}", fmt::join(vary.names, ", ")));
    }
  }

  // Where releases may differ, a validator is compared by its kind: that there is one, and how strong it is.
  void add_validators() {
    const bool is_same = context_.rules.version == manifest::ExpectedVersion::same;
    if (const auto value = head_.find("etag")) {
      const auto tag = http::parse_entity_tag(*value);
      add("etag", is_same ? std::string(*value) : tag && tag->is_weak ? "weak" : "strong");
    }
    if (const auto value = head_.find("last-modified")) {
      add("last-modified", is_same ? std::string(*value) : "present");
    }
    if (is_same && response_.body.sha256) {
      add("body", "sha256 " + response_.body.sha256->hex());
    }
    if (!response_.body.decode_error.empty()) {
      add("content-encoding-error", response_.body.decode_error);
    }
  }

  void add_fields() {
    std::vector<std::string> names;
    for (const http::Field& field : head_.fields) {
      names.push_back(base::lower_case(field.name));
    }
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    for (const std::string& name : names) {
      const bool is_told = name == "cache-control" || name == "vary" || name == "etag" || name == "last-modified";
      if (name == "set-cookie") {
        add_cookies();
      } else if (!is_told && !is_natural(name)) {
        add_peer_text(name, joined(head_, name));
      }
    }
  }

  void add_cookies() {
    std::vector<std::string> shapes;
    for (const http::Field& field : head_.fields) {
      if (base::equals_ignoring_case(field.name, "set-cookie")) {
        shapes.push_back(cookie_shape(field.value));
      }
    }
    std::ranges::sort(shapes);
    add_peer_text("set-cookie", fmt::format("{}", fmt::join(shapes, " | ")));
  }

  const evidence::Evidence& evidence_;
  const evidence::Response& response_;
  const BehaviourContext& context_;
  std::string_view host_;
  http::ResponseHead head_;
  bool is_parsed_ = false;
  std::vector<Trait> traits_;
};

}  // namespace

std::vector<Trait> behaviour_of(const evidence::Evidence& evidence, const BehaviourContext& context) {
  return Reading(evidence, context).traits();
}

}  // namespace cachewitness::parity
