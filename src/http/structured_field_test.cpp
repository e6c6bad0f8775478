// Rows name the section of RFC 9651 that they come from; "suite" rows stand for cases of the HTTP working group's
// published structured-field-tests, which other implementations are held to.
#include "http/structured_field.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "base/text.h"

namespace cachewitness::http {
namespace {

using Kind = BareItem::Kind;

std::string show(const BareItem& item) {
  switch (item.kind) {
    case Kind::integer:
      return std::to_string(item.number);
    case Kind::decimal:
      return "dec:" + std::to_string(item.number);
    case Kind::boolean:
      return item.number != 0 ? "true" : "false";
    case Kind::date:
      return "date:" + std::to_string(item.number);
    case Kind::token:
      return "tok:" + item.text();
    case Kind::string:
      return "str:" + item.text();
    case Kind::byte_sequence:
      return "bin:" + base::hex(item.text());
    case Kind::display_string:
      return "dis:" + item.text();
  }
  return "?";
}

std::string show(Parameters parameters) {
  std::string out;
  std::string_view key;
  BareItem value;
  while (parameters.next(key, value)) {
    out.append(";").append(key).append("=").append(show(value));
  }
  return out;
}

std::string show(const StructuredItem& item) { return show(item.value) + show(item.parameters); }

std::string show(StructuredMember member) {
  if (!member.is_inner_list) {
    return show(member.item);
  }
  std::string out = "(";
  StructuredItem item;
  while (member.inner.next(item)) {
    out += (out.size() > 1 ? " " : "") + show(item);
  }
  return out + ")" + show(member.item.parameters);
}

std::string as_item(std::string_view value) {
  const auto item = parse_structured_item(value);
  return item ? show(*item) : "fails";
}

std::string as_list(std::string_view value) {
  auto list = parse_structured_list(value);
  std::string out;
  StructuredMember member;
  while (list && list->next(member)) {
    out += (out.empty() ? "" : " | ") + show(member);
  }
  return list ? out : "fails";
}

std::string as_dictionary(std::string_view value) {
  auto dictionary = parse_structured_dictionary(value);
  std::string out;
  StructuredMember member;
  while (dictionary && dictionary->next(member)) {
    out += (out.empty() ? "" : " | ") + std::string(member.key) + " " + show(member);
  }
  return dictionary ? out : "fails";
}

struct Row {
  const char* section;
  std::string_view value;
  const char* expected;
};

void expect_rows(std::span<const Row> rows, std::string (*read)(std::string_view)) {
  for (const Row& row : rows) {
    EXPECT_EQ(read(row.value), row.expected) << row.section << ": " << row.value;
  }
}

TEST(StructuredItem, ReadsNumbers) {
  const Row rows[] = {
      {"3.3.1", "42", "42"},
      {"3.3.1, largest", "999999999999999", "999999999999999"},
      {"3.3.1, smallest", "-999999999999999", "-999999999999999"},
      {"3.3.1, 16 digits", "1000000000000000", "fails"},
      {"3.3.2", "4.5", "dec:4500"},
      {"3.3.2, largest", "999999999999.999", "dec:999999999999999"},
      {"3.3.2, 13 digits before the point", "1000000000000.0", "fails"},
      {"suite: leading zero", "042", "42"},
      {"suite: leading zeros of a decimal", "-00.5", "dec:-500"},
      {"suite: negative zero", "-0", "0"},
      {"suite: double minus", "--0", "fails"},
      {"suite: comma", "2,3", "fails"},
      {"suite: sign and no digit", "-a23", "fails"},
      {"suite: sign out of place", "4-2", "fails"},
      {"suite: space after the sign", "- 42", "fails"},
      {"suite: whole decimal", "1.0", "dec:1000"},
      {"suite: two points", "1.5.4", "fails"},
      {"suite: two points together", "1..4", "fails"},
      {"suite: no digit after the point", "1.", "fails"},
      {"suite: no digit before the point", ".1", "fails"},
      {"suite: nor after a sign", "-.1", "fails"},
      {"suite: four digits after the point", "1.1234", "fails"},
      {"suite: spaces at both ends", "  1  ", "1"},
      {"suite: tab at the start", "\t1", "fails"},
      {"suite: nothing", "", "fails"},
      {"suite: two items", "1 2", "fails"},
  };
  expect_rows(rows, as_item);
}

TEST(StructuredItem, ReadsTextOfEveryKind) {
  using namespace std::string_view_literals;
  const Row rows[] = {
      {"3.3.3", R"("hello world")", "str:hello world"},
      {"3.3.3, escapes", R"("foo \"bar\" \\ baz")", "str:foo \"bar\" \\ baz"},
      {"suite: empty string", R"("")", "str:"},
      {"suite: bad escape", R"("foo \,")", "fails"},
      {"suite: ends in an escape", R"("foo \)", "fails"},
      {"suite: escaped closing quote", R"("foo \")", "fails"},
      {"suite: no closing quote", R"("foo)", "fails"},
      {"suite: single quotes", "'foo'", "fails"},
      {"suite: tab", "\"\t\"", "fails"},
      {"suite: NUL", "\"\0\""sv, "fails"},
      {"suite: DEL", "\"\x7f\"", "fails"},
      {"suite: not ASCII", "\"f\xc3\xbc\"", "fails"},
      {"3.3.4", "foo123/456", "tok:foo123/456"},
      {"suite: every token character", "a_b-c.d3:f%00/*", "tok:a_b-c.d3:f%00/*"},
      {"suite: starts with an asterisk", "*/a", "tok:*/a"},
      {"suite: starts with a digit", "3a", "fails"},
      {"suite: starts with a dash", "-a", "fails"},
      {"suite: quote inside", "a\"b", "fails"},
      {"3.3.5", ":cHJldGVuZCB0aGlzIGlzIGJpbmFyeSBjb250ZW50Lg==:",
       "bin:70726574656e6420746869732069732062696e61727920636f6e74656e742e"},
      {"suite: empty bytes", "::", "bin:"},
      {"suite: no closing colon", ":aGVsbG8=", "fails"},
      {"suite: white space inside", ":aGVsb G8=:", "fails"},
      {"suite: not base64", ":aGVsbG!8=:", "fails"},
      {"suite: all the way up the alphabet", ":/+Ah:", "bin:ffe021"},
      {"3.3.6", "?1", "true"},
      {"suite: false", "?0", "false"},
      {"suite: two", "?2", "fails"},
      {"suite: letter", "?T", "fails"},
      {"suite: mark alone", "?", "fails"},
      {"suite: 1.0", "?1.0", "fails"},
      {"3.3.7", "@1659578233", "date:1659578233"},
      {"suite: before 1970", "@-1659578233", "date:-1659578233"},
      {"suite: fraction", "@1659578233.12", "fails"},
      {"suite: at alone", "@", "fails"},
      {"suite: no number", "@x", "fails"},
      {"3.3.8", R"(%"This is intended for display to %c3%bcsers.")",
       "dis:This is intended for display to \xc3\xbcsers."},
      {"suite: escaped quote, backslash as it is", R"(%"foo %22bar%22 \ baz")", "dis:foo \"bar\" \\ baz"},
      {"suite: upper-case digits", R"(%"f%C3%BC")", "fails"},
      {"suite: one digit", R"(%"foo %a")", "fails"},
      {"suite: cut", R"(%"foo %)", "fails"},
      {"suite: ends in a percent sign", R"(%"%")", "fails"},
      {"suite: no quote", "%foo", "fails"},
      {"suite: single quotes", "%'foo'", "fails"},
      {"suite: tab", "%\"\t\"", "fails"},
      {"suite: bad second byte", R"(%"%c3%28")", "fails"},
      {"suite: continuation first", R"(%"%a0%a1")", "fails"},
      {"suite: bad three bytes", R"(%"%e2%28%a1")", "fails"},
      {"suite: byte order mark", R"(%"%ef%bb%bf")", "dis:\xef\xbb\xbf"},
  };
  expect_rows(rows, as_item);
}

TEST(StructuredItem, ReadsParameters) {
  const Row rows[] = {
      {"3.1.2", "1; a; b=?0", "1;a=true;b=false"},
      {"3.3", R"(5; foo=bar;x="a;b,c")", "5;foo=tok:bar;x=str:a;b,c"},
      {"suite: spaces after the semicolon", "1;   a=1", "1;a=1"},
      {"suite: tab after the semicolon", "1;\ta=1", "fails"},
      {"suite: space before the semicolon", "1 ;a=1", "fails"},
      {"suite: space before the equals sign", "1;a =1", "fails"},
      {"suite: space after the equals sign", "1;a= 1", "fails"},
      {"suite: no key", "1;=1", "fails"},
      {"suite: semicolon alone", "1;", "fails"},
      {"suite: upper case", "1;A=1", "fails"},
      {"suite: key starts with a digit", "1;3a=1", "fails"},
      {"suite: key starts with an asterisk", "1;*a_-.3=1", "1;*a_-.3=1"},
      {"suite: no value after the equals sign", "1;a=", "fails"},
      {"suite: inner list as a value", "1;a=(1 2)", "fails"},
  };
  expect_rows(rows, as_item);
}

TEST(StructuredItem, TakesTheLastOfARepeatedParameter) {
  const auto item = parse_structured_item("a;b=1;c;b=2");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->parameters.find("b")->as_integer(), 2) << "RFC 9651 4.2.3.2";
  EXPECT_EQ(item->parameters.find("c")->as_boolean(), true);
  EXPECT_FALSE(item->parameters.find("c")->as_integer());
  EXPECT_FALSE(item->parameters.find("d"));
}

