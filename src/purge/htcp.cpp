#include "purge/htcp.h"

#include <utility>

#include <fmt/format.h>

#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

using Settings = manifest::PurgeSettings;

constexpr std::size_t most_bytes = 1400;  // one datagram that no path cuts in two
constexpr std::size_t header_bytes = 4;
constexpr std::size_t data_bytes = 8;  // what stands before the operation's own data
constexpr int clr = 4;

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xFFU);
  }
}

void append_counted(std::string& out, std::string_view text) {
  append_number(out, text.size(), 2);
  out += text;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(at, count)) {
    number = (number << 8U) | static_cast<unsigned char>(c);
  }
  return number;
}

std::vector<Ability> abilities(const Settings&) { return {{.kind = Kind::url}}; }

Request write(const Settings& settings, const Call& call) {
  const Item& item = call.items.front();
  const Place place = place_of(item.text);
  const std::string scheme = option(settings, "scheme", place.scheme);
  return {"CLR", fmt::format("{}://{}{}", scheme, place.host, place.target), item.headers, {}, call.node};
}

Answer read(const Call&, const Response& response) {
  constexpr int not_there = 404;
  constexpr int removed = 200;
  Answer answer;
  if (response.status == removed) {
    answer.outcome = Answer::Outcome::completed;
  } else if (response.status == not_there) {
    answer = not_cached();
  } else {
    answer.outcome = Answer::Outcome::refused;
    answer.reason = "the cache holds it and keeps it";
  }
  return answer;
}

}  // namespace

std::optional<std::string> encode_htcp_clr(std::uint32_t message, std::string_view url,
                                           const std::vector<Header>& headers) {
  std::string lines;
  for (const Header& header : headers) {
    lines += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  std::string operation;
  append_number(operation, 0, 2);  // no reason is given
  append_counted(operation, "GET");
  append_counted(operation, url);
  append_counted(operation, "HTTP/1.1");
  append_counted(operation, lines);
  constexpr std::size_t authentication_bytes = 2;
  const std::size_t total = header_bytes + data_bytes + operation.size() + authentication_bytes;
  if (total > most_bytes) {
    return std::nullopt;
  }
  std::string out;
  append_number(out, total, 2);
  append_number(out, 0x0001, 2);  // version 0.1: Squid reads 0.0 as a layout of its own
  append_number(out, data_bytes + operation.size(), 2);
  append_number(out, clr << 4, 1);
  append_number(out, 0x02, 1);  // F1: an answer is wanted
  append_number(out, message, 4);
  out += operation;
  append_number(out, authentication_bytes, 2);  // none
  return out;
}

std::optional<HtcpResult> decode_htcp_answer(std::string_view datagram, std::uint32_t message) {
  if (datagram.size() < header_bytes + data_bytes || number_at(datagram, 0, 2) > datagram.size()) {
    return std::nullopt;
  }
  const std::uint32_t operation = number_at(datagram, header_bytes + 2, 1);
  const std::uint32_t flags = number_at(datagram, header_bytes + 3, 1);
  const bool is_answer = (flags & 0x01U) != 0;  // RR
  if (operation >> 4U != clr || !is_answer || number_at(datagram, header_bytes + 4, 4) != message) {
    return std::nullopt;
  }
  const std::uint32_t result = operation & 0x0FU;
  return result <= 2 ? std::optional(static_cast<HtcpResult>(result)) : std::nullopt;
}

Response htcp_response(HtcpResult result) {
  constexpr int statuses[] = {200, 409, 404};
  return {statuses[static_cast<std::size_t>(result)], {}, {}};
}

Provider squid_htcp() {
  return {
      .name = "squid-htcp",
      .transport = Transport::htcp,
      .abilities = abilities,
      .write = write,
      .read = read,
      .propagation = std::chrono::seconds(1),
      .is_at_nodes = true,
      .port = 4827,
      .key = {.variants = CacheKey::Variants::apart,
              .caveat = "CLR drops the index of a URL's variants and not the variants: the first one that is fetched "
                        "again is new, the others come back; purge through squid instead, or verify with --repurge"}};
}

}  // namespace cachewitness::purge
