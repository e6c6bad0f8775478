#include "http/content_encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace cachewitness::http {
namespace {

// "outermost inner", and the defect.
std::string read(std::string_view value) {
  const ContentEncoding encoding(value);
  std::string out;
  for (const Coding coding : encoding.codings()) {
    out.append(out.empty() ? "" : " ").append(name(coding));
  }
  if (encoding.defect() == ContentEncoding::Defect::unknown_coding) {
    out.append("|unknown ").append(encoding.unknown());
  }
  return out + (encoding.defect() == ContentEncoding::Defect::too_many ? "|too many" : "");
}

TEST(ContentEncoding, ListsTheCodingsFromTheOutside) {
  struct Row {
    const char* section;
    const char* value;
    const char* expected;
  };
  const Row rows[] = {
      {"RFC 9110 8.4", "gzip", "gzip"},
      {"RFC 9110 8.4, in the order of application", "deflate, gzip", "gzip deflate"},
      {"RFC 9110 8.4.1, whatever the case", "GZip", "gzip"},
      {"RFC 9110 8.4.1.3", "x-gzip", "gzip"},
      {"RFC 9110 8.4.1, identity is not for this field", "identity", ""},
      {"identity among others", "gzip, identity", "gzip"},
      {"RFC 9110 5.6.1.2, empty members", ", gzip,,", "gzip"},
      {"absent", "", ""},
      {"RFC 7932", "br", "br"},
      {"RFC 8878", "zstd", "zstd"},
      {"RFC 9110 8.4.1.1", "compress", "|unknown compress"},
      {"not a coding, inside", "aes128gcm, gzip", "gzip|unknown aes128gcm"},
      {"not a coding, outside", "gzip, x", "|unknown x"},
      {"a parameter is not for this field", "gzip;q=1", "|unknown gzip;q=1"},
      {"as many as are decoded", "gzip,gzip,gzip,gzip", "gzip gzip gzip gzip"},
      {"one more", "gzip,gzip,gzip,gzip,gzip", "gzip gzip gzip gzip|too many"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(read(row.value), row.expected) << row.section << ": " << row.value;
  }
}

}  // namespace
}  // namespace cachewitness::http
