#include "app/control_request.h"

#include <fmt/format.h>

namespace cachewitness::app {

ports::ControlRequest control_request(const purge::Request& request, const std::string& ca_file) {
  ports::ControlRequest out{request.method, request.url, {}, request.body, {}, ca_file};
  for (const purge::Header& header : request.headers) {
    out.headers.emplace_back(header.name, header.value);
  }
  if (!request.node.name.empty()) {
    const bool is_v6 = request.node.host.find(':') != std::string::npos;
    out.connect_to = fmt::format("{}{}{}:{}", is_v6 ? "[" : "", request.node.host, is_v6 ? "]" : "",
                                 request.node.port == 0 ? "" : std::to_string(request.node.port));
  }
  return out;
}

}  // namespace cachewitness::app
