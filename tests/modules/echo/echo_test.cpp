#include "io/loop.h"
#include "modules/echo/echo.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cais::echo {
namespace {

using http::Name;

class NoWire final : public http::Wire {
public:
    io::Task<Result<void>> inform(http::Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

// Content that comes in pieces, with trailers, and may break off.
class Pieces final : public http::Body::Source {
public:
    Pieces(base::Arena& arena, std::vector<std::string> pieces)
        : pieces_(std::move(pieces))
        , trailers_(arena)
    {
        trailers_.add("x-trailer", "after all");
    }
    io::Task<Result<http::Chunk>> read() override
    {
        if (read_ == pieces_.size()) {
            if (error) co_return std::unexpected(*error);
            co_return http::Chunk::end();
        }
        http::Chunk chunk;
        chunk.bytes = base::Bytes(std::string_view(pieces_[read_++]));
        co_return chunk;
    }
    [[nodiscard]] const http::Fields* trailers() const override { return &trailers_; }
    [[nodiscard]] std::size_t read_pieces() const { return read_; }
    std::optional<Error> error;

private:
    std::vector<std::string> pieces_;
    http::Fields trailers_;
    std::size_t read_ = 0;
};

class Echoed : public testing::Test {
protected:
    void ask()
    {
        struct Ask {
            static io::Task<void> run(Echo& echo, http::Request& request, Echoed& test)
            {
                auto response = co_await echo.handle(request);
                test.code = http::code_of(response.status);
                for (const auto& line : response.fields)
                    ((test.fields += line.name()) += ": ").append(line.value()) += '\n';
                for (;;) {
                    auto chunk = co_await response.body.read();
                    if (!chunk) {
                        test.was_cut = true;
                        break;
                    }
                    if (chunk->is_end) break;
                    test.content += chunk->bytes.view;
                    ++test.chunks;
                }
                test.has_trailers = response.body.source() != nullptr && response.body.source()->trailers() != nullptr;
            }
        };
        Echo echo(limits);
        loop.run(Ask::run(echo, request, *this));
    }

    io::Loop loop;
    base::Arena arena;
    NoWire wire;
    http::Limits limits;
    http::Request request{arena, wire};
    int code = 0;
    std::string fields, content;
    int chunks = 0;
    bool was_cut = false, has_trailers = false;
};

constexpr const char* as_data =
    "X-Content-Type-Options: nosniff\nContent-Security-Policy: sandbox\nCache-Control: no-store\n";

TEST_F(Echoed, content_comes_back_as_it_comes)
{
    Pieces pieces(arena, {"one ", "two ", "three"});
    request.fields.add(Name::content_type, "text/html");
    request.body = http::Body(pieces);
    ask();
    EXPECT_EQ(code, 200);
    EXPECT_EQ(content, "one two three");
    EXPECT_EQ(chunks, 3);
    EXPECT_TRUE(has_trailers);
    EXPECT_EQ(fields, std::string("Content-Type: text/html\n") + as_data);
}

TEST_F(Echoed, content_that_breaks_off_is_cut)
{
    Pieces pieces(arena, {"one "});
    pieces.error = Error{Error::ended, 0, "gone", ""};
    request.body = http::Body(pieces);
    ask();
    EXPECT_TRUE(was_cut);
}

TEST_F(Echoed, without_content_the_head_without_secrets)
{
    request.method_text = "GET";
    request.target_text = "/echo?x";
    request.fields.add("Host", "example.com");
    request.fields.add("Authorization", "Basic secret");
    request.fields.add("Cookie", "secret");
    request.fields.add("Proxy-Authorization", "secret");
    request.fields.add("X-Other", "one");
    request.fields.add("x-other", "two");
    ask();
    EXPECT_EQ(content, "GET /echo?x HTTP/1.1\r\nHost: example.com\r\nX-Other: one\r\nx-other: two\r\n\r\n");
    EXPECT_EQ(fields, std::string("Content-Type: text/plain; charset=utf-8\n") + as_data);
}

TEST_F(Echoed, whole_is_bounded)
{
    struct Case {
        std::uint64_t most;
        int code;
        const char* content;
    };
    constexpr Case cases[] = {{13, 200, "one two three"}, {12, 413, nullptr}};
    for (const auto& [most, want, text] : cases) {
        Pieces pieces(arena, {"one ", "two ", "three"});
        limits.buffered_content = most;
        request.target.query = "whole";
        request.body = http::Body(pieces);
        content.clear();
        ask();
        EXPECT_EQ(code, want);
        if (text != nullptr) {
            EXPECT_EQ(content, text);
        }
    }
}

TEST_F(Echoed, whole_that_does_not_come)
{
    struct Case {
        Error::Kind kind;
        int code;
    };
    constexpr Case cases[] = {{Error::timed_out, 408}, {Error::malformed, 400}, {Error::ended, 400}};
    for (const auto& [kind, want] : cases) {
        Pieces pieces(arena, {"one "});
        pieces.error = Error{kind, 0, "broken", ""};
        request.target.query = "whole";
        request.body = http::Body(pieces);
        ask();
        EXPECT_EQ(code, want);
    }
}

TEST_F(Echoed, ignored_content_is_not_read)
{
    Pieces pieces(arena, {"one "});
    request.target.query = "ignore";
    request.body = http::Body(pieces);
    ask();
    EXPECT_EQ(code, 200);
    EXPECT_EQ(content, "ignored\n");
    EXPECT_EQ(pieces.read_pieces(), 0u);
}

}  // namespace
}  // namespace cais::echo
