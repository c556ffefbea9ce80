// What a warm answer allocates: nothing. Frames of coroutines come from their pool, and fields from the request's
// arena.
#include "../../allocations.h"
#include "served.h"

#include <gtest/gtest.h>

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

namespace cais::files {
namespace {

using test::allocations;

struct Warm : testing::Test, Served {
    // Of one answer, after some that warm up what there is to warm.
    std::size_t count(const std::string& target, const std::string& fields)
    {
        struct Ask {
            static io::Task<void> run(http::Handler& handler, const std::string& target, const std::string& fields,
                                      std::size_t& counted)
            {
                for (int i = 0; i < 6; ++i) {
                    co_await next_turn();
                    alignas(16) static std::byte memory[4096];  // as the wire lends it
                    base::Arena arena(memory);
                    Exchange asked(http::Method::get, target, fields);
                    http::Request request(arena, asked.wire);
                    request.method = asked.request.method;
                    request.target = asked.request.target;
                    for (const auto& line : asked.request.fields) request.fields.add(line);
                    const std::size_t before = allocations;
                    {
                        auto response = co_await handler.handle(request);
                        EXPECT_LT(http::code_of(response.status), 300) << target;
                    }
                    request.reset();
                    counted = allocations - before;
                }
            }
        };
        std::size_t counted = 0;
        run(Ask::run(handler(), target, fields, counted));
        return counted;
    }
};

TEST_F(Warm, an_answer_allocates_nothing)
{
    tree.file("page.html", prose(1'000));
    tree.file("page.de.html", prose(1'000));
    tree.file("a/rather/long/way/to/a/page/index.html", prose(1'000));
    tree.file("large.txt", prose(100'000));
    tree.file("there.css", prose(1'000));
    tree.file("there.css.gz", "coded");
    settle();
    struct Case {
        const char* target;
        const char* fields;
    };
    constexpr Case cases[] = {
        {"/page.html", ""},
        {"/page.html", "Accept-Language: de"},
        {"/page.html", "Accept-Encoding: gzip, deflate, br, zstd"},
        {"/large.txt", ""},
        {"/large.txt", "Accept-Encoding: gzip, deflate, br, zstd"},
        {"/large.txt", "Range: bytes=100-200"},
        {"/there.css", "Accept-Encoding: gzip"},
        {"/a/rather/long/way/to/a/page/", ""},
        {"/a/rather/long/way/to/a/page/", "Accept-Encoding: zstd"},
    };
    for (const auto& [target, fields] : cases) EXPECT_EQ(count(target, fields), 0u) << target << ' ' << fields;
}

}  // namespace
}  // namespace cais::files

#endif
