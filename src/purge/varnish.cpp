// Sources: varnish-cache.org/docs (users-guide/purging, reference/varnish-cli, vmod_std, vmod_purge) and
// varnish/varnish-modules (xkey).
#include "purge/varnish.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

using Settings = manifest::PurgeSettings;

// Keys of one PURGE, or what a ban's regular expression holds: a header of Varnish has 8 KiB at most.
constexpr std::size_t most_items = 50;
constexpr std::size_t most_bytes = 4000;

std::string regex_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\.^$*+?()[]{}|)").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string alternatives(const std::vector<Item>& items, std::string (*form)(const Item&)) {
  std::string out;
  for (const Item& item : items) {
    out += fmt::format("{}{}", out.empty() ? "" : "|", regex_escaped(form(item)));
  }
  return items.size() == 1 ? out : fmt::format("({})", out);
}


// The words of the expression, in threes, joined by "&&".
std::vector<std::string> ban_words(const Settings& settings, const Call& call) {
  const bool is_of_object = option(settings, "ban_on", "request") == "object";
  const std::string host = is_of_object ? "obj.http.x-host" : "req.http.host";
  const std::string url = is_of_object ? "obj.http.x-url" : "req.url";
  const std::string of_items(call.items.empty() ? "" : place_of(call.items.front().text).host);
  switch (call.kind) {
    case Kind::url:
      return {host, "==", of_items, "&&", url, "~", fmt::format("^{}$", alternatives(call.items, target_form))};
    case Kind::prefix:
      return {host, "==", of_items, "&&", url, "~", fmt::format("^{}", alternatives(call.items, path_form))};
    case Kind::host:
      return {host, "~", fmt::format("^{}$", alternatives(call.items, plain))};
    case Kind::tag:
      // Keys stand in a list; [\s,] and no blank, for a blank would end the word.
      return {fmt::format("obj.http.{}", option(settings, "tag_field", "xkey")), "~",
              fmt::format(R"((^|[\s,]){}($|[\s,]))", alternatives(call.items, plain))};
    case Kind::everything:
      break;
  }
  return {"obj.status", "!=", "0"};
}

// In quotes only where it must be: varnishd 7.1 hands a command on to its child, which loses its way among words that
// are quoted without need (status 100, "Missing separator between arguments").
std::string cli_argument(const std::string& word) {
  if (word.find_first_of("\"\\") == std::string::npos) {
    return word;
  }
  std::string out = "\"";
  for (const char c : word) {
    out += c == '"' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
  }
  return out + "\"";
}

std::vector<Ability> ban_abilities() {
  std::vector<Ability> all{
      {.kind = Kind::prefix, .is_by_host = true}, {.kind = Kind::host}, {.kind = Kind::everything}};
  for (Ability& ability : all) {
    ability.most_items = most_items;
    ability.most_bytes = most_bytes;
  }
  return all;
}

// Over HTTP: nothing here works without the VCL that docs/purge.md shows.

std::vector<Ability> http_abilities(const Settings& settings) {
  const bool has_soft = !option(settings, "soft_method").empty();
  std::vector<Ability> all{
      {.kind = Kind::url, .has_soft = has_soft},
      {.kind = Kind::tag, .has_soft = has_soft, .most_items = most_items, .most_bytes = most_bytes}};
  const std::string ban = option(settings, "ban");
  if (ban == "url") {
    all.push_back({.kind = Kind::prefix});
  } else if (!ban.empty()) {
    for (const Ability& ability : ban_abilities()) {
      all.push_back(ability);
    }
  }
  return all;
}

Request write_ban(const Settings& settings, const Call& call) {
  if (option(settings, "ban") == "url") {
    const Place place = place_of(call.items.front().text);
    return {"BAN",
            fmt::format("{}://{}{}", place.scheme, place.host, regex_escaped(path_of(call.items.front().text))),
            {},
            {},
            call.node};
  }
  return {"BAN",
          fmt::format("http://{}/", call.node.host),
          {{option(settings, "ban_header", "x-ban"), ban_expression(settings, call, BanFor::vcl)}},
          {},
          call.node};
}

Request write_http(const Settings& settings, const Call& call) {
  const std::string method = call.is_soft ? option(settings, "soft_method") : "PURGE";
  if (call.kind == Kind::url) {
    return {method, call.items.front().text, call.items.front().headers, {}, call.node};
  }
  if (call.kind != Kind::tag) {
    return write_ban(settings, call);
  }
  return {method,
          fmt::format("http://{}/", call.node.host),
          {{option(settings, "tag_header", "xkey"), joined(call.items, " ")}},
          {},
          call.node};
}

// `return (purge)` says 200 of what was never there; vmod_purge and xkey let a VCL say 404.
Answer read_http(const Call& call, const Response& response) { return read_node(call, response, {404}); }

// Over its command line.

std::vector<Ability> cli_abilities(const Settings&) {
  std::vector<Ability> all = ban_abilities();
  all.insert(all.begin(), {.kind = Kind::url, .most_items = most_items, .most_bytes = most_bytes, .is_by_host = true});
  all.push_back({.kind = Kind::tag, .most_items = most_items, .most_bytes = most_bytes});
  return all;
}

Request write_cli(const Settings& settings, const Call& call) {
  return {"CLI",
          fmt::format("varnish-cli://{}:{}", call.node.host, call.node.port),
          {},
          "ban " + ban_expression(settings, call, BanFor::cli),
          call.node};
}

// The status codes of the protocol (varnish-cli(7)).
Answer read_cli(const Call&, const Response& response) {
  constexpr int ok = 200;
  constexpr int needs_authentication = 107;
  constexpr int cannot = 300;
  if (response.status == ok) {
    return accepted();
  }
  Answer answer;
  answer.reason = fmt::format("CLI status {}: {}", response.status, base::printable(base::trim(response.body)));
  answer.outcome = response.status == needs_authentication ? Answer::Outcome::denied
                   : response.status >= cannot             ? Answer::Outcome::postponed
                                                           : Answer::Outcome::refused;
  return answer;
}

}  // namespace

std::string ban_expression(const Settings& settings, const Call& call, BanFor what) {
  std::string out;
  for (const std::string& word : ban_words(settings, call)) {
    out += fmt::format("{}{}", out.empty() ? "" : " ", what == BanFor::cli ? cli_argument(word) : word);
  }
  return out;
}

Provider varnish() {
  return {.name = "varnish",
          .abilities = http_abilities,
          .write = write_http,
          .read = read_http,
          .propagation = std::chrono::seconds(1),
          .is_at_nodes = true};
}

Provider varnish_cli() {
  return {.name = "varnish-cli",
          .transport = Transport::varnish_cli,
          .abilities = cli_abilities,
          .write = write_cli,
          .read = read_cli,
          .credential = {.scheme = Credential::Scheme::challenge, .secret = "secret"},
          .propagation = std::chrono::seconds(1),
          .is_at_nodes = true,
          .port = 6082};
}

}  // namespace cachewitness::purge
