#include "http/method.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

TEST(Method, s16_1_every_registered_name_is_found_and_written_again)
{
    int seen = 0;
    for (const char* name : {"ACL",
                             "BASELINE-CONTROL",
                             "BIND",
                             "CHECKIN",
                             "CHECKOUT",
                             "CONNECT",
                             "COPY",
                             "DELETE",
                             "GET",
                             "HEAD",
                             "LABEL",
                             "LINK",
                             "LOCK",
                             "MERGE",
                             "MKACTIVITY",
                             "MKCALENDAR",
                             "MKCOL",
                             "MKREDIRECTREF",
                             "MKWORKSPACE",
                             "MOVE",
                             "OPTIONS",
                             "ORDERPATCH",
                             "PATCH",
                             "POST",
                             "PRI",
                             "PROPFIND",
                             "PROPPATCH",
                             "PUT",
                             "QUERY",
                             "REBIND",
                             "REPORT",
                             "SEARCH",
                             "TRACE",
                             "UNBIND",
                             "UNCHECKOUT",
                             "UNLINK",
                             "UNLOCK",
                             "UPDATE",
                             "UPDATEREDIRECTREF",
                             "VERSION-CONTROL"}) {
        const Method method = method_of(name);
        EXPECT_NE(method, Method::other) << name;
        EXPECT_EQ(text_of(method), name);
        EXPECT_FALSE(source_of(method).empty()) << name;
        EXPECT_TRUE(is_idempotent(method) || !is_safe(method))
            << name << ": what is safe is idempotent (RFC 9110 §9.2.2)";
        ++seen;
    }
    EXPECT_EQ(seen, static_cast<int>(Method::count_) - 1);
}

TEST(Method, s9_1_case_and_length_matter)
{
    for (const char* name :
         {"", "get", "Get", "GE", "GETS", "GEX", "HEA", "*", "PROP FIND", "VERSION_CONTROL", "FOO", "G\xC9T"})
        EXPECT_EQ(method_of(name), Method::other) << name;
    EXPECT_EQ(text_of(Method::other), "");
    EXPECT_FALSE(is_safe(Method::other));
    EXPECT_FALSE(is_idempotent(Method::other));
}

TEST(Method, s9_2_safe_and_idempotent_as_registered)
{
    const MethodSet safe = {Method::get,    Method::head,   Method::options, Method::trace, Method::propfind,
                            Method::report, Method::search, Method::query,   Method::pri};
    const MethodSet not_idempotent = {Method::other, Method::post, Method::patch, Method::connect, Method::lock};
    for (unsigned i = 0; i < static_cast<unsigned>(Method::count_); ++i) {
        const auto method = static_cast<Method>(i);
        EXPECT_EQ(is_safe(method), safe.has(method)) << text_of(method);
        EXPECT_EQ(is_idempotent(method), !not_idempotent.has(method)) << text_of(method);
    }
}

TEST(MethodSet, s10_2_1_writes_allow)
{
    base::Arena arena;
    EXPECT_EQ(MethodSet{}.text(arena), "");
    EXPECT_EQ(MethodSet{Method::head}.text(arena), "HEAD");
    MethodSet set = {Method::options, Method::head, Method::get};
    EXPECT_EQ(set.text(arena), "GET, HEAD, OPTIONS");
    set.add(Method::pri);
    set.remove(Method::head);
    EXPECT_EQ(set.text(arena), "GET, OPTIONS, PRI");
    EXPECT_TRUE(set.has(Method::pri));
    EXPECT_FALSE(set.has(Method::head));
    // What nobody registered has no name that could be allowed.
    EXPECT_EQ(MethodSet{Method::other}.text(arena), "");
}

}  // namespace
}  // namespace cais::http
