#include "base/base64.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cachewitness::base {
namespace {

TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
  struct Row {
    std::string_view bytes;
    std::string_view text;
  };
  for (const Row& row : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"}, Row{"foob", "Zm9vYg=="},
                         Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}, Row{"\xFF\xFE", "//4="}}) {
    EXPECT_EQ(base64(row.bytes), row.text);
    EXPECT_EQ(parse_base64(row.text), row.bytes);
  }
}

TEST(Base64, ReturnsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(parse_base64(base64(bytes)), bytes);
  }
}

TEST(Base64, RefusesWhatIsNotExactlyBase64) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "=", "====", "Z===", "Zg==Zg==", "Zm 9", "Zm9v\n", "-_-_"}) {
    EXPECT_EQ(parse_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cachewitness::base
