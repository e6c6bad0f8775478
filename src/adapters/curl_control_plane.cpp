#include "adapters/curl_control_plane.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::adapters {

namespace {

constexpr std::size_t most_body_bytes = std::size_t{1} << 20;
constexpr std::size_t most_head_bytes = std::size_t{64} << 10;
constexpr base::Duration connect_timeout = std::chrono::seconds(10);

long milliseconds(base::Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

std::size_t keep_body(char* bytes, std::size_t, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  text.append(bytes, std::min(count, most_body_bytes - std::min(most_body_bytes, text.size())));
  return count;
}

// The heads of interim answers (100 Continue) come first: each status line starts anew.
std::size_t keep_head(char* bytes, std::size_t, std::size_t count, void* head) {
  auto& text = *static_cast<std::string*>(head);
  const std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) {
    text.clear();
  }
  text.append(line.substr(0, most_head_bytes - std::min(most_head_bytes, text.size())));
  return count;
}

base::Failure failure_of(CURLcode code, bool is_sent, std::string detail) {
  using base::FailureCause;
  using base::Stage;
  const Stage sent = is_sent ? Stage::head : Stage::connect;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Stage::resolve, FailureCause::dns, std::move(detail)};
    case CURLE_COULDNT_CONNECT:
      return {Stage::connect, FailureCause::refused, std::move(detail)};
    case CURLE_OPERATION_TIMEDOUT:
      return {sent, FailureCause::timeout, std::move(detail)};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return {Stage::tls, FailureCause::tls, std::move(detail)};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {sent, FailureCause::malformed, std::move(detail)};
    default:
      return {sent, FailureCause::reset, std::move(detail)};
  }
}

}  // namespace

struct CurlControlPlane::Transfer {
  std::uint64_t id = 0;
  std::string head;
  std::string body;
  std::string request_body;
  char error[CURL_ERROR_SIZE] = {};
  curl_slist* headers = nullptr;
  curl_slist* connect_to = nullptr;

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_slist_free_all(headers);
    curl_slist_free_all(connect_to);
  }
};

base::Result<std::unique_ptr<CurlControlPlane>> CurlControlPlane::make() {
  static std::once_flag once;
  static CURLcode started = CURLE_FAILED_INIT;
  std::call_once(once, [] { started = curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURLM* multi = started == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    return base::fail(base::errors::system_call, "libcurl could not be started; memory may be short");
  }
  return std::unique_ptr<CurlControlPlane>(new CurlControlPlane(multi));
}

CurlControlPlane::CurlControlPlane(void* multi) : multi_(multi) {}

CurlControlPlane::~CurlControlPlane() {
  for (const auto& [easy, transfer] : transfers_) {
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
  }
  curl_multi_cleanup(multi_);
}

void CurlControlPlane::start(std::uint64_t id, const ports::ControlRequest& request) {
  CURL* easy = curl_easy_init();
  auto transfer = std::make_unique<Transfer>();
  transfer->id = id;
  transfer->request_body = request.body;
  for (const auto& [name, value] : request.headers) {
    // libcurl leaves out a header whose value is empty, unless a semicolon ends its name.
    const std::string line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
    transfer->headers = curl_slist_append(transfer->headers, line.c_str());
  }
  transfer->headers = curl_slist_append(transfer->headers, "Expect:");
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // The path goes out as it was signed.
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  // An empty body is said to be empty (Content-Length: 0): some APIs want it so of a POST.
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer->request_body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->request_body.c_str());
    if (request.body.empty()) {
      transfer->headers = curl_slist_append(transfer->headers, "Content-Type:");
    }
  }
  if (!request.connect_to.empty()) {
    transfer->connect_to = curl_slist_append(nullptr, ("::" + request.connect_to).c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect_to);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // that of the environment is for what the URL names
  }
  if (!request.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(std::min(connect_timeout, request.timeout)));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer->body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, keep_head);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer->head);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
  curl_multi_add_handle(multi_, easy);
  transfers_.emplace(easy, std::move(transfer));
}

void CurlControlPlane::collect(std::vector<ports::ControlAnswer>& out) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto found = transfers_.find(easy);
    Transfer& transfer = *found->second;
    ports::ControlAnswer answer;
    answer.id = transfer.id;
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      answer.status = static_cast<int>(status);
      answer.head = std::move(transfer.head);
      answer.body = std::move(transfer.body);
    } else {
      long sent = 0;
      curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
      answer.failure = failure_of(code, sent > 0, transfer.error[0] != 0 ? transfer.error : curl_easy_strerror(code));
    }
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
    transfers_.erase(found);
    out.push_back(std::move(answer));
  }
}

std::vector<ports::ControlAnswer> CurlControlPlane::wait(base::Duration limit) {
  std::vector<ports::ControlAnswer> out;
  int running = 0;
  curl_multi_perform(multi_, &running);
  collect(out);
  if (out.empty()) {
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(milliseconds(std::max(limit, base::Duration::zero()))),
                    nullptr);
    curl_multi_perform(multi_, &running);
    collect(out);
  }
  return out;
}

}  // namespace cachewitness::adapters