TEST(StructuredList, ReadsMembersInOrder) {
  const Row rows[] = {
      {"3.1", "sugar, tea, rum", "tok:sugar | tok:tea | tok:rum"},
      {"3.1.1", R"(("foo" "bar"), ("baz"), ("bat" "one"), ())",
       "(str:foo str:bar) | (str:baz) | (str:bat str:one) | ()"},
      {"3.1.1, parameters", R"(("foo"; a=1;b=2);lvl=5, ("bar" "baz");lvl=1)",
       "(str:foo;a=1;b=2);lvl=5 | (str:bar str:baz);lvl=1"},
      {"3.1.2", R"(abc;a=1;b=2; cde_456, (ghi;jk=4 l);q="9";r=w)",
       "tok:abc;a=1;b=2;cde_456=true | (tok:ghi;jk=4 tok:l);q=str:9;r=tok:w"},
      {"4.2, an empty list", "", ""},
      {"4.2, spaces alone", "   ", ""},
      {"suite: no white space", "1,42", "1 | 42"},
      {"suite: tabs around the comma", "1\t,\t42", "1 | 42"},
      {"suite: two lines", "1, 42", "1 | 42"},
      {"suite: trailing comma", "1, 42,", "fails"},
      {"suite: trailing comma and space", "1, 42, ", "fails"},
      {"suite: empty member", "1,,42", "fails"},
      {"suite: comma alone", ",", "fails"},
      {"suite: no comma", "1 42", "fails"},
      {"suite: comma in a string", R"("a,b", c)", "str:a,b | tok:c"},
      {"suite: spaces in an inner list", "(  1  42  )", "(1 42)"},
      {"suite: tab in an inner list", "(1\t42)", "fails"},
      {"suite: comma in an inner list", "(1,42)", "fails"},
      {"suite: inner list not closed", "(1 42", "fails"},
      {"suite: opened alone", "(", "fails"},
      {"suite: closed alone", "1)", "fails"},
      {"suite: nested", "((1) 2)", "fails"},
      {"suite: no space between items", "(1\"a\")", "fails"},
      {"suite: space before the parameters of an inner list", "(1) ;a", "fails"},
  };
  expect_rows(rows, as_list);
}

