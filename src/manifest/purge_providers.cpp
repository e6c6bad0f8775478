// The table of providers. Their options are named as each vendor's API reference names what they stand for.
#include "manifest/purge_providers.h"

#include <algorithm>
#include <utility>

namespace cachewitness::manifest {

namespace {

using Form = PurgeOption::Form;

PurgeOption text(std::string_view name, std::string_view doc) { return {name, Form::text, false, doc}; }
PurgeOption secret(std::string_view name, std::string_view doc) { return {name, Form::secret, true, doc}; }
PurgeOption optional_secret(std::string_view name, std::string_view doc) { return {name, Form::secret, false, doc}; }
PurgeOption whole_secret(std::string_view name, std::string_view doc) {
  PurgeOption option = optional_secret(name, doc);
  option.is_whole = true;
  return option;
}
PurgeOption words(std::string_view name, std::vector<std::string_view> allowed, std::string_view doc) {
  return {name, Form::words, false, doc, std::move(allowed)};
}
PurgeOption port(std::string_view name, std::string_view doc) { return {name, Form::port, false, doc}; }
PurgeOption soft() {
  return {"soft", Form::flag, false, "Purge softly, as --soft does: mark as stale, keep for a fallback."};
}
PurgeOption timeout() {
  return {"timeout", Form::duration, false, "How long an answer may take; 30s by default. Then its call is in doubt."};
}
PurgeOption query_order() {
  return words("query_order", {"kept", "sorted"},
               "Whether a query is keyed as it stands, so that its other orders are purged too, or sorted; kept by "
               "default.");
}
// The first `count` of the words.
PurgeOption variants(std::size_t count, std::string_view doc) {
  return words("variants", {purge_variants.begin(), purge_variants.begin() + count}, doc);
}
PurgeOption ban_on() {
  return words("ban_on", {"request", "object"},
               "request by default; object: fields x-host and x-url of the object, which the ban lurker can work off.");
}
PurgeOption needed(PurgeOption option) {
  option.is_required = true;
  return option;
}

PurgeOption unless(std::string_view other, PurgeOption option) {
  option.unless = other;
  return option;
}
PurgeOption with(std::string_view other, PurgeOption option) {
  option.with = other;
  return option;
}
PurgeOption google_token() {
  return unless("service_account",
                secret("token", "OAuth access token, such as {command: [gcloud, auth, print-access-token]}."));
}
PurgeOption service_account() {
  return whole_secret("service_account", "Key file of a service account (JSON), by which a token is fetched.");
}

// What every provider with an API of its own takes.
PurgeProvider hosted(std::string_view name, std::string_view title, std::vector<PurgeOption> options) {
  options.push_back({"api", Form::base_url, false, "Base URL of the API instead of the vendor's: a gateway, a test."});
  options.push_back(soft());
  options.push_back({"batch", Form::number, false, "Items a call at most, where the vendor allows more."});
  options.push_back({"rate", Form::number, false, "Calls a second instead of the vendor's published rate."});
  options.push_back(timeout());
  return {name, title, std::move(options)};
}

// A cache of one's own is asked at each of the environment's edges, by HTTP.
PurgeProvider self_hosted(std::string_view name, std::string_view title, std::vector<PurgeOption> options) {
  options.push_back(port("port", "Port of every edge that takes purges instead of the one that serves visitors."));
  options.push_back(
      {"rate", Form::number, false, "Requests a second to all edges together; by default without limit."});
  options.push_back(query_order());
  options.push_back(soft());
  options.push_back(timeout());
  return {name, title, std::move(options), true, false, true};
}

// In a protocol of its own, which has no headers.
PurgeProvider without_headers(PurgeProvider provider) {
  provider.has_headers = false;
  return provider;
}

PurgeProvider azure_front_door() {
  return hosted(
      "azure-front-door", "Azure Front Door",
      {needed(text("subscription", "Subscription id.")),
       needed(text("resource_group", "Resource group.")),
       needed(text("profile", "Profile.")),
       needed(text("endpoint", "Endpoint.")),
       unless("client_secret", secret("token", "Access token for https://management.azure.com/.")),
       with("client_secret", text("directory", "Id of the directory (tenant) of the application.")),
       with("client_secret", text("client_id", "Id of the application.")),
       optional_secret("client_secret", "Secret of an application, by which a token is fetched."),
       {"login", Form::base_url, false, "Where it is fetched; https://login.microsoftonline.com by default."}});
}

std::vector<PurgeProvider> hosted_providers() {
  std::vector<PurgeProvider> list;
  list.push_back(hosted(
      "cloudflare", "Cloudflare",
      {needed(text("zone", "Id of the zone.")), secret("token", "API token with Cache Purge."),
       text("zone_environment", "Id of an environment, where the zone has versions."),
       words("plan", {"free", "pro", "business", "enterprise"}, "Whose limits hold; free by default."),
       variants(2, "apart by default, each by its headers, which a custom cache key may hold."), query_order()}));
  list.push_back(hosted("fastly", "Fastly",
                        {text("service", "Id of the service; needed for tags and everything."),
                         secret("token", "API token with purge_select, for everything purge_all."), query_order()}));
  list.push_back(hosted("cloudfront", "Amazon CloudFront",
                        {unless("distribution_tenant", needed(text("distribution", "Id of the distribution."))),
                         text("distribution_tenant", "Id of a distribution tenant, of a multi-tenant distribution."),
                         secret("access_key_id", "Access key id."), secret("secret_access_key", "Secret access key."),
                         optional_secret("session_token", "Token of temporary credentials."), query_order()}));
  list.push_back(hosted(
      "akamai", "Akamai Fast Purge",
      {needed(text("host", "Host of the credential, akab-....luna.akamaiapis.net.")),
       secret("client_token", "Client token."), secret("client_secret", "Client secret."),
       secret("access_token", "Access token."), words("network", {"production", "staging"}, "production by default."),
       text("cp_code", "CP code; needed for everything."),
       text("account_switch_key", "Account that is acted for, where the credential is a partner's."), query_order()}));
  list.push_back(hosted("google-cloud-cdn", "Google Cloud CDN",
                        {needed(text("gcp_project", "Project id.")), needed(text("url_map", "Name of the URL map.")),
                         google_token(), service_account()}));
  list.push_back(
      hosted("google-media-cdn", "Google Media CDN",
             {needed(text("gcp_project", "Project id.")), needed(text("service", "Name of the edge cache service.")),
              text("location", "Its location; global by default."), google_token(), service_account()}));
  list.push_back(azure_front_door());
  list.push_back(hosted("bunny", "bunny.net",
                        {text("pull_zone", "Id of the pull zone; needed for tags and everything."),
                         secret("access_key", "API key."), query_order()}));
  list.push_back(hosted("keycdn", "KeyCDN",
                        {needed(text("zone", "Id of the zone.")), secret("api_key", "API key."), query_order()}));
  list.push_back(hosted(
      "gcore", "Gcore",
      {needed(text("resource", "Id of the CDN resource.")), secret("token", "Permanent API token."), query_order()}));
  list.push_back(
      hosted("cdn77", "CDN77",
             {needed(text("cdn", "Id of the CDN resource.")), secret("token", "API token."), query_order()}));
  list.push_back(
      hosted("vercel", "Vercel",
             {needed(text("vercel_project", "Id or name of the project.")),
              text("team", "Id of the team."),
              words("target", {"production", "preview"}, "production by default."),
              {"source_images", Form::flag, false, "That URLs are source images, whose transformed ones go."},
              secret("token", "Access token.")}));
  list.push_back(hosted("netlify", "Netlify",
                        {needed(text("site", "Id of the site.")), secret("token", "Personal access token.")}));
  return list;
}

std::vector<PurgeProvider> all_providers() {
  std::vector<PurgeProvider> list = hosted_providers();
  list.push_back(self_hosted(
      "varnish", "Varnish by its VCL",
      {text("tag_header", "Request header that the VCL reads keys from; xkey by default."),
       words("ban", {"expression", "url"}, "That the VCL takes BAN, and how: an expression in a header, or its URL."),
       text("ban_header", "Request header that the VCL reads the expression from; x-ban by default."), ban_on(),
       text("soft_method", "Method that the VCL takes for soft purges, such as SOFTPURGE."),
       variants(2, "together by default; apart where vcl_hash has request headers in the key.")}));
  list.push_back(without_headers(
      self_hosted("varnish-cli", "Varnish by its command line",
                  {whole_secret("secret", "Content of the file that varnishd has by -S."), ban_on(),
                   text("tag_field", "Response field that holds an object's keys; xkey by default.")})));
  list.push_back(self_hosted(
      "nginx", "nginx with a purge module",
      {variants(3,
                "apart by default, as with a key that holds headers; in-turn where nginx obeys Vary itself: purged, "
                "a variant is fetched, and then the next one is purged.")}));
  list.push_back(self_hosted(
      "trafficserver", "Apache Traffic Server",
      {variants(2, "together by default; apart where the cachekey plugin puts request headers into the key.")}));
  list.push_back(
      self_hosted("squid", "Squid",
                  {variants(3, "in-turn by default: purged, a variant is fetched, which uncovers the next one.")}));
  list.push_back(without_headers(self_hosted(
      "squid-htcp", "Squid by HTCP",
      {words("scheme", {"http", "https"}, "Of the URLs as Squid keys them, where it is not the visitors'.")})));
  list.push_back(self_hosted("souin", "Souin in Caddy and others",
                             {text("path", "Path of its API; /souin-api/souin by default.")}));
  list.push_back({"http",
                  "any HTTP API",
                  {needed(text("url", "URL template: {url} {scheme} {host} {path} {item} {kind}.")),
                   words("method", {"PURGE", "POST", "DELETE", "PUT", "GET", "BAN"}, "POST by default."),
                   text("body", "Body template: the same, and {items}, a JSON list of all items of the call."),
                   text("kinds", "Kinds that it takes, such as \"url,tag\"; url by default."),
                   {"soft", Form::flag, false, "Whether it invalidates softly."},
                   {"batch", Form::number, false, "Items a call, where the body has {items}; 1 by default."},
                   {"rate", Form::number, false, "Calls a second; by default without limit."},
                   query_order(),
                   timeout()},
                  true});
  list.push_back({"driver",
                  "a program of one's own",
                  {text("kinds", "Kinds that it takes, such as \"url,tag\"; all by default."),
                   {"batch", Form::number, false, "Items a call; 100 by default."},
                   soft(),
                   query_order(),
                   timeout()},
                  false,
                  true});
  return list;
}

}  // namespace

std::span<const PurgeProvider> purge_providers() {
  static const std::vector<PurgeProvider> list = all_providers();
  return list;
}

const PurgeProvider* find_purge_provider(std::string_view name) {
  const auto all = purge_providers();
  const auto found = std::ranges::find(all, name, &PurgeProvider::name);
  return found == all.end() ? nullptr : &*found;
}

std::string_view purge_option(const PurgeSettings& settings, std::string_view name) {
  const auto found = std::ranges::find(settings.options, name, &std::pair<std::string, std::string>::first);
  return found == settings.options.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<std::string> purge_list(const PurgeSettings& settings, std::string_view name) {
  std::vector<std::string> list;
  for (const auto& [key, text] : settings.options) {
    if (key == name) {
      list.push_back(text);
    }
  }
  return list;
}

}  // namespace cachewitness::manifest
