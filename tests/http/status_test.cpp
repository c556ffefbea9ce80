#include "http/status.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

TEST(Status, s15_every_code_has_its_line)
{
    int registered = 0;
    for (unsigned code = 100; code <= 599; ++code) {
        const auto status = static_cast<Status>(code);
        const std::string reason(reason_of(status));
        EXPECT_EQ(status_line(status), "HTTP/1.1 " + std::to_string(code) + " " + reason + "\r\n");
        if (!reason.empty()) ++registered;
    }
    EXPECT_EQ(registered, 62);
}

TEST(Status, reasons_are_the_registrys)
{
    EXPECT_EQ(reason_of(Status::ok), "OK");
    EXPECT_EQ(reason_of(Status::continue_), "Continue");
    EXPECT_EQ(reason_of(Status::content_too_large), "Content Too Large");
    EXPECT_EQ(reason_of(Status::network_authentication_required), "Network Authentication Required");
    EXPECT_EQ(status_line(Status::not_found), "HTTP/1.1 404 Not Found\r\n");
    // "(Unused)" is no phrase, and what nobody registered has none: the space stays (RFC 9112 §4).
    EXPECT_EQ(status_line(static_cast<Status>(418)), "HTTP/1.1 418 \r\n");
    EXPECT_EQ(status_line(static_cast<Status>(599)), "HTTP/1.1 599 \r\n");
}

TEST(Status, s6_4_1_some_have_no_content)
{
    for (const Status status : {Status::continue_, Status::early_hints, Status::no_content, Status::not_modified})
        EXPECT_FALSE(may_have_content(status)) << code_of(status);
    for (const Status status :
         {Status::ok, Status::reset_content, Status::found, Status::not_found, Status::bad_gateway})
        EXPECT_TRUE(may_have_content(status)) << code_of(status);
}

TEST(Status, s15_numbers_outside_are_none)
{
    for (const unsigned number : {0u, 99u, 600u, 999u, 65535u}) EXPECT_FALSE(is_status(number)) << number;
    for (const unsigned number : {100u, 299u, 599u}) EXPECT_TRUE(is_status(number)) << number;
}

}  // namespace
}  // namespace cais::http