TEST(StructuredDictionary, ReadsMembersInOrder) {
  const Row rows[] = {
      {"3.2", R"(en="Applepie", da=:w4ZibGV0w6ZydGU=:)", "en str:Applepie | da bin:c386626c6574c3a6727465"},
      {"3.2, true without a value", "a=?0, b, c; foo=bar", "a false | b true | c true;foo=tok:bar"},
      {"3.2, an inner list", "rating=1.5, feelings=(joy sadness)", "rating dec:1500 | feelings (tok:joy tok:sadness)"},
      {"3.2, mixed", "a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid", "a (1 2) | b 3 | c 4;aa=tok:bb | d (5 6);valid=true"},
      {"4.2, an empty dictionary", "", ""},
      {"suite: white space around the comma", "a=1 ,\t b=2", "a 1 | b 2"},
      {"suite: space before the equals sign", "a =1", "fails"},
      {"suite: space after the equals sign", "a= 1", "fails"},
      {"suite: trailing comma", "a=1, b=2,", "fails"},
      {"suite: empty member", "a=1,,b=2", "fails"},
      {"suite: upper case", "A=1", "fails"},
      {"suite: digit", "1a=1", "fails"},
      {"suite: no value", "a=", "fails"},
      {"suite: quoted key", R"("a"=1)", "fails"},
  };
  expect_rows(rows, as_dictionary);
}

TEST(StructuredDictionary, TakesTheLastOfARepeatedKey) {
  const auto dictionary = parse_structured_dictionary("a=1,b=2,a=3");
  ASSERT_TRUE(dictionary);
  EXPECT_EQ(dictionary->find("a")->item.value.as_integer(), 3) << "RFC 9651 4.2.2";
  EXPECT_FALSE(dictionary->find("c"));
}

TEST(StructuredList, TakesManyMembersAndHoldsNone) {
  // RFC 9651 3.1 asks for 1024 members, 3.1.2 for 256 parameters, 3.3.3 for strings of 1024 characters.
  std::string value = "\"" + std::string(5000, 'x') + "\"";
  for (int i = 0; i < 300; ++i) {
    value += ";a" + std::to_string(i);
  }
  for (int i = 0; i < 5000; ++i) {
    value += ",1";
  }
  auto list = parse_structured_list(value);
  ASSERT_TRUE(list);
  StructuredMember member;
  int members = 0;
  while (list->next(member)) {
    ++members;
  }
  EXPECT_EQ(members, 5001);
  EXPECT_FALSE(parse_structured_list(std::string(100'000, '('))) << "no recursion to exhaust";
}

TEST(LenientItem, TakesWhiteSpaceBeforeASemicolon) {
  const auto item = parse_lenient_item("cache \t; hit ;ttl=-3 ");
  ASSERT_TRUE(item);
  EXPECT_EQ(show(*item), "tok:cache;hit=true;ttl=-3");
  EXPECT_FALSE(parse_lenient_item("cache hit"));
  EXPECT_FALSE(parse_lenient_item("cache; hit;"));
  EXPECT_FALSE(parse_lenient_item(""));
}

}  // namespace
}  // namespace cachewitness::http
