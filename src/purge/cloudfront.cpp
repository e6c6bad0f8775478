// Amazon CloudFront: docs.aws.amazon.com/AmazonCloudFront/latest/APIReference, CreateInvalidation and GetInvalidation
// of version 2020-05-31.
#include <utility>

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

std::string path_form(const Call& call, const Item& item) {
  switch (call.kind) {
    case Kind::url:
      return std::string(place_of(item.text).target);
    case Kind::prefix:
      return fmt::format("{}*", path_of(item.text));
    case Kind::tag:
      return "#" + item.text;
    default:
      return "/*";
  }
}

std::string endpoint(const manifest::PurgeSettings& settings) {
  return fmt::format("{}/2020-05-31/distribution/{}/invalidation",
                     api_base(settings, "https://cloudfront.amazonaws.com"),
                     percent_encoded(option(settings, "distribution")));
}

Request write(const manifest::PurgeSettings& settings, const Call& call) {
  std::string paths;
  for (const Item& item : call.items) {
    paths += fmt::format("<Path>{}</Path>", xml_text(path_form(call, item)));
  }
  Request request{"POST", endpoint(settings), {{"Content-Type", "application/xml"}}, {}, {}};
  // The same reference and paths are the same invalidation, however often they are sent.
  request.body =
      fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>)"
                  R"(<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"
                  "<Paths><Quantity>{}</Quantity><Items>{}</Items></Paths><CallerReference>{}</CallerReference>"
                  "</InvalidationBatch>",
                  call.items.size(), paths, xml_text(call.key));
  return request;
}

// The text of the first element of that name. Answers are flat where it matters: no parser is needed to find a word.
std::string element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::size_t start = xml.find(open);
  const std::size_t end = start == std::string_view::npos ? start : xml.find(fmt::format("</{}>", name), start);
  return end == std::string_view::npos ? "" : std::string(xml.substr(start + open.size(), end - start - open.size()));
}

Answer read_state(const Response& response) {
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

Answer read(const Call&, const Response& response) { return read_state(response); }

Request ask(const manifest::PurgeSettings& settings, const std::string& id) {
  return {"GET", fmt::format("{}/{}", endpoint(settings), percent_encoded(id)), {}, {}, {}};
}

}  // namespace

Provider cloudfront() {
  return {.name = "cloudfront",
          .abilities = abilities,
          .write = write,
          .read = read,
          .ask = ask,
          .read_state = read_state,
          .ask_every = std::chrono::seconds(20),
          .credential = {.scheme = Credential::Scheme::sigv4},
          .propagation = std::chrono::seconds(60)};
}

}  // namespace cachewitness::purge
