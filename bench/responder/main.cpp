// A canned HTTP responder, so cheap that its client is the bottleneck: HTTP/1.1 with pipelining, HTTP/2 (prior
// knowledge, or ALPN over TLS), every request answered with the same cached object, at once or after a delay.
#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "server.h"

namespace {

namespace bench = cachewitness::bench;

constexpr std::string_view usage =
    "usage: responder [options]\n"
    "  --addresses LIST   such as 127.0.0.11-22, or with commas; default 127.0.0.1\n"
    "  --port N           default 0: one that is free, which is printed\n"
    "  --head-bytes N     size of an answer's head in HTTP/1.1; default 379\n"
    "  --body-bytes N     size of its body, 16384 at most; default 64\n"
    "  --distinct         ETag and the body's first 8 bytes are the CRC-32 of host and path\n"
    "  --delay LOW[-HIGH] answer after that many milliseconds, 1000 at most\n"
    "  --certificate FILE --key FILE   speak TLS\n";

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "127.0.0.11-22" is twelve addresses.
bool read_addresses(std::string_view list, std::vector<std::string>& out) {
  out.clear();
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    const std::size_t dash = entry.find('-');
    const std::size_t dot = entry.rfind('.', dash);
    if (dash == std::string_view::npos || dot == std::string_view::npos) {
      out.emplace_back(entry);
      continue;
    }
    int first = 0;
    int last = 0;
    if (!read_number(entry.substr(dot + 1, dash - dot - 1), first) || !read_number(entry.substr(dash + 1), last) ||
        last > 255) {
      return false;
    }
    for (int i = first; i <= last; ++i) {
      out.push_back(fmt::format("{}.{}", entry.substr(0, dot), i));
    }
  }
  return !out.empty();
}

bool read_delay(std::string_view text, bench::ServerOptions& options) {
  const std::size_t dash = text.find('-');
  constexpr std::int64_t most = 1000;
  return read_number(text.substr(0, dash), options.delay_ms_min) &&
         read_number(text.substr(dash == std::string_view::npos ? 0 : dash + 1), options.delay_ms_max) &&
         options.delay_ms_min >= 0 && options.delay_ms_min <= options.delay_ms_max && options.delay_ms_max <= most;
}

bool read_option(int option, std::string_view value, bench::ServerOptions& options) {
  constexpr std::size_t max_body = 16384;
  constexpr std::size_t max_head = 65536;
  switch (option) {
    case 'a':
      return read_addresses(value, options.addresses);
    case 'p':
      return read_number(value, options.port);
    case 'h':
      return read_number(value, options.shape.head_bytes) && options.shape.head_bytes <= max_head;
    case 'b':
      return read_number(value, options.shape.body_bytes) && options.shape.body_bytes <= max_body;
    case 'd':
      return read_delay(value, options);
    case 'i':
      options.shape.is_distinct = true;
      return true;
    case 'c':
      options.certificate_file = value;
      return true;
    case 'k':
      options.key_file = value;
      return true;
    default:
      return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  constexpr option names[] = {{"addresses", required_argument, nullptr, 'a'},
                              {"port", required_argument, nullptr, 'p'},
                              {"head-bytes", required_argument, nullptr, 'h'},
                              {"body-bytes", required_argument, nullptr, 'b'},
                              {"delay", required_argument, nullptr, 'd'},
                              {"distinct", no_argument, nullptr, 'i'},
                              {"certificate", required_argument, nullptr, 'c'},
                              {"key", required_argument, nullptr, 'k'},
                              {nullptr, 0, nullptr, 0}};
  bench::ServerOptions options;
  for (int given = 0; (given = getopt_long(argc, argv, "", names, nullptr)) != -1;) {
    if (!read_option(given, optarg == nullptr ? "" : optarg, options)) {
      fmt::print(stderr, "{}", usage);
      return 2;
    }
  }
  if (optind != argc || options.certificate_file.empty() != options.key_file.empty()) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  return bench::serve(options);
}
