#include "http1/client.h"
#include "io/pool.h"
#include "memory_stream.h"

#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cais::http1 {
namespace {

using namespace std::chrono_literals;

// A server in memory, asked once or several times; both on one loop.
struct Play {
    test::MemoryStream stream;
    ClientLimits limits;
    base::Arena arena;
    http::OutgoingRequest request{arena};
    std::vector<std::string> answers;  // what the server sends, piece by piece, as the client waits
    bool finishes = false;             // with a FIN after the last
    int exchanges = 1;

    std::string said;  // what came of it: "200 <OK> content" or "error: …", one line an exchange
    std::vector<std::string> interims;
    std::string trailers;
    bool is_reusable = false;

    std::string run()
    {
        limits.answer_time = 5s;
        io::Loop loop;
        io::Pool pool(1);
        loop.use(pool);
        request.authority = "a.example";
        request.interim = [this](http::Status status, const http::Fields& fields) {
            std::string text = std::to_string(http::code_of(status));
            for (const auto& line : fields) (text += " ").append(line.value());
            interims.push_back(text);
        };
        loop.run(main(*this));
        return said;
    }

    static io::Task<void> main(Play& play)
    {
        io::Scope scope;
        scope.spawn(serve, play);
        Client client(play.stream, play.limits);
        for (int i = 0; i < play.exchanges; ++i) {
            co_await ask(play, client);
            co_await client.end();
            play.is_reusable = client.is_reusable();
            if (!play.is_reusable) break;
        }
        scope.cancel();
        co_await scope.end();
    }

    static io::Task<void> ask(Play& play, Client& client)
    {
        auto response = co_await client.ask(play.request);
        if (!play.said.empty()) play.said += "\n";
        if (!response) {
            play.said += std::string(client.nothing_received() ? "nothing: " : "error: ") + response.error().what;
            co_return;
        }
        play.said += std::to_string(http::code_of(response->status)) + " <";
        play.said.append(response->reason) += ">";
        auto content = co_await http::read_whole(response->body, 10'000'000);
        if (!content) play.said += std::string(" cut: ") + content.error().what;
        else if (content->size() > 100) play.said += " " + std::to_string(content->size()) + " octets";
        else play.said += " " + *content;
        if (auto* source = response->body.source(); source != nullptr && source->trailers() != nullptr)
            for (const auto& line : *source->trailers()) ((play.trailers += line.name()) += "=").append(line.value());
        // What we send may go on after the answer.
        for (int i = 0; i < 20; ++i) [[maybe_unused]]
            const bool goes_on = co_await io::yield();
    }

    [[nodiscard]] std::size_t requests() const
    {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = stream.received.find("\r\n\r\n", at)) != std::string::npos; ++at) ++count;
        return count;
    }

    // Each piece when everything before was dealt with.
    static io::Task<void> serve(Play& play)
    {
        std::size_t sent = 0;
        for (const auto& piece : play.answers) {
            const auto is_asked = [&] { return play.exchanges == 1 || play.requests() > sent; };
            for (int i = 0; i < 10 || !is_asked(); ++i) {
                const bool goes_on = co_await io::yield();
                if (!goes_on) co_return;
            }
            ++sent;
            play.stream.send(piece);
        }
        for (int i = 0; i < 10; ++i) {
            const bool goes_on = co_await io::yield();
            if (!goes_on) co_return;
        }
        if (play.finishes) play.stream.finish();
    }
};

struct Case {
    const char* name;
    std::string_view answer;
    bool finishes;
    const char* want;
    bool is_reusable;
};

