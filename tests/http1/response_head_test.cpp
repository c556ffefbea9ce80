#include "http1/response_head.h"
#include "io/loop.h"
#include "memory_stream.h"

#include <gtest/gtest.h>

namespace cais::http1 {
namespace {

using http::Method;
using http::Name;
using http::Status;
using http::Version;

struct NoWire final : http::Wire {
    io::Task<Result<void>> inform(Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

struct Unknown final : http::Body::Source {
    io::Task<Result<http::Chunk>> read() override { co_return http::Chunk::end(); }
};

struct NoTakeover final : http::Takeover {
    io::Task<void> run(io::Stream&) override { co_return; }
};

enum class Content : std::uint8_t { none, five, unknown, takeover };

struct Case {
    const char* name;
    Method method;
    Version version;
    Status status;
    std::initializer_list<std::pair<const char*, std::string_view>> fields;
    Content content;
    Persistence persistence;
    const char* want;
};

// Without the server's own fields, which have a test of their own.
const Case cases[] = {
    {"s6_2_length",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
    {"s6_2_length_zero",
     Method::get,
     Version::http_1_1,
     Status::not_found,
     {},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
    {"s4_fields_in_order",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {{"Content-Type", "a/b"}, {"x-y", ""}, {"A", "1"}},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nx-y: \r\nA: 1\r\nContent-Length: 0\r\n\r\n"},
    {"s7_1_unknown_length_is_chunked",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {},
     Content::unknown,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"s6_3_unknown_length_to_1_0_ends_with_the_connection",
     Method::get,
     Version::http_1_0,
     Status::ok,
     {},
     Content::unknown,
     Persistence::close,
     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
    {"s9_3_kept_for_1_0",
     Method::get,
     Version::http_1_0,
     Status::ok,
     {},
     Content::five,
     Persistence::keep_spoken,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n"},
    {"s9_6_close",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {},
     Content::five,
     Persistence::close,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"},
    {"s7_6_1_connection_is_the_wires",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {{"Connection", "x"}, {"Keep-Alive", "5"}, {"Transfer-Encoding", "gzip"}, {"Proxy-Connection", "y"}, {"X", "z"}},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nX: z\r\nContent-Length: 5\r\n\r\n"},
    {"s8_6_length_is_the_wires",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {{"Content-Length", "7"}},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
    {"s8_6_length_beside_chunks",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {{"Content-Length", "7"}},
     Content::unknown,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"s9_3_2_head_as_get",
     Method::head,
     Version::http_1_1,
     Status::ok,
     {},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
    {"s9_3_2_head_says_its_own_length",
     Method::head,
     Version::http_1_1,
     Status::ok,
     {{"Content-Length", "7"}},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"},
    {"s9_3_2_head_with_a_bad_length",
     Method::head,
     Version::http_1_1,
     Status::ok,
     {{"Content-Length", "7x"}},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
    {"s9_3_2_head_of_unknown_length",
     Method::head,
     Version::http_1_1,
     Status::ok,
     {},
     Content::unknown,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"s9_3_2_head_of_unknown_length_in_1_0",
     Method::head,
     Version::http_1_0,
     Status::ok,
     {},
     Content::unknown,
     Persistence::keep_spoken,
     "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"},
    {"s15_3_5_204_has_no_length",
     Method::get,
     Version::http_1_1,
     Status::no_content,
     {{"Content-Length", "0"}, {"A", "b"}},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"},
    {"s15_3_6_205_has_length_zero",
     Method::get,
     Version::http_1_1,
     Status::reset_content,
     {},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"},
    {"s15_4_5_304_has_no_content",
     Method::get,
     Version::http_1_1,
     Status::not_modified,
     {{"ETag", "\"a\""}},
     Content::five,
     Persistence::keep,
     "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"},
    {"s8_6_304_may_say_the_length",
     Method::get,
     Version::http_1_1,
     Status::not_modified,
     {{"Content-Length", "7"}},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"},
    {"s7_8_upgrade_is_said_in_connection",
     Method::get,
     Version::http_1_1,
     Status::upgrade_required,
     {{"Upgrade", "h2c"}},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 0\r\nConnection: upgrade\r\n\r\n"},
    {"s7_8_upgrade_and_close",
     Method::get,
     Version::http_1_1,
     Status::upgrade_required,
     {{"Upgrade", "h2c"}},
     Content::none,
     Persistence::close,
     "HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 0\r\nConnection: close, upgrade\r\n\r\n"},
    {"s7_8_switched_by_the_module",
     Method::get,
     Version::http_1_1,
     Status::switching_protocols,
     {{"Upgrade", "x"}, {"Connection", "upgrade"}},
     Content::takeover,
     Persistence::keep,
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"},
    {"s9_3_6_tunnel_has_no_length",
     Method::connect,
     Version::http_1_1,
     Status::ok,
     {{"Content-Length", "0"}},
     Content::takeover,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\n\r\n"},
    {"s11_1_a_line_end_in_a_value_is_no_line",
     Method::get,
     Version::http_1_1,
     Status::found,
     {{"Location", "/a\r\nSet-Cookie: b"}, {"A", "b\nc"}},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
    {"s11_1_a_line_end_in_a_name_is_no_line",
     Method::get,
     Version::http_1_1,
     Status::ok,
     {{"A\r\nB", "c"}, {"", "d"}, {"E F", "g"}},
     Content::none,
     Persistence::keep,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
};

class Rfc9112ResponseHead : public testing::TestWithParam<Case> {};

std::string head_of(const Case& given, std::string_view common)
{
    base::Arena arena;
    NoWire wire;
    http::Request request(arena, wire);
    request.method = given.method;
    request.version = given.version;
    Unknown unknown;
    http::Body body = given.content == Content::five      ? http::Body(base::Bytes(std::string_view("hello")))
                      : given.content == Content::unknown ? http::Body(static_cast<http::Body::Source&>(unknown))
                                                          : http::Body();
    http::Response response(request, given.status, std::move(body));
    if (given.content == Content::takeover) response.takeover = std::make_unique<NoTakeover>();
    for (const auto& [name, value] : given.fields) response.fields.add(std::string_view(name), value);

    const auto write = [](http::Request& to, http::Response& answer, Persistence persistence, std::string_view lines,
                          std::string& written) -> io::Task<void> {
        http::Limits limits;
        test::MemoryStream stream;
        http::Output output(stream, limits);
        std::string overflow;
        EXPECT_TRUE(write_head(output, overflow, answer, response_framing(to, answer), persistence, lines));
        output.try_flush(io::More::no);
        written = stream.received + overflow;
        co_return;
    };
    std::string written;
    io::Loop loop;
    loop.run(write(request, response, given.persistence, common, written));
    return written;
}

const std::string date_line = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

TEST_P(Rfc9112ResponseHead, exact_octets)
{
    std::string head = head_of(GetParam(), date_line);
    const std::size_t at = head.find(date_line);
    ASSERT_NE(at, std::string::npos);
    head.erase(at, date_line.size());
    EXPECT_EQ(head, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9112ResponseHead, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(ResponseHead, date_and_server)
{
    const auto head = [](std::initializer_list<std::pair<const char*, std::string_view>> fields) {
        return head_of(
            Case{"", Method::get, Version::http_1_1, Status::ok, fields, Content::none, Persistence::keep, ""},
            date_line + "Server: s\r\n");
    };
    EXPECT_EQ(head({}), "HTTP/1.1 200 OK\r\n" + date_line + "Server: s\r\nContent-Length: 0\r\n\r\n");
    // A module that passes on another's answer passes on these.
    EXPECT_EQ(head({{"Date", "x"}}), "HTTP/1.1 200 OK\r\nServer: s\r\nDate: x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(head({{"Server", ""}}), "HTTP/1.1 200 OK\r\n" + date_line + "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(head({{"Server", "x"}}), "HTTP/1.1 200 OK\r\n" + date_line + "Server: x\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, a_head_larger_than_a_buffer)
{
    const std::string location(70'000, 'a');
    const auto head = head_of(Case{"",
                                   Method::get,
                                   Version::http_1_1,
                                   Status::found,
                                   {{"Location", location}},
                                   Content::none,
                                   Persistence::keep,
                                   ""},
                              date_line);
    EXPECT_TRUE(head ==
                "HTTP/1.1 302 Found\r\n" + date_line + "Location: " + location + "\r\nContent-Length: 0\r\n\r\n");
}

TEST(CommonFields, once_a_second)
{
    CommonFields common("cais");
    const base::WallTime when{std::chrono::seconds(784111777)};
    EXPECT_EQ(common.at(when), date_line + "Server: cais\r\n");
    EXPECT_EQ(common.at(when + std::chrono::milliseconds(999)), date_line + "Server: cais\r\n");
    EXPECT_EQ(common.at(when + std::chrono::seconds(1)), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\nServer: cais\r\n");
    EXPECT_EQ(CommonFields("").at(when), date_line);
}

}  // namespace
}  // namespace cais::http1
