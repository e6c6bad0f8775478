#include "quic/close_text.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::quic {

namespace {

using base::FailureCause;
using base::Stage;

struct Name {
  std::uint64_t code;
  std::string_view text;
};

constexpr std::array<Name, 20> application_names{{
    {0x100, "H3_NO_ERROR"},
    {0x101, "H3_GENERAL_PROTOCOL_ERROR"},
    {0x102, "H3_INTERNAL_ERROR"},
    {0x103, "H3_STREAM_CREATION_ERROR"},
    {0x104, "H3_CLOSED_CRITICAL_STREAM"},
    {0x105, "H3_FRAME_UNEXPECTED"},
    {0x106, "H3_FRAME_ERROR"},
    {0x107, "H3_EXCESSIVE_LOAD"},
    {0x108, "H3_ID_ERROR"},
    {0x109, "H3_SETTINGS_ERROR"},
    {0x10a, "H3_MISSING_SETTINGS"},
    {0x10b, "H3_REQUEST_REJECTED"},
    {0x10c, "H3_REQUEST_CANCELLED"},
    {0x10d, "H3_REQUEST_INCOMPLETE"},
    {0x10e, "H3_MESSAGE_ERROR"},
    {0x10f, "H3_CONNECT_ERROR"},
    {0x110, "H3_VERSION_FALLBACK"},
    {0x200, "QPACK_DECOMPRESSION_FAILED"},
    {0x201, "QPACK_ENCODER_STREAM_ERROR"},
    {0x202, "QPACK_DECODER_STREAM_ERROR"},
}};

constexpr std::array<Name, 17> transport_names{{
    {0x00, "NO_ERROR"},
    {0x01, "INTERNAL_ERROR"},
    {0x02, "CONNECTION_REFUSED"},
    {0x03, "FLOW_CONTROL_ERROR"},
    {0x04, "STREAM_LIMIT_ERROR"},
    {0x05, "STREAM_STATE_ERROR"},
    {0x06, "FINAL_SIZE_ERROR"},
    {0x07, "FRAME_ENCODING_ERROR"},
    {0x08, "TRANSPORT_PARAMETER_ERROR"},
    {0x09, "CONNECTION_ID_LIMIT_ERROR"},
    {0x0a, "PROTOCOL_VIOLATION"},
    {0x0b, "INVALID_TOKEN"},
    {0x0c, "APPLICATION_ERROR"},
    {0x0d, "CRYPTO_BUFFER_EXCEEDED"},
    {0x0e, "KEY_UPDATE_ERROR"},
    {0x0f, "AEAD_LIMIT_REACHED"},
    {0x10, "NO_VIABLE_PATH"},
}};

// Those that a client is likely to meet (RFC 8446 6.2).
constexpr std::array<Name, 14> alert_names{{
    {10, "unexpected_message"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {80, "internal_error"},
    {109, "missing_extension"},
    {112, "unrecognized_name"},
    {120, "no_application_protocol"},
}};

constexpr std::uint64_t connection_refused = 0x02;
constexpr std::uint64_t first_crypto_error = 0x100;
constexpr std::uint64_t last_crypto_error = 0x1ff;

std::string_view find_name(std::span<const Name> names, std::uint64_t code) {
  const auto found = std::ranges::find(names, code, &Name::code);
  return found == names.end() ? std::string_view{} : found->text;
}

std::string with_reason(std::string text, std::string_view reason) {
  return reason.empty() ? text : fmt::format("{}: \"{}\"", text, base::printable(reason));
}

}  // namespace

std::string application_code_text(std::uint64_t code) {
  const std::string_view known = find_name(application_names, code);
  return known.empty() ? fmt::format("error 0x{:x}", code) : std::string(known);
}

std::string alert_text(std::uint64_t alert) {
  const std::string_view known = find_name(alert_names, alert);
  return fmt::format("{} ({})", known.empty() ? "alert" : known, alert);
}

base::Failure close_failure(bool is_application, std::uint64_t code, std::string_view reason, bool is_open) {
  const Stage stage = is_open ? Stage::head : Stage::tls;
  if (is_application) {
    return {stage, FailureCause::reset,
            with_reason("connection closed by the server with " + application_code_text(code), reason)};
  }
  if (code >= first_crypto_error && code <= last_crypto_error) {
    return {stage, FailureCause::tls,
            with_reason("the server refused the TLS handshake: " + alert_text(code - first_crypto_error), reason)};
  }
  const std::string_view known = find_name(transport_names, code);
  const std::string text =
      with_reason(fmt::format("connection closed by the server with {}",
                              known.empty() ? fmt::format("QUIC error 0x{:x}", code) : std::string(known)),
                  reason);
  return code == connection_refused ? base::Failure{Stage::connect, FailureCause::refused, text}
                                    : base::Failure{stage, FailureCause::reset, text};
}

}  // namespace cachewitness::quic
