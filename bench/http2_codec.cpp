// What an HTTP/2 response costs to read, in processor time: our session and our header decoder against those of
// nghttp2, on the same bytes. Three servers: one that Huffman-codes all and refers to nothing (as nginx does), a CDN
// with 26 fields that does so, and the same CDN with a dynamic table. The budget is 500 ns a response.
#include <ctime>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include "base/assert.h"
#include "http/h2/frame.h"
#include "http/h2/hpack_decoder.h"
#include "probe/http2_session.h"

namespace {

namespace h2 = cachewitness::http::h2;
namespace probe = cachewitness::probe;

constexpr std::uint32_t streams = 100;    // a batch
constexpr std::uint32_t batches = 100;    // a connection
constexpr std::uint32_t repetitions = 5;  // connections
constexpr std::uint32_t rounds = 5;       // the median counts
constexpr double responses = 1.0 * streams * batches * repetitions;

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields nginx_head(std::uint32_t nth) {
  return {{":status", "200"},
          {"server", "nginx/1.22.1"},
          {"date", fmt::format("Tue, 25 Nov 2025 10:{:02}:{:02} GMT", nth / 6000 % 60, nth / 100 % 60)},
          {"content-type", "application/javascript"},
          {"content-length", "100"},
          {"last-modified", "Mon, 24 Nov 2025 09:12:44 GMT"},
          {"etag", fmt::format("\"6924{:06x}-64\"", nth * 7919 % 0xFFFFFF)},
          {"cache-control", "public, max-age=31536000, immutable"},
          {"accept-ranges", "bytes"}};
}

Fields cdn_head(std::uint32_t nth) {
  Fields head = nginx_head(nth);
  head[1].second = "cloudfront-like";
  const Fields more{
      {"vary", "Accept-Encoding"},
      {"age", fmt::format("{}", nth * 31 % 86400)},
      {"via", "1.1 varnish, 1.1 4f3c9d1f2b7a.cdn.example (Edge)"},
      {"x-cache", "HIT, HIT"},
      {"x-cache-hits", fmt::format("{}, {}", nth % 9, nth % 77)},
      {"x-served-by", fmt::format("cache-fra-eddf823{:04}-FRA", nth % 64)},
      {"x-timer", fmt::format("S1764065{:03}.{:06},VS0,VE1", nth % 1000, nth * 37 % 1000000)},
      {"x-request-id", fmt::format("{:016x}{:016x}", nth * 0x9E3779B97F4A7C15U, nth * 0xC2B2AE3D27D4EB4FU)},
      {"cache-status", fmt::format("edge.example; hit; ttl={}", nth * 17 % 3600)},
      {"strict-transport-security", "max-age=31536000; includeSubDomains; preload"},
      {"x-content-type-options", "nosniff"},
      {"access-control-allow-origin", "*"},
      {"timing-allow-origin", "*"},
      {"alt-svc", "h3=\":443\"; ma=86400"},
      {"server-timing", "cdn-cache; desc=HIT, edge; dur=1"},
      {"referrer-policy", "strict-origin-when-cross-origin"},
      {"x-frame-options", "SAMEORIGIN"}};
  head.insert(head.end(), more.begin(), more.end());
  return head;
}

class Deflater {
 public:
  Deflater() { CW_ASSERT(nghttp2_hd_deflate_new(&deflater_, 4096) == 0); }
  ~Deflater() { nghttp2_hd_deflate_del(deflater_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string deflate(const Fields& fields, std::uint8_t flags) {
    std::vector<nghttp2_nv> made;
    for (const auto& [name, value] : fields) {
      const auto bytes = [](const std::string& of) {
        return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(of.data()));
      };
      made.push_back({bytes(name), bytes(value), name.size(), value.size(), flags});
    }
    std::string out(nghttp2_hd_deflate_bound(deflater_, made.data(), made.size()), '\0');
    const ssize_t size = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<std::uint8_t*>(out.data()), out.size(),
                                               made.data(), made.size());
    CW_ASSERT(size > 0);
    out.resize(static_cast<std::size_t>(size));
    return out;
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

struct Recording {
  std::string_view name;
  std::vector<std::string> blocks;
  std::vector<std::string> batches;  // frames; the first one opens the connection
};

Recording record(std::string_view name, Fields (*head)(std::uint32_t), std::uint8_t flags) {
  Recording made{name, {}, {}};
  Deflater deflater;
  std::uint32_t id = 1;
  const std::string body(100, 'b');
  for (std::uint32_t batch = 0; batch < batches; ++batch) {
    std::string& bytes = made.batches.emplace_back();
    if (batch == 0) {
      h2::append_frame_header({0, h2::FrameType::settings, 0, 0}, bytes);
    }
    for (std::uint32_t i = 0; i < streams; ++i, id += 2) {
      const std::string& block = made.blocks.emplace_back(deflater.deflate(head(id), flags));
      h2::append_frame_header(
          {static_cast<std::uint32_t>(block.size()), h2::FrameType::headers, h2::flag::end_headers, id}, bytes);
      bytes += block;
      h2::append_frame_header({100, h2::FrameType::data, h2::flag::end_stream, id}, bytes);
      bytes += body;
    }
  }
  return made;
}

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::size_t decode_ours(const Recording& recording) {
  std::size_t bytes = 0;
  h2::HpackDecoder decoder({});
  for (std::uint32_t i = 0; i < repetitions; ++i) {
    decoder.start();
    for (const std::string& block : recording.blocks) {
      CW_ASSERT(decoder.decode(block).has_value());
      bytes += decoder.text().size();
    }
  }
  return bytes;
}

std::size_t decode_nghttp2(const Recording& recording) {
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < repetitions; ++i) {
    nghttp2_hd_inflater* inflater = nullptr;
    CW_ASSERT(nghttp2_hd_inflate_new(&inflater) == 0);
    for (const std::string& block : recording.blocks) {
      const auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
      std::size_t left = block.size();
      for (int flags = 0; (flags & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
        nghttp2_nv field;
        const ssize_t taken = nghttp2_hd_inflate_hd2(inflater, &field, &flags, at, left, 1);
        CW_ASSERT(taken >= 0);
        at += taken;
        left -= static_cast<std::size_t>(taken);
        bytes += (flags & NGHTTP2_HD_INFLATE_EMIT) != 0 ? field.namelen + field.valuelen + 4 : 0;
      }
      nghttp2_hd_inflate_end_headers(inflater);
    }
    nghttp2_hd_inflate_del(inflater);
  }
  return bytes;
}

class Counting : public probe::SessionEvents {
 public:
  void on_first_byte(probe::Exchange& /*exchange*/) override {}
  void on_outcome(probe::Exchange& exchange) override { bytes += exchange.evidence.response()->head.size(); }
  void on_unprocessed(probe::Exchange& /*exchange*/) override { CW_ASSERT(false); }
  std::size_t bytes = 0;
};

// Asks and reads: what a connection does besides moving bytes.
std::size_t run_ours(const Recording& recording) {
  Counting events;
  probe::Http2Settings settings;
  settings.limits.body.hash = false;
  settings.user_agent = "cachewitness/bench";
  probe::Http2Session session(settings, events);
  std::vector<probe::Exchange> exchanges(streams);
  for (probe::Exchange& exchange : exchanges) {
    exchange.request.host = "tenant-0001.example.com";
    exchange.request.target = "/assets/application-4f3c9d.js";
  }
  std::string out;
  for (std::uint32_t i = 0; i < repetitions; ++i) {
    session.start(out);
    for (const std::string& batch : recording.batches) {
      for (probe::Exchange& exchange : exchanges) {
        session.begin(exchange, out);
      }
      out.clear();
      session.receive(batch, out);
    }
  }
  return events.bytes;
}

struct ReferenceHeads {
  std::vector<std::string> heads = std::vector<std::string>(streams);
  std::size_t bytes = 0;
};

std::string& head_of(void* user, std::int32_t stream) {
  return static_cast<ReferenceHeads*>(user)->heads[static_cast<std::size_t>(stream) / 2 % streams];
}

int take_field(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
               std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
               void* user) {
  head_of(user, frame->hd.stream_id)
      .append(reinterpret_cast<const char*>(name), name_size)
      .append(": ")
      .append(reinterpret_cast<const char*>(value), value_size)
      .append("\r\n");
  return 0;
}

int take_end(nghttp2_session* /*session*/, std::int32_t stream, std::uint32_t /*code*/, void* user) {
  std::string& head = head_of(user, stream);
  static_cast<ReferenceHeads*>(user)->bytes += head.size();
  head.clear();
  return 0;
}

std::size_t run_nghttp2(const Recording& recording) {
  ReferenceHeads heads;
  nghttp2_session_callbacks* callbacks = nullptr;
  CW_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, take_field);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, take_end);
  const auto field = [](std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view of) {
      return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(of.data()));
    };
    return nghttp2_nv{bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  };
  const std::vector<nghttp2_nv> request{field(":method", "GET"),
                                        field(":scheme", "https"),
                                        field(":authority", "tenant-0001.example.com"),
                                        field(":path", "/assets/application-4f3c9d.js"),
                                        field("user-agent", "cachewitness/bench"),
                                        field("accept", "*/*")};
  for (std::uint32_t i = 0; i < repetitions; ++i) {
    nghttp2_session* session = nullptr;
    CW_ASSERT(nghttp2_session_client_new(&session, callbacks, &heads) == 0);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, 1 << 30);
    const std::uint8_t* sent = nullptr;
    for (const std::string& batch : recording.batches) {
      for (std::uint32_t stream = 0; stream < streams; ++stream) {
        nghttp2_submit_request(session, nullptr, request.data(), request.size(), nullptr, nullptr);
      }
      while (nghttp2_session_mem_send(session, &sent) > 0) {
      }
      const auto* const begin = reinterpret_cast<const std::uint8_t*>(batch.data());
      CW_ASSERT(nghttp2_session_mem_recv(session, begin, batch.size()) == static_cast<ssize_t>(batch.size()));
    }
    nghttp2_session_del(session);
  }
  nghttp2_session_callbacks_del(callbacks);
  return heads.bytes;
}

