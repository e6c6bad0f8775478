// What a manifest says of `purge`, held against the table of providers.
#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/socket_address.h"
#include "base/text.h"
#include "base/time.h"
#include "manifest/bind.h"
#include "manifest/fault_ids.h"
#include "manifest/purge_providers.h"
#include "manifest/url_parts.h"
#include "manifest/value_readers.h"

namespace cachewitness::manifest {

namespace {

using Form = PurgeOption::Form;

const YamlNode& value_of(const YamlNode& purge, std::string_view name) {
  const YamlNode* value = purge.find(name);
  return value == nullptr ? purge : *value;
}

bool is_loopback(std::string_view host) {
  // A name may begin like an address: 127.example.com.
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && base::parse_ip(host, 1));
}

bool is_number(std::string_view text, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 && value <= most;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos && is_number(text, 65535);
}

std::string listed(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) {
    out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
  }
  return out;
}

// What should stand there; empty where `text` is such.
std::string objection(const PurgeOption& option, std::string_view text) {
  switch (option.form) {
    case Form::text:
      return text.empty() ? "text" : "";
    case Form::secret:
      return {};
    case Form::words:
      return std::ranges::find(option.allowed, text) == option.allowed.end() ? "one of " + listed(option.allowed) : "";
    case Form::flag:
      return text == "true" || text == "false" ? "" : "true or false";
    case Form::port:
      return is_port(text) ? "" : "a port, 1 to 65535";
    case Form::number:
      return is_number(text, 1e9) ? "" : "a number above 0";
    case Form::duration: {
      const auto duration = base::parse_duration(text);
      return duration && *duration > base::Duration::zero() ? "" : "a duration above 0, such as 30s";
    }
    case Form::base_url: {
      const auto parts = split_url(text);
      const bool is_good = parts && parts->target == "/" && (parts->is_tls || is_loopback(parts->host));
      return is_good ? "" : "https://host[:port] (http:// on loopback alone, for credentials travel there)";
    }
  }
  return {};
}

std::vector<std::string_view> names_of(const PurgeProvider& provider) {
  std::vector<std::string_view> names;
  for (const PurgeOption& option : provider.options) {
    names.push_back(option.name);
  }
  return names;
}

void check_option(const PurgeProvider& provider, const std::string& name, bool is_secret, std::string_view text,
                  const YamlNode& node, Binder& binder) {
  const auto option = std::ranges::find(provider.options, name, &PurgeOption::name);
  const std::string shown = base::printable(name, 60);
  if (option == provider.options.end()) {
    const auto known = names_of(provider);
    binder.fault(faults::unknown_key,
                 fmt::format("\"purge\": {} has no option \"{}\"{} (known: {})", provider.name, shown,
                             did_you_mean(name, known), listed(known)),
                 value_of(node, name));
  } else if (option->form == Form::secret && !is_secret) {
    tell_literal_secret(binder, value_of(node, name), name);
  } else if (option->form != Form::secret && is_secret) {
    binder.fault(faults::wrong_type, fmt::format("\"{}\" is no secret; write its text", shown), value_of(node, name));
  } else if (const std::string expected = objection(*option, text); !expected.empty()) {
    binder.fault(faults::bad_value,
                 // Who writes user:password@host into a URL does not want to read it again.
                 fmt::format("\"{}\": expected {}, found \"{}\"", shown, expected,
                             text.find('@') == std::string_view::npos ? base::printable(text, 60) : "(not shown)"),
                 value_of(node, name));
  }
}

bool has_headers(const PurgeSettings& settings) {
  const auto is_header = [](const auto& entry) { return entry.first.starts_with(purge_header_prefix); };
  return std::ranges::any_of(settings.options, is_header) || std::ranges::any_of(settings.secrets, is_header);
}

// Of a table of its own (purge_table), and so no option of the provider.
bool is_of_table(std::string_view name) {
  return name == "run" || name == "env" || name.starts_with(purge_header_prefix);
}

