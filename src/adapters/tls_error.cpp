#include "adapters/tls_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace cachewitness::adapters {

std::string take_tls_error() {
  const unsigned long error = ::ERR_peek_error();
  const char* const reason = ::ERR_reason_error_string(error);
  std::string text = reason != nullptr ? reason : "unknown TLS error";
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER) {
    text += "; the peer may not speak TLS on this port";
  }
  ::ERR_clear_error();
  return text;
}

std::string take_handshake_error(const ssl_st* ssl) {
  if (const long fault = ::SSL_get_verify_result(ssl); fault != X509_V_OK) {
    ::ERR_clear_error();
    return ::X509_verify_cert_error_string(fault);
  }
  return take_tls_error();
}

}  // namespace cachewitness::adapters