double median_ns(std::size_t (*run)(const Recording&), const Recording& recording) {
  std::vector<double> times;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const double begin = cpu_ns();
    CW_ASSERT(run(recording) > 0);
    times.push_back((cpu_ns() - begin) / responses);
  }
  std::ranges::sort(times);
  return times[rounds / 2];
}

}  // namespace

int main() {
  const Recording recordings[] = {record("nginx, 9 fields, no table", nginx_head, NGHTTP2_NV_FLAG_NO_INDEX),
                                  record("CDN, 26 fields, no table", cdn_head, NGHTTP2_NV_FLAG_NO_INDEX),
                                  record("CDN, 26 fields, table", cdn_head, NGHTTP2_NV_FLAG_NONE)};
  fmt::print("{:28} {:>24} {:>24}\n", "ns a response", "header block", "request and response");
  for (const Recording& recording : recordings) {
    const double blocks = median_ns(decode_ours, recording);
    const double reference_blocks = median_ns(decode_nghttp2, recording);
    const double session = median_ns(run_ours, recording);
    const double reference_session = median_ns(run_nghttp2, recording);
    fmt::print("{:28} {:>6.0f} of {:>6.0f} = {:.2f} {:>6.0f} of {:>6.0f} = {:.2f}\n", recording.name, blocks,
               reference_blocks, blocks / reference_blocks, session, reference_session, session / reference_session);
  }
  return 0;
}