void check_needed(const PurgeProvider& provider, const PurgeSettings& settings, const YamlNode& node, Binder& binder) {
  const auto is_there = [&node](std::string_view name) { return !name.empty() && node.find(name) != nullptr; };
  for (const PurgeOption& option : provider.options) {
    const bool is_needed = (option.is_required && !is_there(option.unless)) || is_there(option.with);
    if (is_needed && !is_there(option.name)) {
      binder.fault(faults::missing_key,
                   fmt::format("\"purge\": {} needs \"{}\"{}{}: {}", provider.name, option.name,
                               option.form == Form::secret ? " as {env}, {file} or {command}" : "",
                               option.unless.empty() ? "" : fmt::format(", or \"{}\"", option.unless), option.doc),
                   node);
    }
  }
  for (const PurgeOption& option : provider.options) {
    if (is_there(option.unless) && is_there(option.name)) {
      binder.fault(
          faults::bad_value,
          fmt::format("\"purge\": \"{}\" and \"{}\" stand for each other; name one", option.name, option.unless),
          value_of(node, option.unless));
    }
  }
  if (provider.is_program != !purge_list(settings, "run").empty()) {
    binder.fault(provider.is_program ? faults::missing_key : faults::unknown_key,
                 provider.is_program ? "\"purge\": a driver needs \"run\": its program and arguments"
                                     : fmt::format("\"purge\": {} runs no program; \"run\" belongs to the provider "
                                                   "driver",
                                                   provider.name),
                 node);
  }
  if (!provider.has_headers && has_headers(settings)) {
    binder.fault(faults::unknown_key, fmt::format("\"purge\": {} takes no further \"headers\"", provider.name),
                 value_of(node, "headers"));
  }
}

// The URL of `http` may be a template, of which only a host that is written out can be judged here.
void check_clear_text(const PurgeSettings& settings, const YamlNode& node, Binder& binder) {
  const std::string_view url = purge_option(settings, "url");
  constexpr std::string_view scheme = "http://";
  if (settings.secrets.empty() || !url.starts_with(scheme)) {
    return;
  }
  const std::string_view rest = url.substr(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?{"));
  const std::string_view host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                                           : authority.substr(0, authority.find(':'));
  if (!is_loopback(host)) {
    binder.fault(faults::bad_value,
                 "\"url\": expected https:// (http:// on loopback alone, for secret headers travel there)",
                 value_of(node, "url"));
  }
}

// The closed loop's own keys.
void check_loop(const PurgeProvider& provider, const PurgeSettings& settings, const YamlNode& node, Binder& binder) {
  if (!settings.inner.empty() && !provider.is_at_edges) {
    binder.fault(
        faults::unknown_key,
        fmt::format("\"purge\": {} reaches its own tiers; \"inner\" is for caches of one's own", provider.name),
        value_of(node, "inner"));
  }
  if (std::ranges::find(settings.widen, "tag") != settings.widen.end() && settings.tag.empty()) {
    binder.fault(faults::missing_key,
                 "\"purge\": widen: [tag] needs \"tag\", such as \"tenant-{tenant.id}\": what a tenant's objects are "
                 "tagged with",
                 value_of(node, "widen"));
  }
}

}  // namespace

void bind_purge_headers(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out) {
  std::vector<VariantHeader> headers;
  read(binder, node, shape, headers);
  for (VariantHeader& header : headers) {
    std::string name = std::string(purge_header_prefix) + header.name;
    if (auto* reference = std::get_if<SecretRef>(&header.value)) {
      out.secrets.emplace_back(std::move(name), std::move(*reference));
    } else {
      out.options.emplace_back(std::move(name), std::get<std::string>(std::move(header.value)));
    }
  }
}

void bind_purge_list(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out) {
  std::vector<std::string> entries;
  const std::string name = binder.prefix().substr(1, binder.prefix().find('"', 1) - 1);
  if (read(binder, node, shape, entries)) {
    for (std::string& entry : entries) {
      out.options.emplace_back(name, std::move(entry));
    }
  }
}

void check_purge(const PurgeSettings& settings, const YamlNode& node, Binder& binder) {
  const PurgeProvider* provider = find_purge_provider(settings.provider);
  if (provider == nullptr) {
    return;  // told by the key table
  }
  for (const auto& [name, text] : settings.options) {
    if (!is_of_table(name)) {
      check_option(*provider, name, false, text, node, binder);
    }
  }
  for (const auto& [name, reference] : settings.secrets) {
    if (!is_of_table(name)) {
      check_option(*provider, name, true, {}, node, binder);
    }
  }
  check_needed(*provider, settings, node, binder);
  check_loop(*provider, settings, node, binder);
  check_clear_text(settings, node, binder);
}

}  // namespace cachewitness::manifest