constexpr Case cases[] = {
    {"s6_3_length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, "200 <OK> hello", true},
    {"s6_3_empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "200 <OK> ", true},
    {"s6_3_no_content", "HTTP/1.1 204 No Content\r\n\r\n", false, "204 <No Content> ", true},
    {"s7_1_chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", false,
     "200 <OK> hello", true},
    {"s6_3_until_close", "HTTP/1.1 200 OK\r\n\r\nhello", true, "200 <OK> hello", false},
    {"s9_3_close", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", false, "200 <OK> hi", false},
    {"s9_3_http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, "200 <OK> hi", false},
    {"s9_3_http_1_0_kept", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", false,
     "200 <OK> hi", true},
    {"s9_2_what_nobody_asked_for", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200", false, "200 <OK> hi",
     false},
    {"s15_2_interim", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     false, "200 <OK> hi", true},
    {"s15_2_2_101_not_asked_for", "HTTP/1.1 101 Switching Protocols\r\n\r\n", false,
     "error: 101 (Switching Protocols) that nobody asked for", false},
    {"s6_3_both", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", false,
     "error: both Content-Length and Transfer-Encoding", false},
    {"s4_no_http", "SSH-2.0-x\r\n", false, "error: the answer is not HTTP", false},
    {"s7_1_bad_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", false,
     "200 <OK> cut: a chunk size is not a hexadecimal number", false},
};

class Rfc9112Client : public testing::TestWithParam<Case> {};

TEST_P(Rfc9112Client, answer)
{
    Play play;
    play.answers = {std::string(GetParam().answer)};
    play.finishes = GetParam().finishes;
    EXPECT_EQ(play.run(), GetParam().want);
    EXPECT_EQ(play.is_reusable, GetParam().is_reusable);
    EXPECT_EQ(play.stream.received, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
}

TEST_P(Rfc9112Client, answer_cut_anywhere)
{
    for (std::size_t cut = 0; cut < GetParam().answer.size(); ++cut) {
        Play play;
        play.answers = {std::string(GetParam().answer.substr(0, cut)), std::string(GetParam().answer.substr(cut))};
        play.finishes = GetParam().finishes;
        EXPECT_EQ(play.run(), GetParam().want) << "cut at " << cut;
    }
}

// §8: an answer that breaks off is never taken for a whole one, but where the end of the connection is its end.
TEST_P(Rfc9112Client, answer_truncated_anywhere)
{
    if (!GetParam().is_reusable) return;
    for (std::size_t end = 0; end < GetParam().answer.size(); ++end) {
        Play play;
        play.answers = {std::string(GetParam().answer.substr(0, end))};
        play.finishes = true;
        play.run();
        EXPECT_FALSE(play.is_reusable);
        const bool is_error = play.said.find("nothing: ") == 0 || play.said.find("error: ") == 0 ||
                              play.said.find(" cut: ") != std::string::npos;
        EXPECT_TRUE(is_error) << "ends at " << end << ": " << play.said;
        EXPECT_EQ(play.said.find("nothing: ") == 0, end == 0);
    }
}

INSTANTIATE_TEST_SUITE_P(, Rfc9112Client, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(Rfc9112ClientExchange, s9_3_several_on_one_connection)
{
    Play play;
    play.exchanges = 3;
    play.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nb",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\nExpires: x\r\n\r\n"};
    EXPECT_EQ(play.run(), "200 <OK> a\n404 <No> b\n200 <OK> c");
    EXPECT_EQ(play.trailers, "Expires=x");
}

TEST(Rfc9112ClientExchange, rfc9110_s15_2_interim_responses_are_told_and_bounded)
{
    Play play;
    play.answers = {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 103 A\r\nLink: "
                    "b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "200 <OK> ");
    EXPECT_EQ(play.interims, (std::vector<std::string>{"103 a", "103 b"}));

    Play many;
    many.answers.assign(17, "HTTP/1.1 103 A\r\n\r\n");
    EXPECT_EQ(many.run(), "error: too many interim responses");
}

TEST(Rfc9112ClientExchange, s6_a_large_answer_streams)
{
    Play play;
    const std::string content(1'000'000, 'x');
    play.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", content};
    EXPECT_EQ(play.run(), "200 <OK> 1000000 octets");
    EXPECT_TRUE(play.is_reusable);

    Play until_close;
    until_close.answers = {"HTTP/1.1 200 OK\r\n\r\n" + content, content};
    until_close.finishes = true;
    EXPECT_EQ(until_close.run(), "200 <OK> 2000000 octets");
}

TEST(Rfc9112ClientExchange, s3_a_head_larger_than_a_buffer)
{
    Play play;
    const std::string value(40'000, 'v');
    play.answers = {"HTTP/1.1 200 OK\r\nA: " + value.substr(0, 20'000), value.substr(20'000) + "\r\nContent-Le",
                    "ngth: 2\r\n\r\nhi"};
    EXPECT_EQ(play.run(), "200 <OK> hi");
}

TEST(Rfc9112ClientExchange, s6_content_with_a_length)
{
    Play play;
    play.request.method = "POST";
    play.request.body = http::Body(base::Bytes(std::string_view("hello")));
    play.answers = {"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "201 <Created> ");
    EXPECT_EQ(play.stream.received, "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(play.stream.sends, 1);
    EXPECT_TRUE(play.is_reusable);
}

TEST(Rfc9110ClientExchange, s8_6_no_content_is_said_where_some_is_expected)
{
    Play play;
    play.request.method = "POST";
    play.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    play.run();
    EXPECT_EQ(play.stream.received, "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n");
}

// Pieces, and then an end or a fault.
class Pieces final : public http::Body::Source {
public:
    Pieces(std::vector<std::string> pieces, bool fails)
        : pieces_(std::move(pieces))
        , fails_(fails)
    {
    }
    io::Task<Result<http::Chunk>> read() override
    {
        [[maybe_unused]] const bool goes_on = co_await io::yield();
        if (at_ == pieces_.size()) {
            if (fails_) co_return fail(Error::failed, "the source failed");
            co_return http::Chunk::end();
        }
        http::Chunk chunk;
        chunk.bytes = base::Bytes(std::string_view(pieces_[at_++]));
        co_return chunk;
    }

private:
    std::vector<std::string> pieces_;
    bool fails_;
    std::size_t at_ = 0;
};

TEST(Rfc9112ClientExchange, s7_1_content_of_unknown_length)
{
    Play play;
    play.request.method = "PUT";
    Pieces pieces({"hello", " ", std::string(20, 'x')}, false);
    play.request.body = http::Body(pieces);
    play.answers = {"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "201 <Created> ");
    EXPECT_EQ(play.stream.received,
              "PUT / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n \r\n14\r\n" +
                  std::string(20, 'x') + "\r\n0\r\n\r\n");
    EXPECT_TRUE(play.is_reusable);
}

TEST(Rfc9112ClientExchange, s8_content_that_breaks_off_never_looks_whole)
{
    Play play;
    play.request.method = "PUT";
    Pieces pieces({"hello"}, true);
    play.request.body = http::Body(pieces);
    play.answers = {"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "400 <Bad> ");
    EXPECT_FALSE(play.stream.received.ends_with("0\r\n\r\n"));
    EXPECT_TRUE(play.stream.is_shut_down);
    EXPECT_FALSE(play.is_reusable);
}

TEST(Rfc9112ClientExchange, s9_5_an_error_that_closes_ends_what_we_send)
{
    Play play;
    play.request.method = "PUT";
    play.request.body = http::Body(base::Bytes(std::string(1'000'000, 'x')));
    play.stream.take(100'000);
    play.answers = {"HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "413 <No> ");
    EXPECT_EQ(play.stream.received.size(), 100'000u);
    EXPECT_FALSE(play.is_reusable);
}

TEST(Rfc9112ClientExchange, an_answer_may_come_while_we_send)
{
    Play play;
    play.request.method = "PUT";
    Pieces pieces(std::vector<std::string>(8, std::string(1000, 'x')), false);
    play.request.body = http::Body(pieces);
    play.stream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(play.run(), "200 <OK> hi");
    EXPECT_TRUE(play.stream.received.ends_with("0\r\n\r\n"));
    EXPECT_TRUE(play.is_reusable);
}

TEST(Rfc9110ClientExchange, s10_1_1_content_waits_for_continue)
{
    Play play;
    play.request.method = "PUT";
    play.request.fields.add(http::Name::expect, "100-continue");
    play.request.body = http::Body(base::Bytes(std::string_view("hello")));
    play.limits.continue_time = 5s;
    play.answers = {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "200 <OK> ");
    EXPECT_TRUE(play.stream.received.ends_with("\r\n\r\nhello"));
    EXPECT_TRUE(play.is_reusable);
}

TEST(Rfc9110ClientExchange, s10_1_1_a_final_answer_instead_saves_the_content)
{
    Play play;
    play.request.method = "PUT";
    play.request.fields.add(http::Name::expect, "100-continue");
    play.request.body = http::Body(base::Bytes(std::string_view("hello")));
    play.limits.continue_time = 5s;
    play.answers = {"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_EQ(play.run(), "401 <Who> ");
    EXPECT_TRUE(play.stream.received.ends_with("\r\n\r\n"));
    EXPECT_FALSE(play.is_reusable);
}

TEST(Rfc9110ClientExchange, s10_1_1_a_server_that_says_nothing_gets_the_content)
{
    Play play;
    play.request.method = "PUT";
    play.request.fields.add(http::Name::expect, "100-continue");
    play.request.body = http::Body(base::Bytes(std::string_view("hello")));
    play.limits.continue_time = 1ms;
    play.answers = {};
    play.limits.answer_time = 1ms;
    play.run();
    EXPECT_TRUE(play.stream.received.ends_with("\r\n\r\nhello"));
}

TEST(Rfc9112ClientExchange, s9_6_a_reset_is_an_error)
{
    Play play;
    play.stream.reset();
    EXPECT_EQ(play.run().substr(0, 9), "nothing: ");
}

TEST(Rfc9110ClientExchange, s7_8_upgrade)
{
    Play play;
    play.request.fields.add(http::Name::upgrade, "echo");
    play.answers = {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nfirst"};
    EXPECT_EQ(play.run(), "101 <Switching Protocols> ");
    EXPECT_NE(play.stream.received.find("Connection: upgrade\r\n"), std::string::npos);
    EXPECT_FALSE(play.is_reusable);
}

TEST(Rfc9112ClientExchange, what_cannot_be_sent_is_refused)
{
    const std::pair<std::string_view, std::string_view> targets[] = {{"", "GET"}, {"/a b", "GET"}, {"/\r\nX: y", "GET"},
                                                                     {"/", ""},   {"/", "GE T"},   {"/", "GET\r\n"}};
    for (const auto& [target, method] : targets) {
        Play play;
        play.request.target = target;
        play.request.method = method;
        EXPECT_EQ(play.run().substr(0, 9), "nothing: ") << target << method;
        EXPECT_EQ(play.stream.received, "");
    }
    Play field;
    field.request.fields.add("X", "a\r\nY: b");
    EXPECT_EQ(field.run(), "nothing: a field that cannot be sent as it is");
    Play framing;
    framing.request.fields.add("Content-Length", "7");
    framing.request.fields.add("Transfer-Encoding", "chunked");
    framing.request.fields.add("Host", "b");
    framing.request.fields.add("Connection", "x");
    framing.answers = {"HTTP/1.1 204 N\r\n\r\n"};
    framing.run();
    EXPECT_EQ(framing.stream.received, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
}

TEST(Rfc9112ClientExchange, no_answer_in_time)
{
    io::Loop loop;
    loop.run([]() -> io::Task<void> {
        test::MemoryStream stream;
        ClientLimits limits;
        limits.answer_time = 5ms;
        base::Arena arena;
        http::OutgoingRequest request(arena);
        request.authority = "a";
        Client client(stream, limits);
        auto response = co_await client.ask(request);
        EXPECT_FALSE(response);
        if (!response) EXPECT_EQ(response.error().kind, Error::timed_out);
        co_await client.end();
    }());
}

}  // namespace
}  // namespace cais::http1
