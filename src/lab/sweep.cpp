#include "lab/sweep.h"

#include <fmt/format.h>

#include "base/text.h"
#include "lab/http_text.h"

namespace cachewitness::lab {

namespace {

template <typename Add>
void for_each_page(const Directory& directory, Add add) {
  // Tenant by tenant, so that the edges take turns and none of them is hammered.
  for (const std::string& tenant : directory.tenants) {
    for (const std::string& asset : directory.assets) {
      for (const Directory::Edge& edge : directory.edges) {
        add(edge, fmt::format("/{}{}", tenant, asset));
      }
    }
  }
}

std::string text_of(const SweepRequest& request) {
  std::string text;
  text.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  append_field(text, "Host", request.host);
  if (request.coding == Coding::gzip) {
    append_field(text, "Accept-Encoding", "gzip");
  }
  return text.append("\r\n");
}

}  // namespace

std::vector<SweepRequest> visits(const Directory& directory, const std::vector<Coding>& codings) {
  std::vector<SweepRequest> requests;
  for_each_page(directory, [&](const Directory::Edge& edge, const std::string& target) {
    for (const Coding coding : codings) {
      requests.push_back({edge.address, "GET", host_of(edge.region), target, coding});
    }
  });
  return requests;
}

std::vector<SweepRequest> purges(const Directory& directory) {
  std::vector<SweepRequest> requests;
  for_each_page(directory, [&requests](const Directory::Edge& edge, const std::string& target) {
    requests.push_back({edge.address, "PURGE", host_of(edge.region), target, Coding::identity});
  });
  return requests;
}

SweepRequest control_request(const Directory& directory, std::string_view target) {
  return {directory.control, "POST", "127.0.0.1", std::string(target), Coding::identity};
}

std::size_t SweepTally::of(int status) const {
  const auto found = statuses.find(status);
  return found == statuses.end() ? 0 : found->second;
}

Sweep::Sweep(ports::Network& network, std::vector<SweepRequest> requests, const SweepSettings& settings)
    : network_(network),
      requests_(std::move(requests)),
      concurrency_(settings.concurrency),
      client_(network, settings.timeout, settings.tls) {
  start_more();
}

const SweepTally& Sweep::run(base::Tick deadline) {
  while (in_flight_ > 0 && network_.now() < deadline && network_.turn(deadline)) {
  }
  tally_.unfinished = in_flight_ + requests_.size() - next_;
  return tally_;
}

void Sweep::start_more() {
  for (; next_ < requests_.size() && in_flight_ < concurrency_; ++next_) {
    const SweepRequest& request = requests_[next_];
    ++in_flight_;
    client_.fetch({request.to, text_of(request), request.method == "HEAD"},
                  [this](const FetchResult& result) { on_fetched(result); });
  }
}

void Sweep::on_fetched(const FetchResult& result) {
  --in_flight_;
  if (result) {
    ++tally_.statuses[result->head.status];
  } else {
    if (++tally_.failures == 1) {
      tally_.first_failure =
          fmt::format("{}: {}", base::name(result.error().cause), base::printable(result.error().detail));
    }
  }
  start_more();
}

}  // namespace cachewitness::lab
