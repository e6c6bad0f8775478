#include "support/evidence_builder.h"

#include <algorithm>
#include <cmath>

namespace cachewitness::testing_support {

namespace {

std::string head_of(const Reply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Some Reason\r\n";
  const std::string etag = reply.etag == "auto" ? '"' + reply.body + '"' : reply.etag;
  if (!etag.empty()) {
    head += "ETag: " + etag + "\r\n";
  }
  if (!reply.cache_control.empty()) {
    head += "Cache-Control: " + reply.cache_control + "\r\n";
  }
  return head + "Content-Type: text/javascript\r\n" + reply.fields + "\r\n";
}

}  // namespace

Reply failing(base::FailureCause cause, base::Stage stage) {
  Reply reply;
  reply.failure = base::Failure{stage, cause, "as planted"};
  return reply;
}

base::Instant at_second(double seconds) {
  return purge_moment + base::Duration{static_cast<std::int64_t>(std::llround(seconds * 1e9))};
}

// Not SHA-256: tests need only that equal bodies have equal digests.
base::Digest digest_of(const std::string& body) {
  base::Digest digest;
  std::transform(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(std::min(body.size(), digest.bytes.size())),
                 digest.bytes.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return digest;
}

EvidenceBuilder::EvidenceBuilder() {
  header.run_id = "test-run";
  header.started_at = at_second(40);
  header.purge.is_known = true;
  header.purge.requested_at = at_second(0);
  header.purge.acknowledged_at = at_second(1);
  header.purge.source = "test";
  roster.edges = {{"production", "us-west", "us-west-1", "127.0.0.1:80", "", 1},
                  {"production", "eu-central", "eu-central-1", "127.0.0.2:80", "", 1}};
  roster.replicas = {{"production", "http://o1.example"}, {"production", "http://o2.example"}};
  roster.tenants.intern("tenant-a");
  roster.tenants.intern("tenant-b");
  roster.assets.intern("/asset.js");
  roster.variants.intern("identity");
  roster.variants.intern("gzip");
}

evidence::Cell EvidenceBuilder::cell(const Place& place) {
  return {evidence::EdgeId{place.edge}, evidence::TenantId{place.tenant}, evidence::AssetId{place.asset},
          evidence::VariantId{place.variant}};
}

void EvidenceBuilder::add(evidence::Role role, const evidence::Cell& cell, evidence::ReplicaId replica,
                          const Reply& reply) {
  evidence::Evidence one;
  one.id = evidence.size() + 1;
  one.role = role;
  one.cell = cell;
  one.replica = replica;
  one.url = "https://";
  one.url.append(roster.tenant(cell.tenant)).append(".example").append(roster.asset(cell.asset));
  one.sent_at = at_second(reply.at);
  one.received_at = at_second(reply.at + reply.took);
  one.path.connection = one.id;
  if (reply.failure) {
    one.outcome = *reply.failure;
  } else {
    evidence::Response response;
    response.status = reply.status;
    response.head = head_of(reply);
    response.body.decode_error = reply.decode_error;
    response.body.marks = reply.marks;
    if (reply.is_hashed) {
      response.body.sha256 = digest_of(reply.body);
    }
    one.outcome = response;
  }
  evidence.push_back(one);
}

EvidenceBuilder& EvidenceBuilder::origin(const Reply& reply, std::uint32_t replica, const Place& place) {
  evidence::Cell truth = cell(place);
  truth.edge = evidence::EdgeId::none();
  add(evidence::Role::origin, truth, evidence::ReplicaId{replica}, reply);
  return *this;
}

EvidenceBuilder& EvidenceBuilder::origins(Reply reply, const Place& place) {
  reply.at = 50;
  return origin(reply, 0, place).origin(reply, 1, place);
}

EvidenceBuilder& EvidenceBuilder::baseline(Reply reply, const Place& place) {
  if (reply.at > 0) {
    reply.at = -120;
  }
  add(evidence::Role::baseline, cell(place), evidence::ReplicaId::none(), reply);
  return *this;
}

EvidenceBuilder& EvidenceBuilder::probe(const Reply& reply, const Place& place) {
  add(evidence::Role::probe, cell(place), evidence::ReplicaId::none(), reply);
  return *this;
}

EvidenceBuilder& EvidenceBuilder::leak(const evidence::LeakProbe& step, const Reply& reply, const Place& place) {
  add(evidence::Role::leak, cell(place), evidence::ReplicaId::none(), reply);
  evidence.back().leak = step;
  return *this;
}

}  // namespace cachewitness::testing_support
