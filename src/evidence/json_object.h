// JsonObject: typed reading of one JSON object that a stranger wrote. The first fault is kept and names its
// key; readings after it return defaults, so that a decoder is a plain list of members and one check at
// the end. For .cpp files of the pure layers that read JSON; it must not know any schema.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "base/digest.h"
#include "base/time.h"

namespace cachewitness::evidence {

// "`status` must be a whole number" and nothing else: who reads the line says which line it was.
struct JsonFault {
  std::string text;

  void set(std::string_view key, std::string_view expected);
  [[nodiscard]] bool is_set() const { return !text.empty(); }
};

class JsonObject {
 public:
  // Valid until the parser that `object` comes from is used again.
  JsonObject(simdjson::dom::object object, JsonFault& fault)
      : object_(object), fault_(fault), expected_(object_.begin()), last_(object_.end()) {}

  // How many members there are, those that nobody knows included.
  [[nodiscard]] std::size_t size() const { return object_.size(); }
  // Nothing where the key is absent or null. Of a key that is there twice, either.
  [[nodiscard]] std::optional<simdjson::dom::element> find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key).has_value(); }

  // A string.
  [[nodiscard]] std::string_view word(std::string_view key) const;
  // `key` as a string, or `key_base64` as the bytes it stands for; these stand in `decoded`.
  [[nodiscard]] std::string_view view(std::string_view key, std::string& decoded) const;
  [[nodiscard]] std::string bytes(std::string_view key) const;
  // The same in the place of what `out` held.
  void read_bytes(std::string_view key, std::string& out) const;
  [[nodiscard]] std::string bytes_if_present(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  // Finite and within [least, most]. A string of digits counts too: see append_fraction in encode.cpp.
  [[nodiscard]] double number(std::string_view key, double least, double most) const;
  [[nodiscard]] base::Instant instant(std::string_view key) const;
  [[nodiscard]] std::optional<base::Instant> instant_if_present(std::string_view key) const;
  // Nanoseconds, not negative.
  [[nodiscard]] base::Duration duration(std::string_view key) const;
  [[nodiscard]] std::optional<base::Digest> digest_if_present(std::string_view key) const;

  template <std::unsigned_integral Number>
  [[nodiscard]] Number count(std::string_view key) const {
    return static_cast<Number>(whole(key, std::numeric_limits<Number>::max()));
  }

  // For each element of an array of objects, or of strings.
  void each_object(std::string_view key, const std::function<void(const JsonObject&)>& visit) const;
  void each_word(std::string_view key, const std::function<void(std::string_view)>& visit) const;
  // For each element of an array of whole numbers.
  void each_count(std::string_view key, const std::function<void(std::uint32_t)>& visit) const;
  // For each member of this object, all of which are numbers.
  void each_number(const std::function<void(std::string_view, double)>& visit) const;
  // The object at `key`; an empty one and a fault where there is none.
  [[nodiscard]] JsonObject object(std::string_view key) const;

  void fault(std::string_view key, std::string_view expected) const { fault_.set(key, expected); }

 private:
  [[nodiscard]] std::uint64_t whole(std::string_view key, std::uint64_t most) const;

  simdjson::dom::object object_;
  JsonFault& fault_;
  // Members are mostly read in the order in which they stand there, and some are looked for before they are read.
  mutable simdjson::dom::object::iterator expected_;
  mutable simdjson::dom::object::iterator last_;  // that was found
};

}  // namespace cachewitness::evidence
