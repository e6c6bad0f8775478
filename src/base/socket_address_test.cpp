#include "base/socket_address.h"

#include <gtest/gtest.h>

namespace cachewitness::base {

TEST(SocketAddress, IsReadFromNumericAddressesOnly) {
  EXPECT_EQ(parse_ip("203.0.113.10", 443)->text(), "203.0.113.10:443");
  EXPECT_EQ(parse_ip("2001:db8:0::1", 443)->text(), "[2001:db8::1]:443");
  EXPECT_EQ(parse_ip("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 1)->family, SocketAddress::Family::v6);
  for (const std::string_view text : {std::string_view(""), std::string_view("127.1"), std::string_view("a.example"),
                                      std::string_view("127.0.0.1\0x", 11), std::string_view("127.0.0.1\0", 10)}) {
    EXPECT_FALSE(parse_ip(text, 0)) << text;
  }
  EXPECT_FALSE(parse_ip(std::string(46, '1'), 0));
}

}  // namespace cachewitness::base
