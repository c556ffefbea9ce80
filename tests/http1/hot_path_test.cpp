// A warm request that is answered from memory: receive, parse, answer, send. It allocates nothing, receives once and
// sends once.
#include "../allocations.h"
#include "conversation.h"

#include <gtest/gtest.h>

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

namespace cais::http1 {
namespace {

using cais::test::allocations;

using test::Conversation;

class Hello final : public http::Handler {
public:
    io::Task<http::Response> handle(http::Request& request) override
    {
        http::Response response(request, http::Status::ok, http::Body(base::Bytes(std::string_view("hello"))));
        response.fields.add(http::Name::content_type, "text/plain; charset=utf-8");
        response.fields.add(http::Name::etag, "\"1\"");
        co_return response;
    }
};

constexpr std::string_view request =
    "GET /a/path%20with/an?escape HTTP/1.1\r\nHost: example.org\r\nUser-Agent: Mozilla/5.0 (X11; Linux "
    "x86_64)\r\nAccept: text/html,*/*;q=0.8\r\n"
    "Accept-Language: en\r\nAccept-Encoding: gzip, br, zstd\r\nConnection: keep-alive\r\nX-Other: something\r\n\r\n";

io::Task<void> ask_warm(Conversation& at)
{
    at.stream.received.reserve(1024 * 1024);
    std::string batch;
    for (int i = 0; i < 16; ++i) batch += request;
    for (int i = 0; i < 3; ++i) {
        at.stream.send(batch);
        co_await at.settle();
    }
    at.stream.send(request);
    co_await at.settle();

    // One request, on a connection that has rested.
    const std::size_t answered = at.stream.received.size();
    at.stream.receives = at.stream.sends = 0;
    std::string one(request);
    at.stream.reserve(64 * 1024);
    std::size_t before = allocations;
    at.stream.send(one);
    co_await at.settle();
    std::size_t after = allocations;
    EXPECT_EQ(after - before, 0u);
    EXPECT_EQ(at.stream.receives, 1);
    EXPECT_EQ(at.stream.sends, 1);
    const std::size_t length = at.stream.received.size() - answered;
    EXPECT_GT(length, 0u);

    // Sixteen at once.
    at.stream.receives = at.stream.sends = 0;
    before = allocations;
    at.stream.send(batch);
    co_await at.settle();
    after = allocations;
    EXPECT_EQ(after - before, 0u);
    EXPECT_EQ(at.stream.receives, 1);
    EXPECT_EQ(at.stream.sends, 1);
    EXPECT_EQ(at.stream.received.size(), answered + 17 * length);
}

TEST(HotPath, a_warm_request_allocates_nothing_receives_once_and_sends_once)
{
    Hello hello;
    Conversation conversation(hello);
    conversation.play(ask_warm);
}

}  // namespace
}  // namespace cais::http1

#endif
