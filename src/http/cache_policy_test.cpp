#include "http/cache_policy.h"

#include <gtest/gtest.h>

#include <string>

namespace cachewitness::http {
namespace {

// What is set, in the order of the members: "max-age=60 no-store".
std::string show(const std::optional<CachePolicy>& given) {
  if (!given) {
    return "absent";
  }
  const CachePolicy& policy = *given;
  std::string out;
  const auto add = [&out](const char* name, std::optional<std::int64_t> seconds) {
    if (seconds) {
      out += (out.empty() ? "" : " ") + std::string(name) + "=" + std::to_string(*seconds);
    }
  };
  const auto flag = [&out](const char* name, bool is_set) {
    if (is_set) {
      out += (out.empty() ? "" : " ") + std::string(name);
    }
  };
  add("max-age", policy.max_age);
  add("s-maxage", policy.s_maxage);
  add("swr", policy.stale_while_revalidate);
  add("sie", policy.stale_if_error);
  flag("invalid", policy.has_invalid_lifetime);
  flag("no-store", policy.no_store);
  flag("no-cache", policy.no_cache);
  flag("no-cache-fields", policy.no_cache_fields);
  flag("private", policy.is_private);
  flag("private-fields", policy.private_fields);
  flag("public", policy.is_public);
  flag("must-revalidate", policy.must_revalidate);
  flag("proxy-revalidate", policy.proxy_revalidate);
  flag("must-understand", policy.must_understand);
  flag("no-transform", policy.no_transform);
  flag("immutable", policy.immutable);
  return out;
}

struct Row {
  const char* section;
  const char* value;
  const char* expected;
};

TEST(CachePolicy, ReadsEveryDirectiveOfCacheControl) {
  const Row rows[] = {
      {"RFC 9111 5.2", "max-age=60, s-maxage=120", "max-age=60 s-maxage=120"},
      {"RFC 9111 5.2, quoted", "max-age=\"60\"", "max-age=60"},
      {"RFC 9111 5.2, case", "Max-Age=60, NO-STORE", "max-age=60 no-store"},
      {"RFC 9111 5.2.2.2, .8, .3, .6", "must-revalidate, proxy-revalidate, must-understand, no-transform",
       "must-revalidate proxy-revalidate must-understand no-transform"},
      {"RFC 9111 5.2.2.4", "no-cache", "no-cache"},
      {"RFC 9111 5.2.2.4, of fields", "no-cache=\"Set-Cookie, X\"", "no-cache-fields"},
      {"RFC 9111 5.2.2.7", "private", "private"},
      {"RFC 9111 5.2.2.7, of fields", "private=\"X-User\"", "private-fields"},
      {"RFC 9111 5.2.2.9", "public, immutable", "public immutable"},
      {"RFC 5861 3.1", "max-age=600, stale-while-revalidate=30", "max-age=600 swr=30"},
      {"RFC 5861 4.1", "max-age=600, stale-if-error=1200", "max-age=600 sie=1200"},
      {"RFC 9111 4.2.1, the first of two", "max-age=10, max-age=20", "max-age=10"},
      {"RFC 9111 4.2.1, invalid", "max-age=-1", "invalid"},
      {"RFC 9111 4.2.1, no number", "s-maxage=1.5, max-age=3", "max-age=3 invalid"},
      {"RFC 9111 4.2.1, no argument", "max-age", "invalid"},
      {"RFC 9111 1.2.2", "max-age=99999999999", "max-age=2147483648"},
      {"unknown ones", "max-age=1, community=\"UCI\", x", "max-age=1"},
      {"an argument that is none's business", "no-store=1", "no-store"},
      {"nothing", "", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(show(policy_of(parse_cache_control(row.value))), row.expected) << row.section << ": " << row.value;
  }
}

TEST(CachePolicy, ReadsTargetedFieldsAsDictionaries) {
  const Row rows[] = {
      {"RFC 9213 3.1", "max-age=60", "max-age=60"},
      {"RFC 9213 2.1, parameters do not count", "max-age=60;x=1, must-revalidate;a", "max-age=60 must-revalidate"},
      {"RFC 9213 2.1, unknown ones", "max-age=60, durable, x=(1 2)", "max-age=60"},
      {"RFC 9213 2.1, empty", "", "absent"},
      {"RFC 9213 2.1, no dictionary", "max-age=60,", "absent"},
      {"RFC 9213 2.1, upper case is no key", "Max-Age=60", "absent"},
      {"RFC 9213 2.1, space before the equals sign", "max-age =60", "absent"},
      {"RFC 9651 4.2.2, the last of two", "max-age=10, max-age=20", "max-age=20"},
      {"a string is no integer", "max-age=\"60\"", "invalid"},
      {"nor is a decimal", "max-age=60.0", "invalid"},
      {"nor is a list", "max-age=(60)", "invalid"},
      {"below zero", "max-age=-60", "invalid"},
      {"RFC 9111 1.2.2", "max-age=999999999999", "max-age=2147483648"},
      {"a Boolean that is false", "no-store=?0, max-age=5", "max-age=5"},
      {"a Boolean that is true", "no-store=?1", "no-store"},
      {"field names", "private=\"X-User\", no-cache", "no-cache private-fields"},
      {"Netlify's documentation", "public, durable, max-age=60, stale-while-revalidate=120",
       "max-age=60 swr=120 public"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(show(read_targeted_policy(row.value)), row.expected) << row.section << ": " << row.value;
  }
}

TEST(CachePolicy, ReadsSurrogateControl) {
  const Row rows[] = {
      {"Edge Architecture 2.3", "max-age=3600", "max-age=3600"},
      {"Edge Architecture 2.3, stale for a while", "max-age=3600+600", "max-age=3600 swr=600"},
      {"Edge Architecture 2.3, for one surrogate", "no-store, content=\"ESI/1.0\";abc", "no-store"},
      {"Edge Architecture 2.3, a device's own", "max-age=30;fastly, max-age=60", "max-age=30"},
      {"Fastly's documentation", "max-age=86400, stale-while-revalidate=60", "max-age=86400 swr=60"},
      {"both ways", "max-age=5+7, stale-while-revalidate=3", "max-age=5 swr=3"},
      {"no number after the plus sign", "max-age=5+x", "max-age=5"},
      {"nothing", " , ", "absent"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(show(read_surrogate_policy(row.value)), row.expected) << row.section << ": " << row.value;
  }
}

TEST(CachePolicy, SaysWhoMayStore) {
  struct Case {
    const char* section;
    const char* value;
    bool shared;
    bool of_one_user;
  };
  const Case rows[] = {
      {"RFC 9111 3", "", true, true},
      {"RFC 9111 5.2.2.5", "no-store, max-age=60", false, false},
      {"RFC 9111 5.2.2.7", "private, max-age=60", false, true},
      {"RFC 9111 5.2.2.7, of fields", "private=\"X\"", true, true},
      {"RFC 9111 5.2.2.4", "no-cache", true, true},
  };
  for (const Case& row : rows) {
    const CachePolicy policy = policy_of(parse_cache_control(row.value));
    EXPECT_EQ(may_store(policy, CacheKind::shared), row.shared) << row.section;
    EXPECT_EQ(may_store(policy, CacheKind::of_one_user), row.of_one_user) << row.section;
  }
}

TEST(CachePolicy, SaysWhatMayBeServedStale) {
  struct Case {
    const char* section;
    const char* value;
    std::int64_t stale_for_s;
    bool while_revalidating;
    bool on_error;
  };
  const Case rows[] = {
      {"RFC 5861 3.1, within", "max-age=600, stale-while-revalidate=30", 30, true, false},
      {"RFC 5861 3.1, past", "max-age=600, stale-while-revalidate=30", 31, false, false},
      {"RFC 5861 4.1, within", "max-age=600, stale-if-error=1200", 1200, false, true},
      {"RFC 5861 4.1, past", "max-age=600, stale-if-error=1200", 1201, false, false},
      {"neither", "max-age=600", 0, false, false},
      {"RFC 9111 5.2.2.2", "must-revalidate, stale-if-error=9, stale-while-revalidate=9", 1, false, false},
      {"RFC 9111 5.2.2.8", "proxy-revalidate, stale-if-error=9, stale-while-revalidate=9", 1, false, false},
      {"RFC 9111 5.2.2.10", "s-maxage=1, stale-if-error=9, stale-while-revalidate=9", 1, false, false},
      {"RFC 9111 5.2.2.4", "no-cache, stale-if-error=9, stale-while-revalidate=9", 1, false, false},
  };
  for (const Case& row : rows) {
    const CachePolicy policy = policy_of(parse_cache_control(row.value));
    EXPECT_EQ(may_serve_while_revalidating(policy, CacheKind::shared, row.stale_for_s), row.while_revalidating)
        << row.section;
    EXPECT_EQ(may_serve_on_error(policy, CacheKind::shared, row.stale_for_s), row.on_error) << row.section;
  }
  const CachePolicy shared_only = policy_of(parse_cache_control("proxy-revalidate, stale-if-error=9"));
  EXPECT_TRUE(may_serve_on_error(shared_only, CacheKind::of_one_user, 1)) << "RFC 9111 5.2.2.8";
}

}  // namespace
}  // namespace cachewitness::http
