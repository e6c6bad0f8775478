#include "lab/answer_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/origin.h"

namespace cachewitness::lab {

namespace {

constexpr std::string_view drifted_cache_control = "public, max-age=31536000, immutable";

Delivery delivery_of(FaultSet faults) {
  if (faults.has(FaultKind::hang_mid_head)) {
    return Delivery::hang_mid_head;
  }
  if (faults.has(FaultKind::drip)) {
    return Delivery::drip;
  }
  return faults.has(FaultKind::reset_mid_body) ? Delivery::cut_mid_body : Delivery::whole;
}

Reply with_faults(FaultSet faults, std::string_view head, std::string_view body) {
  return Reply{.head = head,
               .body = body,
               .delivery = delivery_of(faults),
               .delay = faults.has(FaultKind::slow) ? slow_delay : base::Duration{}};
}

}  // namespace

Reply AnswerWriter::page(const StoredResponse& response, const Trace& trace, const Asked& asked, base::Tick now) {
  const bool is_unchanged =
      response.status == 200 && is_not_modified(asked.conditions, response.etag, response.last_modified);
  std::string_view body = response.body;
  if (asked.faults.has(FaultKind::gzip_broken) && response.coding == Coding::gzip) {
    body.remove_suffix(std::min<std::size_t>(body.size(), 8));  // RFC 1952 2.3.1: the checksum and the length
  }
  head_.clear();
  append_status_line(head_, is_unchanged ? 304 : response.status);
  if (!is_unchanged) {
    head_.append(response.fields);
    append_length(body.size());
  }
  // RFC 9110 15.4.5: these go with a 304 too.
  append_optional(head_, "ETag", response.etag);
  append_optional(head_, "Last-Modified", response.last_modified);
  append_optional(head_, "Vary", response.vary);
  const bool is_drifted = asked.faults.has(FaultKind::header_drift);
  append_optional(head_, "Cache-Control", is_drifted ? drifted_cache_control : response.cache_control);
  append_times(response, trace, asked.faults, now);
  return with_faults(asked.faults, head_, asked.is_head || is_unchanged ? "" : body);
}

void AnswerWriter::append_times(const StoredResponse& response, const Trace& trace, FaultSet faults, base::Tick now) {
  const bool is_skewed = faults.has(FaultKind::clock_skew);
  const base::Instant wall = anchor_.at(now) + (is_skewed ? clock_skew : base::Duration{});
  const bool has_own_date = is_skewed || faults.has(FaultKind::no_age) || response.date.empty();
  append_field(head_, "Date", has_own_date ? date_.at(wall) : std::string_view(response.date));
  if ((trace.is_reused || is_skewed) && !faults.has(FaultKind::no_age)) {
    // RFC 9111 4.2.3: a cache whose clock runs ahead takes every Date for old (apparent_age), on a miss too.
    const auto apparent = is_skewed ? std::chrono::floor<std::chrono::seconds>(clock_skew).count() : 0;
    head_.append("Age: ");
    append_number(head_, response.age(now) + apparent);
    head_.append("\r\n");
  }
  if (!faults.has(FaultKind::silent)) {
    append_words(response, trace, now);
  }
  head_.append("Via: 1.1 ").append(name_).append("\r\n");
}

void AnswerWriter::append_words(const StoredResponse& response, const Trace& trace, base::Tick now) {
  head_.append("Cache-Status: ").append(name_).append("; ").append(trace.status);
  if (trace.is_reused) {
    head_.append("; ttl=");
    append_number(head_, response.ttl(now));
  }
  head_.append("\r\nX-Cache: ").append(trace.x_cache).append("\r\n");
}

Reply AnswerWriter::plain(const PlainAnswer& answer, const Asked& asked, base::Tick now) {
  head_.clear();
  append_status_line(head_, answer.status);
  append_field(head_, "Content-Type", "text/plain; charset=utf-8");
  append_field(head_, "Cache-Control", "no-store");
  append_field(head_, "Date", date_.at(anchor_.at(now)));
  append_field(head_, "Cache-Status", fmt::format("{}; detail={}", name_, answer.detail));
  if (answer.status == 405) {
    append_field(head_, "Allow", "GET, HEAD, PURGE");
  }
  append_length(answer.body.size());
  return with_faults(asked.faults, head_, asked.is_head ? "" : answer.body);
}

void AnswerWriter::append_length(std::size_t bytes) {
  head_.append("Content-Length: ");
  append_number(head_, static_cast<std::int64_t>(bytes));
  head_.append("\r\n");
}

}  // namespace cachewitness::lab
