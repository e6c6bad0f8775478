#include "purge/sign.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

// "20150830T123600Z".
std::string compact_time(base::Instant when) {
  std::string text = base::rfc3339(when, 0);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

// Runs of blanks count as one, and none at the ends.
std::string collapsed(std::string_view value) {
  std::string out;
  for (const char c : base::trim(value)) {
    if (c != ' ' || !out.ends_with(' ')) {
      out += c;
    }
  }
  return out;
}

// Pairs, sorted as pairs and not as the text they make: "Param" comes before "Param-3".
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    // What is encoded already stays so.
    pairs.emplace_back(percent_encoded(part.substr(0, equals), "%"),
                       equals == std::string_view::npos ? "" : percent_encoded(part.substr(equals + 1), "%"));
  }
  std::ranges::sort(pairs);
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  }
  return out;
}

struct Canonical {
  std::string text;
  std::string signed_headers;
};

Canonical canonical_request(const Request& request, const Digests& digests) {
  const Place place = place_of(request.url);
  const std::string_view path = place.target.substr(0, place.target.find('?'));
  const std::string_view query = place.target.size() > path.size() ? place.target.substr(path.size() + 1) : "";
  std::vector<std::pair<std::string, std::string>> headers{{"host", std::string(place.host)}};
  for (const Header& header : request.headers) {
    headers.emplace_back(base::lower_case(header.name), collapsed(header.value));
  }
  std::ranges::sort(headers);
  Canonical out;
  std::string lines;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, value);
    out.signed_headers += fmt::format("{}{}", out.signed_headers.empty() ? "" : ";", name);
  }
  out.text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, percent_encoded(path, "/"), canonical_query(query),
                         lines, out.signed_headers, digests.sha256(request.body).hex());
  return out;
}

}  // namespace

std::string_view secret_of(const Secrets& secrets, std::string_view name) {
  const auto found = std::ranges::find(secrets, name, &std::pair<std::string, base::Secret>::first);
  return found == secrets.end() ? std::string_view() : found->second.expose();
}

std::string sigv4_canonical_hash(const Request& request, const Digests& digests) {
  return digests.sha256(canonical_request(request, digests).text).hex();
}

void sign_sigv4(Request& request, const Secrets& secrets, const AwsScope& scope, base::Instant now,
                const Digests& digests) {
  const std::string time = compact_time(now);
  const std::string date = time.substr(0, 8);
  request.headers.push_back({"X-Amz-Date", time});
  if (const std::string_view token = secret_of(secrets, "session_token"); !token.empty()) {
    request.headers.push_back({"X-Amz-Security-Token", std::string(token)});
  }
  const Canonical canonical = canonical_request(request, digests);
  const std::string where = fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, where, digests.sha256(canonical.text).hex());
  std::string key = fmt::format("AWS4{}", secret_of(secrets, "secret_access_key"));
  for (const std::string_view part :
       {std::string_view(date), scope.region, scope.service, std::string_view("aws4_request")}) {
    key = digests.hmac_sha256(key, part);
  }
  request.headers.push_back(
      {"Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                    secret_of(secrets, "access_key_id"), where, canonical.signed_headers,
                                    base::hex(digests.hmac_sha256(key, to_sign)))});
}

void sign_edgegrid(Request& request, const Secrets& secrets, base::Instant now, std::string_view nonce,
                   std::size_t most_body, const Digests& digests) {
  std::string time = base::rfc3339(now, 0);  // "2014-03-21T19:34:21Z", of which the date alone loses its dashes
  std::erase(time, '-');
  time.pop_back();
  time += "+0000";
  const std::string auth =
      fmt::format("EG1-HMAC-SHA256 client_token={};access_token={};timestamp={};nonce={};",
                  secret_of(secrets, "client_token"), secret_of(secrets, "access_token"), time, nonce);
  // The text is the next key, not the bytes that it stands for.
  const std::string key = base::base64(digests.hmac_sha256(secret_of(secrets, "client_secret"), time));
  const Place place = place_of(request.url);
  const bool is_hashed = request.method == "POST" && !request.body.empty();
  const std::string content =
      is_hashed ? base::base64(digests.sha256(std::string_view(request.body).substr(0, most_body)).raw()) : "";
  const std::string data = fmt::format("{}\t{}\t{}\t{}\t\t{}\t{}", request.method, base::lower_case(place.scheme),
                                       base::lower_case(place.host), place.target, content, auth);
  request.headers.push_back(
      {"Authorization", fmt::format("{}signature={}", auth, base::base64(digests.hmac_sha256(key, data)))});
}

void authorize(Request& request, const Credential& credential, const Secrets& secrets, base::Instant now,
               std::string_view nonce, const Digests& digests) {
  constexpr std::size_t edgegrid_body = 131'072;
  switch (credential.scheme) {
    case Credential::Scheme::none:
      break;
    case Credential::Scheme::header:
      request.headers.push_back({std::string(credential.header),
                                 fmt::format("{}{}", credential.prefix, secret_of(secrets, credential.secret))});
      break;
    case Credential::Scheme::basic_user:  // RFC 7617, with an empty password
      request.headers.push_back(
          {"Authorization", "Basic " + base::base64(fmt::format("{}:", secret_of(secrets, credential.secret)))});
      break;
    case Credential::Scheme::challenge:
      request.headers.push_back({"secret", std::string(secret_of(secrets, credential.secret))});
      break;
    case Credential::Scheme::sigv4:
      sign_sigv4(request, secrets, {}, now, digests);
      break;
    case Credential::Scheme::edgegrid:
      sign_edgegrid(request, secrets, now, nonce, edgegrid_body, digests);
      break;
  }
}

}  // namespace cachewitness::purge
