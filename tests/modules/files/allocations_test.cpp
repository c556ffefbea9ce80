// What a warm answer allocates: nothing. Frames of coroutines come from their pool, and fields from the request's
// arena.
#include "served.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

// A sanitizer has its own allocator, and frames come from it.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAIS_NOT_COUNTED 1
#endif
#endif

#ifndef CAIS_NOT_COUNTED

namespace {
thread_local constinit std::size_t allocations = 0;

void* allocate(std::size_t bytes, std::size_t alignment)
{
    ++allocations;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment)
{
    return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace cais::files {
namespace {

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
