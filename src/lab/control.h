// Control: the lab's own HTTP endpoint, through which a person or a script deploys, plants faults and looks
// at the state while the lab runs. Loopback only.
#pragma once

#include <string>
#include <string_view>

#include "lab/http_server.h"

namespace cachewitness::lab {

class Lab;

class Control final : private RequestHandler {
 public:
  Control(ports::Network& network, Lab& lab);

  [[nodiscard]] HttpServer& server() { return server_; }

 private:
  void on_request(const http::RequestHead& request, Ticket ticket) override;

  Lab& lab_;
  HttpServer server_;
};

// What the control endpoint answers to a GET: edges, addresses, releases, faults; one JSON object.
[[nodiscard]] std::string state_json(const Lab& lab);

}  // namespace cachewitness::lab
