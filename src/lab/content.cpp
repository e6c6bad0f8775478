#include "lab/content.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <iterator>

#include "base/assert.h"
#include "base/fnv1a.h"
#include "base/text.h"
#include "lab/draw.h"

namespace cachewitness::lab {

namespace {

// A few hundred bytes to 2 KiB of text that looks like, and compresses like, a small script.
std::string body_of(const Catalogue& catalogue, Subject subject, std::uint32_t release) {
  const std::string& tenant = catalogue.tenants()[subject.tenant];
  const std::string& asset = catalogue.assets()[subject.asset];
  std::string body = fmt::format("/* {}{} release {} */\n", tenant, asset, release);
  Draw draw(base::fnv1a(body));
  const std::size_t size = 300 + draw.next() % 1700;
  constexpr std::array<std::string_view, 8> words = {"price",  "basket", "banner", "search",
                                                     "locale", "layout", "ticket", "review"};
  while (body.size() < size) {
    const std::uint64_t line = draw.next();
    fmt::format_to(std::back_inserter(body), "shop.{}.{}({});\n", words[line % 8], words[line / 8 % 8], line % 100'000);
  }
  return body;
}

// Level 6 into one buffer that is large enough for sure; zlib writes no time stamp, so equal input gives equal bytes.
std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int gzip_window_bits = 15 + 16;
  CW_ASSERT(deflateInit2(&stream, 6, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  std::string input(text);  // zlib's input pointer is not const
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CW_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool has_zero_weight(std::string_view parameters) {
  const std::size_t equals = parameters.find('=');
  if (equals == std::string_view::npos || !base::equals_ignoring_case(base::trim(parameters.substr(0, equals)), "q")) {
    return false;
  }
  return parameters.find_first_of("123456789", equals) == std::string_view::npos;
}

}  // namespace

std::size_t Content::KeyHash::operator()(const Key& key) const noexcept {
  std::uint64_t state = std::uint64_t{key.subject.tenant} << 32 | key.subject.asset;
  state ^= (std::uint64_t{key.release} << 1 | static_cast<std::uint64_t>(key.coding)) * 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>(Draw(state).next());
}

const Representation& Content::representation(Subject subject, std::uint32_t release, Coding coding) {
  const Key key{subject, release, coding};
  if (const auto found = made_.find(key); found != made_.end()) {
    return found->second;
  }
  Representation made;
  made.body = body_of(catalogue_, subject, release);
  made.content_type = content_type_of(catalogue_.assets()[subject.asset]);
  // RFC 9110 8.8.3.3: another coding is another representation, so it needs another strong tag.
  made.etag = fmt::format("\"{:016x}{}\"", base::fnv1a(made.body), coding == Coding::gzip ? "-gzip" : "");
  if (coding == Coding::gzip) {
    made.body = gzip(made.body);
  }
  return made_.emplace(key, std::move(made)).first->second;
}

void Content::forget_before(std::uint32_t release) {
  std::erase_if(made_, [release](const auto& item) { return item.first.release < release; });
}

std::string_view content_type_of(std::string_view asset) {
  struct Type {
    std::string_view suffix;
    std::string_view type;
  };
  constexpr std::array<Type, 7> types = {{{".js", "text/javascript; charset=utf-8"},
                                          {".css", "text/css; charset=utf-8"},
                                          {".html", "text/html; charset=utf-8"},
                                          {"/", "text/html; charset=utf-8"},
                                          {".json", "application/json"},
                                          {".svg", "image/svg+xml"},
                                          {".txt", "text/plain; charset=utf-8"}}};
  const std::string_view path = asset.substr(0, asset.find('?'));
  for (const Type& type : types) {
    if (path.ends_with(type.suffix)) {
      return type.type;
    }
  }
  return "application/octet-stream";
}

Coding negotiated_coding(std::string_view accept_encoding) {
  if (accept_encoding == "gzip") {  // what a probe sends: no need to take it apart
    return Coding::gzip;
  }
  Coding any = Coding::identity;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view member = accept_encoding.substr(0, comma);
    accept_encoding = comma == std::string_view::npos ? "" : accept_encoding.substr(comma + 1);
    const std::size_t semicolon = member.find(';');
    const std::string_view coding = base::trim(member.substr(0, semicolon));
    const bool is_refused = semicolon != std::string_view::npos && has_zero_weight(member.substr(semicolon + 1));
    if (base::equals_ignoring_case(coding, "gzip") || base::equals_ignoring_case(coding, "x-gzip")) {
      return is_refused ? Coding::identity : Coding::gzip;
    }
    if (coding == "*" && !is_refused) {
      any = Coding::gzip;
    }
  }
  return any;
}

}  // namespace cachewitness::lab
