#include "adapters/lean_crypto.h"

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace cachewitness::adapters {

namespace {

constexpr std::array<std::string_view, 4> certificate_keys{"EC", "RSA", "RSA-PSS", "ED25519"};
// HMAC is the key of a MAC to OpenSSL. Each costs every certificate 3 us.
constexpr std::array<std::string_view, 9> keys{"EC",     "RSA",  "RSA-PSS", "ED25519", "ED448",
                                               "X25519", "X448", "DH",      "HMAC"};

// A provider is asked through functions without a state of their own, so its state is the process's.
struct Lean {
  OSSL_PROVIDER* whole = nullptr;  // the default provider
  std::vector<OSSL_ALGORITHM> decoders;
  std::vector<OSSL_ALGORITHM> key_types;
};

Lean& lean() {
  static Lean instance;
  return instance;
}

// "EC:id-ecPublicKey:1.2.840.10045.2.1": the first is the name.
std::string_view name_of(const OSSL_ALGORITHM& algorithm) {
  const std::string_view names = algorithm.algorithm_names;
  return names.substr(0, names.find(':'));
}

bool is_certificate_decoder(const OSSL_ALGORITHM& algorithm) {
  const std::string_view properties = algorithm.property_definition;
  return std::ranges::count(certificate_keys, name_of(algorithm)) > 0 && properties.contains("input=der") &&
         properties.contains("structure=SubjectPublicKeyInfo");
}

bool is_tls_key(const OSSL_ALGORITHM& algorithm) { return std::ranges::count(keys, name_of(algorithm)) > 0; }

std::vector<OSSL_ALGORITHM> select(int operation, bool (*is_wanted)(const OSSL_ALGORITHM&)) {
  std::vector<OSSL_ALGORITHM> selected;
  int no_cache = 0;
  const OSSL_ALGORITHM* algorithm = ::OSSL_PROVIDER_query_operation(lean().whole, operation, &no_cache);
  for (; algorithm != nullptr && algorithm->algorithm_names != nullptr; ++algorithm) {
    if (is_wanted(*algorithm)) {
      selected.push_back(*algorithm);
    }
  }
  selected.push_back({});  // the end, as OpenSSL marks it
  return selected;
}

const OSSL_ALGORITHM* query(void* /*state*/, int operation, int* no_cache) {
  *no_cache = 0;
  switch (operation) {
    case OSSL_OP_DECODER:
      return lean().decoders.data();
    case OSSL_OP_KEYMGMT:
      return lean().key_types.data();
    case OSSL_OP_ENCODER:
    case OSSL_OP_STORE:
      return nullptr;
    default:
      return ::OSSL_PROVIDER_query_operation(lean().whole, operation, no_cache);
  }
}

int tell_capabilities(void* /*state*/, const char* capability, OSSL_CALLBACK* take, void* argument) {
  return ::OSSL_PROVIDER_get_capabilities(lean().whole, capability, take, argument);
}

int start(const OSSL_CORE_HANDLE* /*core*/, const OSSL_DISPATCH* /*core_functions*/, const OSSL_DISPATCH** functions,
          void** state) {
  static const OSSL_DISPATCH table[] = {
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(&query)},
      {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<void (*)()>(&tell_capabilities)},
      {0, nullptr},
  };
  *functions = table;
  // What the default provider's own functions expect.
  *state = ::OSSL_PROVIDER_get0_provider_ctx(lean().whole);
  return 1;
}

bool is_default_provider_alone() {
  struct Seen {
    int providers = 0;
    bool has_default = false;
  } seen;
  const auto look = [](OSSL_PROVIDER* provider, void* argument) {
    auto* const out = static_cast<Seen*>(argument);
    ++out->providers;
    out->has_default = out->has_default || std::string_view(::OSSL_PROVIDER_get0_name(provider)) == "default";
    return 1;
  };
  ::OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  ::OSSL_PROVIDER_do_all(nullptr, look, &seen);
  return seen.providers == 1 && seen.has_default;
}

ossl_lib_ctx_st* open_lean_crypto() {
  if (!is_default_provider_alone()) {
    return nullptr;
  }
  lean().whole = ::OSSL_PROVIDER_load(nullptr, "default");
  OSSL_LIB_CTX* const context = lean().whole != nullptr ? ::OSSL_LIB_CTX_new() : nullptr;
  if (context == nullptr) {
    return nullptr;
  }
  lean().decoders = select(OSSL_OP_DECODER, is_certificate_decoder);
  lean().key_types = select(OSSL_OP_KEYMGMT, is_tls_key);
  if (::OSSL_PROVIDER_add_builtin(context, "lean", start) != 1 || ::OSSL_PROVIDER_load(context, "lean") == nullptr) {
    ::ERR_clear_error();
    ::OSSL_LIB_CTX_free(context);
    return nullptr;
  }
  return context;
}

}  // namespace

ossl_lib_ctx_st* lean_crypto() {
  static ossl_lib_ctx_st* const context = open_lean_crypto();
  return context;
}

}  // namespace cachewitness::adapters
