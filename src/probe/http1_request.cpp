#include "probe/http1_request.h"

namespace cachewitness::probe {

void append_get(const ProbeRequest& request, std::string_view user_agent, std::string& out) {
  out.append("GET ").append(request.target).append(" HTTP/1.1\r\nHost: ").append(request.host);
  out.append("\r\nUser-Agent: ").append(user_agent).append("\r\nAccept: */*\r\n");
  for (const HeaderLine& line : request.headers) {
    out.append(line.name).append(": ").append(line.value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace cachewitness::probe
