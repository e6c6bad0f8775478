#include "lab/origin.h"

namespace cachewitness::lab {

OriginReplica::OriginReplica(ports::Network& network, const Shop& shop, std::string name)
    : shop_(shop), name_(std::move(name)), server_(network, nullptr, *this) {}

void OriginReplica::on_request(const http::RequestHead& request, Ticket ticket) {
  ++requests_;
  head_.clear();
  if (faults_.has(FaultKind::status_5xx)) {
    append_status_line(head_, 503);
    append_field(head_, "Cache-Control", "no-store");
    return reply(ticket, "The shop is closed.\n");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    append_status_line(head_, 405);
    append_field(head_, "Allow", "GET, HEAD");
    return reply(ticket, "");
  }
  host_.clear();
  append_host_name(host_, request);
  if (request.target.contains("/account/")) {
    return reply_with_account(request, ticket);
  }
  const auto subject = shop_.catalogue.find(host_, request.target);
  if (!subject) {
    append_status_line(head_, 404);
    append_field(head_, "Cache-Control", "public, max-age=5");
    return reply(ticket, request.method == "HEAD" ? "" : "The shop has no such page.\n");
  }
  const Coding coding = negotiated_coding(request.find("accept-encoding").value_or(""));
  const Representation& page = shop_.content.representation(*subject, release_, coding);
  const std::string last_modified = http_date(shop_.released_at.at(release_));
  const bool is_unchanged = is_not_modified(conditions_of(request), page.etag, last_modified);
  append_status_line(head_, is_unchanged ? 304 : 200);
  append_field(head_, "ETag", page.etag);
  append_field(head_, "Last-Modified", last_modified);
  append_field(head_, "Cache-Control", origin_cache_control);
  append_field(head_, "Vary", "Accept-Encoding");
  if (is_unchanged) {
    return reply(ticket, "");
  }
  append_field(head_, "Content-Type", page.content_type);
  if (coding == Coding::gzip) {
    append_field(head_, "Content-Encoding", "gzip");
  }
  if (request.method == "HEAD") {  // RFC 9110 8.6: the length that GET would have had
    head_.append("Content-Length: ");
    append_number(head_, static_cast<std::int64_t>(page.body.size()));
    head_.append("\r\n");
    return reply(ticket, "");
  }
  reply(ticket, page.body);
}

// Of whoever is signed in, whatever file the URL names below it: the shop's router does not look further.
void OriginReplica::reply_with_account(const http::RequestHead& request, Ticket ticket) {
  const bool is_signed_in = request.find("cookie").value_or("").contains("session=");
  append_status_line(head_, is_signed_in ? 200 : 403);
  append_field(head_, "Cache-Control", "private, no-store");
  append_field(head_, "Content-Type", "text/html; charset=utf-8");
  reply(ticket, is_signed_in ? account_page : "Sign in first.\n");
}

void OriginReplica::reply(Ticket ticket, std::string_view body) {
  append_field(head_, "Date", date_.at(shop_.anchor.at(server_.network().now())));
  append_field(head_, "Server", name_);
  const bool has_length = head_.find("\r\nContent-Length: ") != std::string::npos || head_.starts_with("HTTP/1.1 304");
  if (!has_length) {
    head_.append("Content-Length: ");
    append_number(head_, static_cast<std::int64_t>(body.size()));
    head_.append("\r\n");
  }
  ticket.reply(Reply{.head = head_,
                     .body = body,
                     .delivery = Delivery::whole,
                     .delay = faults_.has(FaultKind::slow) ? slow_delay : base::Duration{}});
}

}  // namespace cachewitness::lab
