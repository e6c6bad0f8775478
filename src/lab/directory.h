// Directory: who listens where in a running lab, as a value: what a manifest is written from, and what a
// client in another thread needs to know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/socket_address.h"

namespace cachewitness::lab {

struct Directory {
  struct Edge {
    std::string region;
    std::string name;
    base::SocketAddress address;
  };
  struct Replica {
    std::string name;
    base::SocketAddress address;
  };

  std::vector<std::string> regions;
  std::vector<Edge> edges;  // by region, in the order of `regions`
  std::vector<Replica> replicas;
  base::SocketAddress control;
  std::vector<std::string> tenants;
  std::vector<std::string> assets;
  bool is_tls = false;  // at the edges; origin and control are always plain
};

// "cdn-us-west.example.com": what visitors of a region ask for.
[[nodiscard]] std::string host_of(std::string_view region);

// us-west, us-east, eu-central, apac, then further ones.
[[nodiscard]] std::vector<std::string> region_names(std::size_t count);

}  // namespace cachewitness::lab
