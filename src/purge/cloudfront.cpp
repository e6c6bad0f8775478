// Amazon CloudFront: docs.aws.amazon.com/AmazonCloudFront/latest/APIReference, CreateInvalidation and GetInvalidation
// of version 2020-05-31.
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "purge/hosted.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

// So many paths may be in progress at once, in a counter each for those with and without a "*".
constexpr std::size_t most_paths = 3000;
constexpr std::size_t most_wildcards = 15;

std::vector<Ability> abilities(const manifest::PurgeSettings&) {
  const Pace calls{1, 1};
  return {{.kind = Kind::url, .most_items = most_paths, .calls = calls, .most_under_way = 1},
          {.kind = Kind::prefix, .most_items = most_wildcards, .calls = calls, .most_under_way = 1},
          {.kind = Kind::tag, .most_items = most_paths, .calls = calls, .most_under_way = 1},
          {.kind = Kind::everything, .calls = calls, .most_under_way = 1}};
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return out;
}

std::string tag_form(const Item& item) { return "#" + item.text; }
std::string everything_form(const Item&) { return "/*"; }

std::vector<std::string> paths_of(const Call& call) {
  switch (call.kind) {
    case Kind::url:
      return forms_of(call.items, target_form);
    case Kind::prefix:
      return forms_of(call.items, wildcard_form);
    case Kind::tag:
      return forms_of(call.items, tag_form);
    default:
      return forms_of(call.items, everything_form);
  }
}

std::string endpoint(const manifest::PurgeSettings& settings) {
  const std::string tenant = option(settings, "distribution_tenant");
  return fmt::format("{}/2020-05-31/{}/{}/invalidation", api_base(settings, "https://cloudfront.amazonaws.com"),
                     tenant.empty() ? "distribution" : "distribution-tenant",
                     percent_encoded(tenant.empty() ? option(settings, "distribution") : tenant));
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  const std::vector<std::string> paths = paths_of(call);
  std::string elements;
  for (const std::string& path : paths) {
    elements += fmt::format("<Path>{}</Path>", xml_text(path));
  }
  Request request{"POST", endpoint(settings), {{"Content-Type", "application/xml"}}, {}, {}};
  // The same reference and paths are the same invalidation, however often they are sent.
  request.body =
      fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>)"
                  R"(<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"
                  "<Paths><Quantity>{}</Quantity><Items>{}</Items></Paths><CallerReference>{}</CallerReference>"
                  "</InvalidationBatch>",
                  paths.size(), elements, xml_text(call.key));
  return request;
}

// The text of the first element of that name. Answers are flat where it matters: no parser is needed to find a word.
std::string element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::size_t start = xml.find(open);
  const std::size_t end = start == std::string_view::npos ? start : xml.find(fmt::format("</{}>", name), start);
  return end == std::string_view::npos ? "" : std::string(xml.substr(start + open.size(), end - start - open.size()));
}

Answer read(const Call&, const Response& response) {
  if (!is_success(response)) {
    const std::string code = element(response.body, "Code");
    Answer answer = read_failure(response, code + " " + element(response.body, "Message"));
    if (code == "TooManyInvalidationsInProgress" || code == "Throttling") {
      answer.outcome = Answer::Outcome::postponed;
      answer.retry_after = std::chrono::seconds(20);
    }
    return answer;
  }
  Answer answer = accepted(element(response.body, "Id"));
  const std::string status = element(response.body, "Status");
  if (status.empty()) {
    answer.outcome = Answer::Outcome::unknown;
    answer.reason = "the answer has no Status";
  } else {
    answer.outcome = status == "Completed" ? Answer::Outcome::completed : Answer::Outcome::pending;
  }
  return answer;
}

Request ask(const manifest::PurgeSettings& settings, const Call&, const std::string& id) {
  return {"GET", fmt::format("{}/{}", endpoint(settings), percent_encoded(id)), {}, {}, {}};
}

}  // namespace

Provider cloudfront() {
  return {.name = "cloudfront",
          .abilities = abilities,
          .write = write,
          .read = read,
          .ask = ask,
          .ask_every = std::chrono::seconds(20),
          .credential = {.scheme = Credential::Scheme::sigv4},
          .propagation = std::chrono::seconds(60),
          .is_by_path = true};
}

}  // namespace cachewitness::purge
