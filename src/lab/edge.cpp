#include "lab/edge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "lab/origin.h"

namespace cachewitness::lab {

namespace {

constexpr std::size_t store_bytes = std::size_t{256} << 20;
constexpr base::Duration upstream_timeout = std::chrono::seconds(10);

// The key of a forwarded request: who asks for the same coding of the same URL may share the answer.
std::string forward_key(std::string_view url, Coding coding) {
  return std::string(url) + (coding == Coding::gzip ? "\ngzip" : "\n");
}

// The client's request as the upstream gets it: end-to-end fields, the coding normalised, and the validator of
// what is held instead of the client's own (RFC 9111 4.3.1).
std::string upstream_request(const http::RequestHead& request, std::string_view name, const StoredResponse* stale) {
  std::string text = "GET ";
  text.append(request.target).append(" HTTP/1.1\r\n");
  append_field(text, "Host", request.find("host").value_or(""));
  append_field(text, "Via", fmt::format("1.1 {}", name));
  if (negotiated_coding(request.find("accept-encoding").value_or("")) == Coding::gzip) {
    append_field(text, "Accept-Encoding", "gzip");
  }
  if (stale != nullptr && !stale->etag.empty()) {
    append_field(text, "If-None-Match", stale->etag);
  }
  return text.append("\r\n");
}

std::string_view reason_of(CacheStore::Miss miss, const StoredResponse* stale) {
  if (stale != nullptr) {
    return "stale";
  }
  return miss == CacheStore::Miss::vary ? "vary-miss" : "uri-miss";
}

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

void EdgeFaults::plant(FaultKind kind, std::optional<std::uint32_t> tenant) {
  (tenant ? tenants_[*tenant] : all_).add(kind);
}

void EdgeFaults::clear() {
  all_ = {};
  tenants_.clear();
}

FaultSet EdgeFaults::of(std::optional<std::uint32_t> tenant) const {
  if (!tenant || tenants_.empty()) {
    return all_;
  }
  const auto found = tenants_.find(*tenant);
  return found == tenants_.end() ? all_ : all_ | found->second;
}

Edge::Edge(ports::Network& network, const ports::TlsServer* tls, EdgeProfile profile)
    : profile_(std::move(profile)),
      store_(store_bytes),
      upstream_(network, upstream_timeout, nullptr),
      server_(network, tls, *this) {}

void Edge::on_request(const http::RequestHead& request, Ticket ticket) {
  url_.clear();
  append_host_name(url_, request);
  const auto subject = profile_.catalogue->find(url_, request.target);
  url_.append(request.target);
  const FaultSet faults = faults_.of(subject ? std::optional(subject->tenant) : std::nullopt);
  if (request.method == "PURGE") {
    return on_purge(request, faults, ticket);
  }
  const Client client{ticket, request.method == "HEAD", faults};
  if (request.method != "GET" && !client.is_head) {
    return reply_plainly(client, 405, "method", "This cache answers GET, HEAD and PURGE.\n");
  }
  if (faults.has(FaultKind::status_5xx)) {
    return reply_plainly(client, 503, "overloaded", "This cache is overloaded.\n");
  }
  const base::Tick now = server_.network().now();
  const StoredResponse* held = store_.find(url_, request);
  if (held == nullptr) {
    return forward(request, client, nullptr);
  }
  if (held->is_fresh(now)) {
    return serve(client, conditions_of(request), *held, Trace{"HIT", "hit", true});
  }
  if (now < held->stale_until) {
    serve(client, conditions_of(request), *held, Trace{"STALE", "hit", true});
    return forward(request, std::nullopt, held);
  }
  forward(request, client, held);
}

void Edge::on_purge(const http::RequestHead& request, FaultSet faults, Ticket ticket) {
  std::optional<Coding> only;
  if (const auto variant = request.find("x-purge-variant")) {
    only = *variant == "gzip" ? Coding::gzip : Coding::identity;
  }
  const bool is_soft = request.find("soft-purge") == "1" || faults.has(FaultKind::stale_while_revalidate);
  for (const Coding coding : {Coding::identity, Coding::gzip}) {
    // What is under way may have left the origin before the purge; it must not come back as fresh.
    if (auto under_way = forwards_.extract(forward_key(url_, coding)); !under_way.empty()) {
      under_way.mapped()->is_overtaken = true;
      under_way.mapped()->key.clear();
    }
  }
  std::size_t purged = 1;  // what an edge claims that does not do it
  if (faults.has(FaultKind::variant_not_purged)) {
    store_.purge(url_, Coding::identity);
  } else if (is_soft) {
    purged = store_.purge_softly(url_, server_.network().now(), soft_purge_window);
  } else if (!faults.has(FaultKind::node_not_purged)) {
    purged = store_.purge(url_, only);
  }
  refill_badly(faults);
  const Client client{ticket, false, {}};
  reply_plainly(client, purged == 0 ? 404 : 200, purged == 0 ? "purge-nothing-held" : "purged",
                purged == 0 ? "Nothing of this URL was held.\n" : "Purged.\n");
}

void Edge::refill_badly(FaultSet faults) {
  if (faults.has(FaultKind::negative_cache)) {
    store_upset(404, "");
  }
  if (faults.has(FaultKind::redirect_cached)) {
    store_upset(301, "Location: /maintenance.html\r\n");
  }
  if (!faults.has(FaultKind::refill_from_old_replica)) {
    return;
  }
  const std::size_t path = url_.find('/');
  for (const Coding coding : {Coding::identity, Coding::gzip}) {
    auto visit = std::make_shared<Forward>();
    visit->url = url_;
    visit->key = forward_key(url_, coding);
    visit->reason = "uri-miss";
    visit->request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", url_.substr(path), url_.substr(0, path),
                                 coding == Coding::gzip ? "Accept-Encoding: gzip\r\n" : "");
    forwards_.insert_or_assign(visit->key, visit);
    send(visit, profile_.lagging_upstream);
  }
}

void Edge::store_upset(int status, std::string_view fields) {
  const base::Tick now = server_.network().now();
  StoredResponse upset;
  upset.status = status;
  upset.fields = fields;
  upset.date = date_.at(profile_.anchor.at(now));
  upset.cache_control = origin_cache_control;
  upset.generated_at = now;
  upset.expires_at = now + std::chrono::days(1);
  store_.purge(url_, std::nullopt);
  store_.store(url_, http::RequestHead{}, std::move(upset));
}

void Edge::forward(const http::RequestHead& request, std::optional<Client> client, const StoredResponse* stale) {
  const Conditions conditions = conditions_of(request);
  std::vector<Waiter> waiters;
  if (client) {
    waiters.push_back({*client, std::string(conditions.if_none_match), std::string(conditions.if_modified_since)});
  }
  std::string key = forward_key(url_, negotiated_coding(request.find("accept-encoding").value_or("")));
  if (const auto under_way = forwards_.find(key); under_way != forwards_.end()) {
    auto& joined = under_way->second->waiters;
    joined.insert(joined.end(), waiters.begin(), waiters.end());
    return;
  }
  auto made = std::make_shared<Forward>();
  made->url = url_;
  made->key = std::move(key);
  made->request = upstream_request(request, profile_.name, stale);
  made->reason = reason_of(store_.last_miss(), stale);
  made->waiters = std::move(waiters);
  forwards_.emplace(made->key, made);
  send(made, profile_.upstream);
}

void Edge::send(const std::shared_ptr<Forward>& forward, const base::SocketAddress& upstream) {
  forward->sent_at = server_.network().now();
  // Shared: forwards_ lets go of it at a purge, and the answer still has to find its waiters.
  upstream_.fetch({upstream, forward->request},
                  [this, forward](const FetchResult& result) { on_upstream(forward, result); });
}

void Edge::on_upstream(const std::shared_ptr<Forward>& forward, const FetchResult& result) {
  if (!forward->key.empty()) {
    forwards_.erase(forward->key);
  }
  if (result) {
    on_answer(forward, *result);
  } else {
    on_no_answer(*forward, result.error());
  }
}

void Edge::on_answer(const std::shared_ptr<Forward>& forward, const Fetched& answer) {
  http::RequestHead asked;
  const bool is_ours = http::parse_request_head(forward->request, http::HeadLimits{}, asked).has_value();
  CW_ASSERT(is_ours);
  StoredResponse response = received(answer.head, answer.body, forward->sent_at);
  Trace trace{forward->reason == "stale" ? "EXPIRED" : "MISS", fmt::format("fwd={}", forward->reason)};
  if (response.status == 304) {
    const StoredResponse* held = store_.find(forward->url, asked);
    if (held == nullptr) {  // purged while it was being validated
      return forward_again(forward, asked);
    }
    // RFC 9111 4.3.4: the stored body with the new times and validators.
    response.status = held->status;
    response.fields = held->fields;
    response.body = held->body;
    response.coding = held->coding;
    trace = Trace{"REVALIDATED", "fwd=stale; fwd-status=304"};
  }
  const bool is_storable = !forward->is_overtaken && may_store(response, server_.network().now());
  if (is_storable && store_.store(forward->url, asked, response)) {
    trace.status.append("; stored");
  }
  // The lab's origin sends nothing private, so whoever waited may share what is not storable too.
  for (const Waiter& waiter : forward->waiters) {
    serve(waiter.client, {waiter.if_none_match, waiter.if_modified_since}, response, trace);
    if (&waiter == &forward->waiters.front()) {
      trace.status.append("; collapsed");
    }
  }
}

void Edge::forward_again(const std::shared_ptr<Forward>& forward, const http::RequestHead& asked) {
  if (forward->reason != "stale") {  // no validator was sent, so the upstream had nothing to compare
    return on_no_answer(*forward, {base::Stage::head, base::FailureCause::malformed, "a 304 that nobody asked for"});
  }
  std::string request = upstream_request(asked, profile_.name, nullptr);  // `asked` points into the old one
  forward->request = std::move(request);
  forward->reason = "uri-miss";
  send(forward, profile_.upstream);
}

void Edge::on_no_answer(const Forward& forward, const base::Failure& failure) {
  const bool is_late = failure.cause == base::FailureCause::timeout;
  for (const Waiter& waiter : forward.waiters) {
    reply_plainly(waiter.client, is_late ? 504 : 502, base::name(failure.cause), "The origin did not answer.\n");
  }
}

void Edge::serve(const Client& client, const Conditions& conditions, const StoredResponse& response,
                 const Trace& trace) {
  const FaultSet faults = client.faults;
  const bool is_unchanged =
      response.status == 200 && is_not_modified(conditions, response.etag, response.last_modified);
  std::string_view body = response.body;
  if (faults.has(FaultKind::gzip_broken) && response.coding == Coding::gzip) {
    body.remove_suffix(std::min<std::size_t>(body.size(), 8));  // RFC 1952 2.3.1: the checksum and the length
  }
  head_.clear();
  append_status_line(head_, is_unchanged ? 304 : response.status);
  if (!is_unchanged) {
    head_.append(response.fields).append("Content-Length: ");
    append_number(head_, static_cast<std::int64_t>(body.size()));
    head_.append("\r\n");
  }
  // RFC 9110 15.4.5: these go with a 304 too.
  append_optional(head_, "ETag", response.etag);
  append_optional(head_, "Last-Modified", response.last_modified);
  append_optional(head_, "Vary", response.vary);
  append_optional(head_, "Cache-Control",
                  faults.has(FaultKind::header_drift) ? "public, max-age=31536000, immutable" : response.cache_control);
  append_times(response, faults, trace);
  client.ticket.reply(with_faults(faults, head_, client.is_head || is_unchanged ? "" : body));
}

void Edge::append_times(const StoredResponse& response, FaultSet faults, const Trace& trace) {
  const base::Tick now = server_.network().now();
  const bool is_skewed = faults.has(FaultKind::clock_skew);
  const base::Instant wall = profile_.anchor.at(now) + (is_skewed ? clock_skew : base::Duration{});
  const bool has_own_date = is_skewed || faults.has(FaultKind::no_age) || response.date.empty();
  append_field(head_, "Date", has_own_date ? date_.at(wall) : std::string_view(response.date));
  if ((trace.is_reused || is_skewed) && !faults.has(FaultKind::no_age)) {
    // RFC 9111 4.2.3: a cache whose clock runs ahead takes every Date for old (apparent_age), on a miss too.
    const auto apparent = is_skewed ? std::chrono::floor<std::chrono::seconds>(clock_skew).count() : 0;
    head_.append("Age: ");
    append_number(head_, response.age(now) + apparent);
    head_.append("\r\n");
  }
  head_.append("Cache-Status: ").append(profile_.name).append("; ").append(trace.status);
  if (trace.is_reused) {
    head_.append("; ttl=");
    append_number(head_, response.ttl(now));
  }
  head_.append("\r\nX-Cache: ").append(trace.x_cache).append("\r\nVia: 1.1 ").append(profile_.name).append("\r\n");
}

void Edge::reply_plainly(const Client& client, int status, std::string_view detail, std::string_view body) {
  head_.clear();
  append_status_line(head_, status);
  append_field(head_, "Content-Type", "text/plain; charset=utf-8");
  append_field(head_, "Cache-Control", "no-store");
  append_field(head_, "Date", date_.at(profile_.anchor.at(server_.network().now())));
  append_field(head_, "Cache-Status", fmt::format("{}; detail={}", profile_.name, detail));
  if (status == 405) {
    append_field(head_, "Allow", "GET, HEAD, PURGE");
  }
  head_.append("Content-Length: ");
  append_number(head_, static_cast<std::int64_t>(body.size()));
  head_.append("\r\n");
  client.ticket.reply(with_faults(client.faults, head_, client.is_head ? "" : body));
}

}  // namespace cachewitness::lab
