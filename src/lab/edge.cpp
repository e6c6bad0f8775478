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
  if (const auto cookie = request.find("cookie")) {
    append_field(text, "Cookie", *cookie);
  }
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
      answers_(profile_.name, profile_.anchor),
      upstream_(network, upstream_timeout, nullptr),
      server_(network, tls, *this) {}

void Edge::on_request(const http::RequestHead& request, Ticket ticket) {
  url_.clear();
  append_host_name(url_, request);
  const auto subject = profile_.catalogue->find(url_, request.target);
  const FaultSet faults = faults_.of(subject ? std::optional(subject->tenant) : std::nullopt);
  if (subject && faults.has(FaultKind::shared_key)) {
    const std::size_t query = std::min(request.target.find('?'), request.target.size());
    url_ = profile_.catalogue->assets()[subject->asset];
    url_.append(request.target.substr(query));
  } else {
    url_.append(request.target);
  }
  if (request.method == "PURGE") {
    return on_purge(request, faults, ticket);
  }
  const Client client{ticket, request.method == "HEAD", faults};
  if (request.method != "GET" && !client.is_head) {
    return reply_plainly(client, {405, "method", "This cache answers GET, HEAD and PURGE.\n"});
  }
  if (faults.has(FaultKind::status_5xx)) {
    return reply_plainly(client, {503, "overloaded", "This cache is overloaded.\n"});
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
  const PlainAnswer answer = purged == 0 ? PlainAnswer{404, "purge-nothing-held", "Nothing of this URL was held.\n"}
                                         : PlainAnswer{200, "purged", "Purged.\n"};
  reply_plainly(Client{ticket, false, {}}, answer);
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
  upset.date = http_date(profile_.anchor.at(now));
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
  if (request.find("cookie")) {  // the answer may be this client's alone
    key.clear();
  }
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
  made->faults = client ? client->faults : FaultSet{};
  made->forwarded_host = request.find("x-forwarded-host").value_or("");
  if (!made->key.empty()) {
    forwards_.emplace(made->key, made);
  }
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
  upset(*forward, response);
  const bool is_storable = !forward->is_overtaken && may_store(response, server_.network().now());
  if (is_storable && store_.store(forward->url, asked, response)) {
    trace.status.append("; stored");
  }
  // Whoever may get something private waits alone, so that all others may share what is not storable too.
  for (const Waiter& waiter : forward->waiters) {
    serve(waiter.client, {waiter.if_none_match, waiter.if_modified_since}, response, trace);
    if (&waiter == &forward->waiters.front()) {
      trace.status.append("; collapsed");
    }
  }
}

void Edge::upset(const Forward& forward, StoredResponse& response) {
  if (forward.faults.has(FaultKind::header_stored) && !forward.forwarded_host.empty()) {
    append_field(response.fields, "Link", fmt::format("<https://{}/>; rel=canonical", forward.forwarded_host));
  }
  if (forward.faults.has(FaultKind::account_stored) && forward.url.ends_with(".css")) {
    response.cache_control = origin_cache_control;
    response.expires_at = server_.network().now() + std::chrono::days(1);
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
    reply_plainly(waiter.client, {is_late ? 504 : 502, base::name(failure.cause), "The origin did not answer.\n"});
  }
}

void Edge::serve(const Client& client, const Conditions& conditions, const StoredResponse& response,
                 const Trace& trace) {
  client.ticket.reply(
      answers_.page(response, trace, {conditions, client.is_head, client.faults}, server_.network().now()));
}

void Edge::reply_plainly(const Client& client, const PlainAnswer& answer) {
  client.ticket.reply(answers_.plain(answer, {{}, client.is_head, client.faults}, server_.network().now()));
}

}  // namespace cachewitness::lab
