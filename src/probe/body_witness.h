// BodyWitness: what one response body was: its size on the wire, its size and SHA-256 without content
// codings. Reads bytes as they come and keeps none of them, but where a mask has to see the whole of a body. Hostile
// bodies end at a limit; a broken or unknown coding is told, not guessed at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.h"
#include "http/body_reader.h"
#include "http/head.h"
#include "probe/body_rules.h"
#include "probe/content_decoder.h"
#include "probe/mark_scanner.h"
#include "probe/sha256.h"

namespace cachewitness::probe {

struct BodyLimits {
  std::size_t max_bytes = std::size_t{8} << 20;  // on the wire, and after each coding is removed
  bool hash = true;                              // false: counts bytes on the wire and decodes nothing
  std::shared_ptr<const BodyRules> rules{};      // null: none; read where bodies are hashed
};

class BodyWitness : public http::ContentSink {
 public:
  explicit BodyWitness(const BodyLimits& limits);
  ~BodyWitness() override;
  BodyWitness(const BodyWitness&) = delete;
  BodyWitness& operator=(const BodyWitness&) = delete;

  // The content codings of the bodies that start from now on.
  void read_codings(const http::ResponseHead& head);
  // Forgets the body before.
  void start();
  void take(std::string_view content) override;
  // Not empty: a limit was hit, which one; the body is of no use any more.
  [[nodiscard]] std::string_view exceeded() const { return exceeded_; }
  [[nodiscard]] std::uint64_t wire_bytes() const { return wire_bytes_; }
  // The whole body was taken. Only now its ratio is known, whatever the pieces in which it came.
  void end();
  // Requires: end() was called, and exceeded() is empty.
  void write(evidence::Body& out);

 private:
  class Layer;

  void add_layer(http::Coding coding);
  [[nodiscard]] bool has_mask() const { return limits_.rules != nullptr && limits_.rules->mask != nullptr; }
  bool take_decoded(std::string_view bytes);

  BodyLimits limits_;
  std::vector<std::unique_ptr<Layer>> layers_;  // outermost first; those beyond `active_` wait for reuse
  std::size_t active_ = 0;
  std::string joined_;                    // Content-Encoding
  std::string coding_error_;              // what is wrong with it
  std::unique_ptr<MarkScanner> scanner_;  // null: nothing is looked for
  std::string masked_;                    // the body so far, where there is a mask
  std::uint64_t masked_bytes_ = 0;
  Sha256 sum_;
  std::uint64_t wire_bytes_ = 0;
  std::uint64_t decoded_bytes_ = 0;
  std::string decode_error_;
  std::string_view exceeded_;
};

}  // namespace cachewitness::probe
