// A connection as a whole: each row of the table in http1/session.h, and what RFC 9112 asks beside.
#include "conversation.h"

#include <array>
#include <charconv>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

namespace cais::http1 {
namespace {

using http::Chunk;
using http::Name;
using http::Status;
using test::Conversation;
using namespace std::string_literals;

// Content in the pieces that it was given; then its end, a failure, or an exception.
class Pieces final : public http::Body::Source {
public:
    enum class End : std::uint8_t { whole, fails, throws, waits };
    Pieces(std::vector<std::string> pieces, End end = End::whole, std::optional<std::uint64_t> length = {})
        : pieces_(std::move(pieces))
        , end_(end)
        , length_(length)
    {
    }
    io::Task<Result<Chunk>> read() override
    {
        if (at_ < pieces_.size()) {
            Chunk chunk;
            chunk.bytes = base::Bytes(std::string_view(pieces_[at_++]));
            co_return chunk;
        }
        if (end_ == End::throws) throw std::runtime_error("a source that throws");
        if (end_ == End::fails) co_return fail(Error::ended, "a source that fails");
        if (end_ == End::waits) {
            const bool is_time = co_await io::sleep_for(std::chrono::hours(1));
            if (!is_time) co_return fail(Error::cancelled, "cancelled");
        }
        co_return Chunk::end();
    }
    std::optional<std::uint64_t> length() const override { return length_; }
    const http::Fields* trailers() const override { return trailers_; }
    const http::Fields* trailers_ = nullptr;

private:
    std::vector<std::string> pieces_;
    End end_;
    std::optional<std::uint64_t> length_;
    std::size_t at_ = 0;
};

// Says what the stream said, in capitals, until it ends.
class Shout final : public http::Takeover {
public:
    io::Task<void> run(io::Stream& stream) override
    {
        for (;;) {
            std::array<char, 7> octets;
            const auto progress = stream.try_read(octets);
            if (progress.state == io::Progress::blocked) {
                auto ready = co_await stream.ready(io::Stream::For::reading, std::chrono::seconds(5));
                if (!ready) co_return;
                continue;
            }
            if (progress.state != io::Progress::done) co_return;
            for (std::size_t i = 0; i < progress.bytes; ++i) octets[i] = static_cast<char>(octets[i] & 0x5F);
            const std::string_view said(octets.data(), progress.bytes);
            [[maybe_unused]] const auto written = stream.try_write({&said, 1}, io::More::no);
        }
    }
};

// Answers by path.
class Paths : public http::Handler {
public:
    io::Event go_on;      // "/wait" waits for it
    std::string log;      // what tasks and objects of the exchange have to say
    std::string content;  // what "/read" has read
    std::uint64_t handled = 0;

    io::Task<http::Response> handle(http::Request& request) override
    {
        ++handled;
        const std::string_view path = request.target.path;
        if (path == "/wait") {
            auto waited = co_await go_on.wait(std::chrono::seconds(5));
            co_return text(request, waited ? "waited" : "called off");
        }
        if (path == "/echo") co_return http::Response(request, Status::ok, std::move(request.body));
        if (path == "/read") {
            auto whole = co_await http::read_whole(request.body, 1'000'000);
            content = whole ? *whole : "failed: " + std::string(whole.error().what);
            co_return text(request, whole ? "read" : "not read");
        }
        if (path == "/slow-reader") {
            for (;;) {
                auto chunk = co_await request.body.read();
                if (!chunk) content += "failed";
                if (!chunk || chunk->is_end) break;
                content += chunk->bytes.view;
                [[maybe_unused]] const bool goes_on = co_await io::sleep_for(std::chrono::milliseconds(50));
            }
            co_return text(request, "read");
        }
        if (path == "/throw") throw std::runtime_error("a handler that throws");
        if (path == "/throw-no-exception") throw 1;
        if (path == "/pieces") co_return from(request, {"one ", "two ", "three"});
        if (path == "/empty-piece") co_return from(request, {"one ", "", "three"});
        if (path == "/length") co_return from(request, {"one ", "two"}, Pieces::End::whole, 7);
        if (path == "/short") co_return from(request, {"one"}, Pieces::End::whole, 7);
        if (path == "/long") co_return from(request, {"one ", "two ", "three"}, Pieces::End::whole, 7);
        if (path == "/fails") co_return from(request, {"one "}, Pieces::End::fails);
        if (path == "/fails-in-length") co_return from(request, {"one "}, Pieces::End::fails, 100);
        if (path == "/throws") co_return from(request, {"one "}, Pieces::End::throws);
        if (path == "/streams") co_return from(request, {"one "}, Pieces::End::waits);
        if (path == "/large")
            co_return http::Response(request, Status::ok, http::Body(base::Bytes(std::string(100'000, 'x'))));
        if (path == "/large-pieces") co_return from(request, {std::string(50'000, 'x'), std::string(30'000, 'y')});
        if (path == "/trailers") {
            auto source = std::make_unique<Pieces>(std::vector<std::string>{"a"});
            http::Fields& trailers = request.keep(http::Fields(request.arena()));
            trailers.add(std::string_view("X-Sum"), "1");
            trailers.add(std::string_view("X-Bad"), "1\r\n2");
            source->trailers_ = &trailers;
            co_return http::Response(request, Status::ok, http::Body(std::move(source)));
        }
        if (path == "/no-content") co_return with_status(request, Status::no_content);
        if (path == "/not-modified") co_return with_status(request, Status::not_modified);
        if (path == "/reset-content") co_return with_status(request, Status::reset_content);
        if (path == "/interim-as-final") co_return with_status(request, Status::early_hints);
        if (path == "/close") {
            auto response = text(request, "closed");
            response.close = true;
            co_return response;
        }
        if (path == "/hints") {
            http::Fields hints(request.arena());
            hints.add(Name::link, "</a.css>");
            hints.add(std::string_view("X-Bad"), "a\r\nb");
            auto told = co_await request.inform(Status::early_hints, hints);
            EXPECT_TRUE(told);
            co_return text(request, "hinted");
        }
        if (path == "/late-hints") {
            request.scope().spawn(inform_late, request, *this);
            co_return from(request, {"one "}, Pieces::End::waits);
        }
        if (path == "/scope" || path == "/scope-throws" || path == "/scope-upload") {
            request.keep(Kept{this});
            request.scope().spawn(path == "/scope"          ? outlast
                                  : path == "/scope-throws" ? throw_later
                                                            : upload,
                                  request, *this);
            co_return text(request, "scoped");
        }
        if (path == "/switch") {
            http::Response response(request, Status::switching_protocols);
            response.fields.add(Name::upgrade, "shout");
            response.fields.add(Name::connection, "upgrade");
            response.takeover = std::make_unique<Shout>();
            if (!request.body.is_empty()) request.scope().spawn(outlast, request, *this);
            co_return response;
        }
        if (path == "/connection") {
            auto response = text(request, "x");
            response.fields.add(Name::connection, "close");
            co_return response;
        }
        if (path == "/host") {
            http::Response response(request, Status::ok, http::Body(base::Bytes(std::string(request.host))));
            co_return response;
        }
        co_return text(request, "hello");
    }

private:
    struct Kept {
        explicit Kept(Paths* to)
            : paths(to)
        {
        }
        Kept(Kept&& other) noexcept
            : paths(std::exchange(other.paths, nullptr))
        {
        }
        ~Kept()
        {
            if (paths != nullptr) paths->log += "let go;";
        }
        Paths* paths;
    };
    static http::Response text(http::Request& request, std::string_view octets)
    {
        return {request, Status::ok, http::Body(base::Bytes(octets))};
    }
    static http::Response with_status(http::Request& request, Status status)
    {
        return {request, status, http::Body(base::Bytes(std::string_view("content")))};
    }
    static http::Response from(http::Request& request, std::vector<std::string> pieces,
                               Pieces::End end = Pieces::End::whole, std::optional<std::uint64_t> length = {})
    {
        return {request, Status::ok, http::Body(std::make_unique<Pieces>(std::move(pieces), end, length))};
    }
    static io::Task<void> outlast(http::Request&, Paths& paths)
    {
        const bool is_time = co_await io::sleep_for(std::chrono::hours(1));
        paths.log += is_time ? "in time;" : "called off;";
    }
    static io::Task<void> throw_later(http::Request&, Paths&)
    {
        [[maybe_unused]] const bool is_time = co_await io::sleep_for(std::chrono::hours(1));
        throw std::runtime_error("a task that throws");
    }
    static io::Task<void> upload(http::Request& request, Paths& paths)
    {
        for (;;) {
            auto chunk = co_await request.body.read();
            if (!chunk || chunk->is_end) {
                paths.log += chunk ? "uploaded;" : "upload called off;";
                co_return;
            }
            paths.content += chunk->bytes.view;
        }
    }
    static io::Task<void> inform_late(http::Request& request, Paths&)
    {
        [[maybe_unused]] const bool goes_on = co_await io::yield();
        auto told = co_await request.inform(Status::early_hints, request.fields);
        EXPECT_TRUE(told);
    }
};

std::string ok(std::string_view content, const char* connection = "")
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(content.size()) + "\r\n" + connection + "\r\n" +
           std::string(content);
}
const char* const close_line = "Connection: close\r\n";
const std::string hello = ok("hello");

std::string status_of(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
bool ends_with_close(const std::string& answer) { return answer.find(close_line) != std::string::npos; }

std::string get(std::string_view path, std::string_view more = "")
{
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}
std::string post(std::string_view path, std::string_view content, std::string_view more = "")
{
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) +
           "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + std::string(content);
}

// One request or several, whole: the answer, octet by octet, and whether the connection stays open.
struct Case {
    const char* name;
    std::string request;
    std::string want;
    bool stays_open = true;
};
void PrintTo(const Case& given, std::ostream* to) { *to << given.name; }

const Case cases[] = {
    {"s9_3_stays_open", get("/"), hello},
    {"s9_6_close_is_heard", get("/", "Connection: close\r\n"), ok("hello", close_line), false},
    {"s9_6_close_in_a_list", get("/", "Connection: a, CLOSE\r\n"), ok("hello", close_line), false},
    {"s9_6_close_of_the_module", get("/close"), ok("closed", close_line), false},
    {"s7_6_1_connection_of_the_module_is_dropped", get("/connection"), ok("x")},
    {"s9_3_1_0_closes", "GET / HTTP/1.0\r\n\r\n", ok("hello", close_line), false},
    {"s9_3_1_0_keeps_when_asked", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     ok("hello", "Connection: keep-alive\r\n")},
    {"s9_3_1_0_close_beats_keep_alive", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
     ok("hello", close_line), false},
    {"s9_3_1_0_unknown_length_closes", "GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none two three", false},
    {"s7_1_unknown_length_is_chunked", get("/pieces"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"},
    {"s7_1_an_empty_piece_is_not_the_end", get("/empty-piece"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n5\r\nthree\r\n0\r\n\r\n"},
    {"s6_2_known_length", get("/length"), ok("one two")},
    {"s7_1_2_trailers_only_for_who_asks", get("/trailers"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"},
    {"s7_1_2_trailers", get("/trailers", "TE: trailers\r\nConnection: TE\r\n"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"},
    {"s9_3_2_head", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/"),
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + hello},
    {"s9_3_2_head_of_pieces", "HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n" + get("/"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + hello},
    {"s6_3_rule1_204", get("/no-content") + get("/"), "HTTP/1.1 204 No Content\r\n\r\n" + hello},
    {"s6_3_rule1_304", get("/not-modified") + get("/"), "HTTP/1.1 304 Not Modified\r\n\r\n" + hello},
    {"s15_3_6_205", get("/reset-content") + get("/"),
     "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n" + hello},
    {"s9_3_2_pipelined_in_order", get("/") + get("/pieces") + get("/length"),
     hello + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n" +
         ok("one two")},
    {"s2_2_empty_lines_between", get("/") + "\r\n" + get("/"), hello + hello},
    {"s6_content_is_passed_over", post("/", "GET /x HTTP/1.1\r\n\r\n") + get("/"), hello + hello},
    {"s6_content_in_chunks_is_passed_over",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n" + get("/"),
     hello + hello},
    {"s6_echo", post("/echo", "abc") + get("/"), ok("abc") + hello},
    {"s6_echo_of_chunks",
     "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n01;x\r\nb\r\n0\r\n\r\n" + get("/"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n" + hello},
    {"s7_1_2_echo_of_trailers",
     "POST /echo HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\nHost: "
     "b\r\n\r\n",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"},
    {"s6_no_content_echoed", post("/echo", "") + get("/"), ok("") + hello},
    {"s10_1_1_expect_when_read", "POST /read HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\n"},
    {"s10_1_1_expect_when_content_is_there", post("/read", "abc", "Expect: 100-continue\r\n"), ok("read")},
    {"s10_1_1_expect_when_not_read", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
     ok("hello", close_line), false},
    {"s10_1_1_expect_when_echoed",
     "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\n"},
    {"s10_1_1_expect_without_content", "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", ok("")},
    {"s10_1_1_expect_in_1_0_is_ignored", "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
     ok("abc", close_line), false},
    {"s10_1_1_expect_twice",
     "POST /read HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, 100-CONTINUE\r\nContent-Length: 3\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\n"},
    {"s15_2_interim", get("/hints"), "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + ok("hinted")},
    {"s15_2_interim_not_to_1_0", "GET /hints HTTP/1.0\r\n\r\n", ok("hinted", close_line), false},
    {"s15_2_interim_not_behind_the_head", get("/late-hints"),
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n"},
    {"s15_2_interim_is_no_answer", get("/interim-as-final"), "500", false},
    {"s7_8_upgrade_is_ignored",
     get("/", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), hello},
    {"s3_2_2_absolute_target_beats_host", "GET http://b/host HTTP/1.1\r\nHost: a\r\n\r\n", ok("b")},
    {"s7_4_https_in_clear_is_misdirected", "GET hTTps://b/host HTTP/1.1\r\nHost: a\r\n\r\n", "421", false},
    {"s3_2_2_absolute_target_of_options", "OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", ok("hello")},
    {"s3_2_host", "GET /host HTTP/1.1\r\nHost: a:8080\r\n\r\n", ok("a:8080")},
    {"s3_2_empty_host", "GET /host HTTP/1.1\r\nHost:\r\n\r\n", ok("")},
    {"s3_2_no_host", "GET / HTTP/1.1\r\n\r\n", "400", false},
    {"s3_2_no_host_in_1_0", "GET /host HTTP/1.0\r\n\r\n", ok("", close_line), false},
    {"s3_2_two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400", false},
    {"s3_2_two_hosts_in_1_0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "400", false},
    {"s3_2_bad_host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400", false},
    {"s3_2_one_host_and_then_others",
     "GET /host HTTP/1.1\r\nHost: a\r\n\r\nGET /host HTTP/1.1\r\nHost: a\r\n\r\nGET /host HTTP/1.1\r\nHost: b\r\n\r\n",
     ok("a") + ok("a") + ok("b")},
    {"s3_2_bad_host_beside_absolute_target", "GET http://b/ HTTP/1.1\r\nHost: a/b\r\n\r\n", "400", false},
    {"s10_1_1_other_expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, tea\r\n\r\n", "417", false},
    {"s6_3_both_lengths",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get("/"), "400",
     false},
    {"s6_1_unknown_coding",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + get("/"), "501", false},
    {"s2_3_other_version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n" + get("/"), "505", false},
    {"s9_3_8_refused_to_head_without_content", "HEAD / HTTP/1.1\r\nHost : a\r\n\r\n", "400", false},
    {"s7_1_bad_chunks_are_read_as_such",
     "POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n", ok("not read", close_line),
     false},
    {"s15_6_1_handler_throws", get("/throw") + get("/"), "500", false},
    {"s15_6_1_handler_throws_something", get("/throw-no-exception") + get("/"), "500", false},
};

class Rfc9112Session : public testing::TestWithParam<Case> {};

void expect_answer(const std::string& answer, const Conversation& conversation, const Case& given)
{
    if (given.want.size() == 3) {
        // A refusal: its status, and nothing that the peer sent.
        EXPECT_EQ(answer.substr(9, 3), given.want);
        EXPECT_TRUE(ends_with_close(answer));
        EXPECT_EQ(answer.find("\nHTTP/1.1 "), std::string::npos) << "no request is read after it";
        EXPECT_TRUE(conversation.stream.is_shut_down);
    } else {
        EXPECT_EQ(answer, given.want);
    }
}

TEST_P(Rfc9112Session, whole)
{
    Paths paths;
    Conversation conversation(paths);
    const auto answer = conversation.ask({GetParam().request});
    expect_answer(answer, conversation, GetParam());
    if (GetParam().stays_open) EXPECT_TRUE(conversation.was_open());
    else EXPECT_TRUE(conversation.has_ended);
}

TEST_P(Rfc9112Session, cut_anywhere)
{
    // With a 100 that waits for its content, where the cut lies changes what is sent.
    const std::string& request = GetParam().request;
    if (request.contains("Expect") && !request.ends_with("\r\n\r\n")) return;
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
        Paths paths;
        Conversation conversation(paths);
        const auto answer = conversation.ask({request.substr(0, cut), request.substr(cut)});
        SCOPED_TRACE("cut at " + std::to_string(cut));
        expect_answer(answer, conversation, GetParam());
    }
}
INSTANTIATE_TEST_SUITE_P(, Rfc9112Session, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

// A script finds its handler in `paths`.
class Rfc9112Connection : public testing::Test {
public:
    Rfc9112Connection() { paths = &own; }
    static inline Paths* paths = nullptr;
    Paths own;
    Conversation conversation{own};
};

TEST_F(Rfc9112Connection, s9_6_peer_half_closes_between_requests)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/") + get("/"));
        at.stream.finish();
        co_await at.settle();
        EXPECT_EQ(at.answer(), hello + hello);
        EXPECT_TRUE(at.has_ended);
        EXPECT_FALSE(at.stream.is_aborted);
    });
}

TEST_F(Rfc9112Connection, s9_6_peer_half_closes_inside_a_head)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/") + "GET / HT");
        at.stream.finish();
        co_await at.settle();
        EXPECT_EQ(at.answer(), hello);
        EXPECT_TRUE(at.has_ended);
    });
}

TEST_F(Rfc9112Connection, s8_peer_half_closes_inside_content)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
        at.stream.finish();
        co_await at.settle();
        EXPECT_EQ(status_of(at.answer()), "HTTP/1.1 200 OK");
        EXPECT_EQ(paths->content, "failed: the content ended early");
        EXPECT_TRUE(at.has_ended);
    });
}

TEST_F(Rfc9112Connection, s8_peer_half_closes_inside_chunks)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n");
        at.stream.finish();
        co_await at.settle();
        EXPECT_EQ(paths->content, "failed: the content ended early");
        EXPECT_TRUE(at.has_ended);
    });
}

TEST_F(Rfc9112Connection, s9_6_peer_half_closes_while_we_answer)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/wait"));
        co_await at.settle();
        at.stream.finish();
        co_await at.settle();
        EXPECT_FALSE(at.has_ended);
        paths->go_on.set();
        co_await at.settle();
        EXPECT_EQ(at.answer(), ok("waited"));
        EXPECT_TRUE(at.has_ended);
    });
}

TEST_F(Rfc9112Connection, s9_6_peer_is_gone)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/"));
        co_await at.settle();
        at.stream.reset();
        co_await at.settle();
        EXPECT_TRUE(at.has_ended);
    });
}

TEST_F(Rfc9112Connection, s9_3_2_earlier_answers_leave_though_a_later_one_takes_long)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/") + get("/pieces") + get("/wait") + get("/"));
        co_await at.settle();
        EXPECT_TRUE(at.answer().starts_with(hello) && at.answer().ends_with("0\r\n\r\n"));
        EXPECT_EQ(at.stream.sends, 1);
        paths->go_on.set();
        co_await at.settle();
        EXPECT_TRUE(at.answer().ends_with("0\r\n\r\n" + ok("waited") + hello));
    });
}

TEST_F(Rfc9112Connection, s9_3_2_earlier_answers_leave_to_a_slow_reader_though_a_later_one_takes_long)
{
    conversation.stream.take(10);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/") + get("/wait") + get("/"));
        co_await at.settle();
        EXPECT_EQ(at.stream.received.size(), 10u);
        at.stream.take(20);
        co_await at.settle();
        EXPECT_EQ(at.stream.received.size(), 30u);
        paths->go_on.set();
        co_await at.settle();
        at.stream.take(SIZE_MAX);
        co_await at.settle();
        EXPECT_EQ(at.answer(), hello + ok("waited") + hello);
    });
}

TEST_F(Rfc9112Connection, a_stream_of_events_leaves_piece_by_piece)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/streams"));
        co_await at.settle();
        EXPECT_TRUE(at.answer().ends_with("4\r\none \r\n"));
        EXPECT_FALSE(at.has_ended);
    });
    EXPECT_TRUE(conversation.has_ended);
}

io::Task<void> send_content_after_100(Conversation& at)
{
    co_await at.settle();
    EXPECT_EQ(at.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    at.stream.send("3\r\nabc\r\n");
    co_await at.settle();
    at.stream.send("0\r\n\r\n" + get("/"));
    co_await at.settle();
    EXPECT_TRUE(at.answer().starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(at.answer().ends_with(hello));
}

TEST_F(Rfc9112Connection, s10_1_1_content_comes_after_100)
{
    for (const std::string path : {"/read", "/echo"}) {
        Conversation at(own);
        at.stream.send("POST " + path +
                       " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        at.play(send_content_after_100);
        EXPECT_TRUE(at.was_open()) << path;
    }
    EXPECT_EQ(own.content, "abc");
}

std::string content_of(std::size_t octets)
{
    std::string content(octets, '\0');
    for (std::size_t i = 0; i < octets; ++i) content[i] = static_cast<char>('a' + i * 31 % 26);
    return content;
}

std::string chunks_of(const std::string& content, std::size_t chunk)
{
    std::string coded;
    for (std::size_t at = 0; at < content.size(); at += chunk) {
        const auto piece = content.substr(at, chunk);
        std::array<char, 16> size;
        coded.append(size.data(), std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr);
        coded += "\r\n" + piece + "\r\n";
    }
    return coded + "0\r\n\r\n";
}

std::vector<std::string> pieces_of(const std::string& text, std::size_t piece)
{
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size(); at += piece) pieces.push_back(text.substr(at, piece));
    return pieces;
}

TEST_F(Rfc9112Connection, s6_large_content_of_known_length)
{
    for (const std::size_t size : {16'000u, 16'384u, 20'000u, 65'536u, 300'000u}) {
        const auto content = content_of(size);
        for (const std::size_t piece : {1'000'000u, 16'384u, 5'000u}) {
            Conversation at(own);
            EXPECT_EQ(at.ask(pieces_of(post("/read", content) + get("/"), piece)), ok("read") + hello)
                << size << " in pieces of " << piece;
            EXPECT_TRUE(own.content == content);
        }
    }
}

TEST_F(Rfc9112Connection, s7_1_large_content_in_chunks)
{
    const auto content = content_of(300'000);
    const std::string head = "POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::size_t chunk : {100u, 16'372u, 65'536u, 300'000u}) {
        for (const std::size_t piece : {1'000'000u, 16'384u, 7'000u}) {
            Conversation at(own);
            const auto answer = at.ask(pieces_of(head + chunks_of(content, chunk) + get("/") + get("/host"), piece));
            EXPECT_EQ(answer, ok("read") + hello + ok("a")) << chunk << " in pieces of " << piece;
            EXPECT_TRUE(own.content == content);
        }
    }
}

TEST_F(Rfc9112Connection, s6_large_content_echoed)
{
    const auto content = content_of(300'000);
    EXPECT_TRUE(conversation.ask({post("/echo", content) + get("/")}) == ok(content) + hello);
    Conversation chunked(own);
    const auto answer =
        chunked.ask({"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
                     chunks_of(content, 8192)});
    EXPECT_TRUE(
        answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n0\r\n\r\n"));
    EXPECT_GT(answer.size(), content.size());
}

// The head nearly fills the first buffer, so that content finds no room behind it.
TEST_F(Rfc9112Connection, s6_content_behind_a_large_head)
{
    for (std::size_t room = 0; room < 40; ++room) {
        Conversation at(own);
        const auto content = content_of(1000);
        std::string request = post("/read", content, "A: b\r\n");
        request.insert(request.find("b\r\n"), std::string(16 * 1024 - room - (request.size() - content.size()), 'b'));
        EXPECT_EQ(at.ask(pieces_of(request + get("/"), request.size() - content.size())), ok("read") + hello) << room;
        EXPECT_TRUE(own.content == content) << room;
    }
}

TEST_F(Rfc9112Connection, s5_4_heads_larger_than_a_buffer)
{
    const std::string large = get("/", "A: " + std::string(60'000, 'b') + "\r\n");
    EXPECT_EQ(conversation.ask({get("/") + large + get("/host") + large}), hello + hello + ok("a") + hello);
    Conversation cut(own);
    EXPECT_EQ(cut.ask(pieces_of(large + large, 10'000)), hello + hello);
}

TEST_F(Rfc9112Connection, answers_larger_than_a_buffer)
{
    const std::string xs(100'000, 'x');
    EXPECT_TRUE(conversation.ask({get("/") + get("/large") + get("/large-pieces")}) ==
                hello + ok(xs) + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc350\r\n" +
                    std::string(50'000, 'x') + "\r\n7530\r\n" + std::string(30'000, 'y') + "\r\n0\r\n\r\n");
    Conversation slow(own);
    slow.stream.most_a_write = 999;
    EXPECT_TRUE(slow.ask({get("/") + get("/large")}) == hello + ok(xs));
}

// What the answer leaves unread: within the limits it is read off, above them the connection closes.
TEST_F(Rfc9112Connection, s9_3_content_that_nobody_reads)
{
    EXPECT_EQ(conversation.ask({post("/", content_of(60'000)) + get("/")}), hello + hello);
    Conversation too_long(own);
    EXPECT_EQ(too_long.ask({post("/", content_of(70'000)).substr(0, 1000)}), ok("hello", close_line));
    Conversation chunks(own);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(chunks.ask({head + chunks_of(content_of(200'000), 1000) + get("/")}), hello);
    EXPECT_TRUE(chunks.has_ended);
    Conversation few_chunks(own);
    EXPECT_EQ(few_chunks.ask({head, chunks_of(content_of(60'000), 1000) + get("/")}), hello + hello);
}

TEST_F(Rfc9112Connection, s9_3_content_that_nobody_reads_and_that_does_not_come)
{
    conversation.limits.unread_time = std::chrono::milliseconds(20);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
        co_await at.settle();
        EXPECT_EQ(at.answer(), hello);  // before the wait
        co_await at.until_end();
    });
}

// A body that fails: what was complete before it arrives, and nothing says that it is whole.
TEST_F(Rfc9112Connection, s8_body_that_fails_half_way)
{
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::pair<const char*, std::string> bodies[] = {
        {"/fails", chunked + "4\r\none \r\n"},
        {"/throws", chunked + "4\r\none \r\n"},
        {"/fails-in-length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none "},
        {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\none"},
        {"/long", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\none "},
    };
    for (const auto& [path, want] : bodies) {
        Conversation at(own);
        EXPECT_EQ(at.ask({get("/") + get(path) + get("/")}), hello + want) << path;
        EXPECT_TRUE(at.stream.is_shut_down) << path;
        EXPECT_FALSE(at.stream.is_aborted) << path;
    }
}

TEST_F(Rfc9112Connection, s8_body_that_fails_half_way_to_1_0_is_a_reset)
{
    conversation.ask({"GET /fails HTTP/1.0\r\n\r\n"});
    EXPECT_TRUE(conversation.stream.is_aborted);
}

TEST_F(Rfc9112Connection, s9_5_head_that_takes_too_long)
{
    conversation.limits.unread_time = std::chrono::milliseconds(20);
    conversation.limits.head_time = std::chrono::milliseconds(20);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/") + "GET / HTTP/1.1\r\n");
        co_await at.until_end();
    });
    EXPECT_TRUE(conversation.answer().starts_with(hello + "HTTP/1.1 408 Request Timeout\r\n"));
}

io::Task<void> drip(Conversation& at)
{
    for (const char c : get("/", "A: " + std::string(1000, 'b') + "\r\n")) {
        if (at.has_ended) co_return;
        at.stream.send({&c, 1});
        const bool goes_on = co_await io::sleep_for(std::chrono::milliseconds(2));
        if (!goes_on) co_return;
    }
}

TEST_F(Rfc9112Connection, s9_5_head_that_drips)
{
    conversation.limits.unread_time = std::chrono::milliseconds(20);
    conversation.limits.head_time = std::chrono::milliseconds(50);
    conversation.play([](Conversation& at) -> io::Task<void> {
        co_await drip(at);
        EXPECT_TRUE(at.has_ended);
    });
    EXPECT_TRUE(conversation.answer().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST_F(Rfc9112Connection, s9_5_an_empty_line_is_no_request)
{
    conversation.limits.unread_time = std::chrono::milliseconds(20);
    conversation.limits.head_time = std::chrono::milliseconds(20);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("\r\n\r\n");
        co_await at.until_end();
    });
    EXPECT_EQ(conversation.answer(), "");
}

TEST_F(Rfc9112Connection, s9_5_idle)
{
    conversation.limits.idle_time = std::chrono::milliseconds(20);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/"));
        co_await at.until_end();
    });
    EXPECT_EQ(conversation.answer(), hello);
}

TEST_F(Rfc9112Connection, s15_5_9_content_that_comes_too_slowly)
{
    conversation.limits.unread_time = std::chrono::milliseconds(20);
    conversation.limits.content_time = std::chrono::milliseconds(40);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab");
        co_await at.until_end();
    });
    EXPECT_EQ(own.content, "failed: the content comes too slowly");
}

TEST_F(Rfc9112Connection, s15_5_9_time_in_which_nobody_reads_content_is_not_its_senders)
{
    conversation.limits.content_time = std::chrono::milliseconds(40);
    conversation.limits.content_rate = 1;
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST /slow-reader HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab");
        for (int i = 0; i < 2; ++i) {
            [[maybe_unused]] const bool goes_on = co_await io::sleep_for(std::chrono::milliseconds(60));
            at.stream.send("cd");
        }
        [[maybe_unused]] const bool goes_on = co_await io::sleep_for(std::chrono::milliseconds(60));
        co_await at.settle();
    });
    EXPECT_EQ(own.content, "abcdcd");
}

TEST_F(Rfc9112Connection, s9_5_a_reader_that_takes_nothing)
{
    conversation.limits.send_time = std::chrono::milliseconds(20);
    conversation.stream.take(100);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/large"));
        co_await at.until_end();
    });
    EXPECT_TRUE(conversation.stream.is_aborted);
}

TEST_F(Rfc9112Connection, s7_8_takeover)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/") + get("/switch") + "what came with it ");
        co_await at.settle();
        at.stream.send("and after");
        co_await at.settle();
        EXPECT_EQ(
            at.answer(),
            hello +
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: shout\r\nConnection: upgrade\r\n\r\nWHAT\0CAME\0WITH\0IT\0AND\0AFTER"s);
        at.stream.finish();
        co_await at.settle();
        EXPECT_TRUE(at.has_ended);
        EXPECT_FALSE(at.stream.is_aborted);
    });
}

TEST_F(Rfc9112Connection, s7_8_takeover_behind_content)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST /switch HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n");
        co_await at.settle();
        at.stream.send("0\r\n\r\nabc");
        co_await at.settle();
        at.stream.finish();
        co_await at.settle();
        EXPECT_TRUE(at.answer().ends_with("\r\n\r\nABC"));
        EXPECT_TRUE(at.has_ended);
        EXPECT_EQ(paths->log, "called off;");
    });
}

TEST_F(Rfc9112Connection, tasks_of_an_exchange_end_with_it_and_then_what_it_kept)
{
    EXPECT_EQ(conversation.ask({get("/scope") + get("/")}), ok("scoped") + hello);
    EXPECT_EQ(own.log, "called off;let go;");
    EXPECT_TRUE(conversation.was_open());
}

// What the wire answers itself has what every answer of the site that is asked has, once it is known which.
class Named final : public http::Entry {
public:
    explicit Named(http::Handler& handler)
        : handler_(&handler)
    {
    }
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override
    {
        return handler_->handle(request);
    }
    void complete(const http::Request& request, http::Response& response) const override
    {
        response.fields.add("Asked", request.connection != nullptr && request.host.empty() ? "nobody" : request.host);
    }

private:
    http::Handler* handler_;
};

TEST_F(Rfc9112Connection, s3_2_a_refusal_once_the_host_is_known_is_of_its_site)
{
    struct Row {
        const char* request;
        const char* status;
        const char* asked;  // empty: it is not known
    };
    constexpr Row rows[] = {
        {"GET /throw HTTP/1.1\r\nHost: a\r\n\r\n", "500", "a"},
        {"GET http://b/throw HTTP/1.1\r\nHost: a\r\n\r\n", "500", "b"},
        {"GET /throw HTTP/1.0\r\n\r\n", "500", "nobody"},
        {"GET /a/.. HTTP/1.1\r\nHost: a\r\n\r\n", "400", "a"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400", "a"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501", "a"},
        {"GET / HTTP/1.1\r\nHost: a\r\nExpect: money\r\n\r\n", "417", "a"},
        {"GET http://b/ HTTP/1.1\r\nHost: a\r\nExpect: money\r\n\r\n", "417", "b"},
        {"GET http://b/a/.. HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
        {"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "421", ""},
        {"GET / HTTP/1.1\r\n\r\n", "400", ""},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400", ""},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400", ""},
        {"GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", "400", ""},
    };
    for (const auto& row : rows) {
        // The second of two requests: nothing is left of the first.
        Conversation at(own);
        at.service.entry = base::make_counted<Named>(own);
        const std::string answer = at.ask({"GET / HTTP/1.1\r\nHost: first\r\n\r\n" + std::string(row.request)});
        ASSERT_TRUE(answer.starts_with(hello)) << row.request;
        const std::string refusal = answer.substr(hello.size());
        EXPECT_EQ(refusal.substr(9, 3), row.status) << row.request;
        const std::string asked = *row.asked == '\0' ? "" : "\r\nAsked: " + std::string(row.asked) + "\r\n";
        EXPECT_EQ(refusal.contains("\r\nAsked: "), !asked.empty()) << row.request;
        EXPECT_TRUE(refusal.contains(asked)) << row.request << refusal;
    }
}

TEST_F(Rfc9112Connection, a_task_that_throws_closes_the_connection)
{
    EXPECT_EQ(conversation.ask({get("/scope-throws") + get("/")}), ok("scoped"));
    EXPECT_EQ(own.log, "let go;");
    EXPECT_TRUE(conversation.has_ended);
}

// An upload that goes on beside the answer is called off with it; the rest of the content is read off.
TEST_F(Rfc9112Connection, an_upload_beside_the_answer)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("POST /scope-upload HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
        co_await at.settle();
        EXPECT_EQ(at.answer(), ok("scoped"));
        EXPECT_EQ(paths->log, "upload called off;");
        at.stream.send("def" + get("/"));
        co_await at.settle();
        EXPECT_EQ(paths->log, "upload called off;let go;");
        EXPECT_EQ(at.answer(), ok("scoped") + hello);
    });
}

TEST_F(Rfc9112Connection, requests_of_one_connection_are_bounded)
{
    conversation.limits.requests = 2;
    EXPECT_EQ(conversation.ask({get("/"), get("/") + get("/")}), hello + ok("hello", close_line));
    EXPECT_EQ(own.handled, 2u);
}

TEST_F(Rfc9112Connection, a_server_that_stops_says_so)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/wait"));
        co_await at.settle();
        at.service.enter(http::Service::Stage::closing);
        paths->go_on.set();
        co_await at.settle();
        EXPECT_EQ(at.answer(), ok("waited", close_line));
    });
}

TEST_F(Rfc9112Connection, a_cancelled_connection_ends)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send(get("/wait") + get("/"));
        co_await at.settle();
    });
    EXPECT_TRUE(conversation.has_ended);
}

std::string many(int count)
{
    std::string requests;
    for (int i = 0; i < count; ++i) requests += get("/");
    return requests;
}

TEST_F(Rfc9112Connection, sixteen_requests_a_turn)
{
    conversation.play([](Conversation& at) -> io::Task<void> {
        co_await at.settle();
        at.stream.receives = 0;
        at.stream.send(many(40));
        co_await at.settle();
        EXPECT_EQ(paths->handled, 40u);
        EXPECT_EQ(at.stream.sends, 3);     // one for each sixteen, one for the rest
        EXPECT_EQ(at.stream.receives, 1);  // what is there is taken at once
    });
}

TEST_F(Rfc9112Connection, a_refused_peer_that_goes_on_sending)
{
    conversation.limits.unread_time = std::chrono::milliseconds(20);
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.stream.send("nonsense\r\n" + std::string(10'000, 'x'));
        co_await at.settle();
        EXPECT_FALSE(at.has_ended);  // it reads the answer before a reset could take it
        at.stream.send(std::string(200'000, 'x'));
        co_await at.settle();
        EXPECT_TRUE(at.has_ended);
    });
    EXPECT_TRUE(conversation.answer().starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(Rfc9112Connection, s3_2_a_bad_host_behind_a_good_one)
{
    const auto answer = conversation.ask({get("/") + "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"});
    EXPECT_TRUE(answer.starts_with(hello + "HTTP/1.1 400 Bad Request\r\n"));
    Conversation two(own);
    EXPECT_TRUE(two.ask({get("/") + get("/", "Host: a\r\n")}).starts_with(hello + "HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(Rfc9112Connection, s17_nothing_of_the_peers_text_is_in_a_refusal)
{
    for (const std::string request :
         {"GET /<script> HTTP/1.1\r\nHost: a\r\n<script>: b\r\n\r\n", "<script>\r\n\r\n",
          "GET /%2e%2e/<script> HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: <script>\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nExpect: <script>\r\n\r\n"}) {
        Conversation at(own);
        const auto answer = at.ask({request});
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << answer;
        EXPECT_EQ(answer.find("script"), std::string::npos) << answer;
    }
}

struct Records final : http::ExchangeObserver {
    void exchange_ended(const http::ExchangeRecord& record) noexcept override
    {
        ((((text += record.method) += ' ') += record.target) += ' ') += std::to_string(record.status);
        text += ' ' + std::to_string(record.content_bytes_received) + '>' + std::to_string(record.content_bytes_sent) +
                (record.complete ? ";" : " cut;");
    }
    std::string text;
};

TEST_F(Rfc9112Connection, each_exchange_is_recorded)
{
    Records records;
    conversation.service.observer = &records;
    conversation.ask({post("/echo", "abc") + get("/large") + get("/pieces") + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" +
                      get("/fails") + get("/")});
    EXPECT_EQ(records.text,
              "POST /echo 200 3>3;GET /large 200 0>100000;GET /pieces 200 0>13;HEAD / 200 0>0;GET /fails 200 0>4 cut;");
    records.text.clear();
    Conversation refused(own);
    refused.service.observer = &records;
    refused.ask({post("/echo", "abc") + "GET / HTTP/1.1\r\n\r\n"});
    EXPECT_TRUE(records.text.starts_with("POST /echo 200 3>3;GET / 400 0>")) << records.text;
}

// Answers in two pieces, the second when it is told to; says when it is gone.
class Generation final : public http::Entry {
public:
    Generation(std::string name, io::Event& goes_on, std::vector<std::string>& gone)
        : name_(std::move(name))
        , goes_on_(&goes_on)
        , gone_(&gone)
    {
    }
    ~Generation() override { gone_->push_back(name_); }

    io::Task<http::Response> handle(http::Request& request) override
    {
        http::Response response(request, http::Status::ok,
                                http::Body(std::make_unique<Pieces>(*this, request.target.path == "/long")));
        co_return response;
    }

private:
    class Pieces final : public http::Body::Source {
    public:
        Pieces(Generation& of, bool waits)
            : of_(&of)
            , waits_(waits)
        {
        }
        io::Task<Result<http::Chunk>> read() override
        {
            if (++read_ == 3) co_return http::Chunk::end();
            if (read_ == 2 && waits_) [[maybe_unused]]
                auto told = co_await of_->goes_on_->wait(std::chrono::seconds(10));
            http::Chunk chunk;
            chunk.bytes = base::Bytes(std::string_view(of_->name_));
            co_return chunk;
        }

    private:
        Generation* of_;
        bool waits_;
        int read_ = 0;
    };
    std::string name_;
    io::Event* goes_on_;
    std::vector<std::string>* gone_;
};

TEST_F(Rfc9112Connection, an_exchange_ends_on_the_entry_that_it_began_with)
{
    static io::Event* goes_on = nullptr;
    static std::vector<std::string>* gone = nullptr;
    io::Event event;
    std::vector<std::string> names;
    goes_on = &event;
    gone = &names;
    conversation.play([](Conversation& at) -> io::Task<void> {
        at.service.entry = base::make_counted<Generation>("first", *goes_on, *gone);
        at.stream.send(get("/long"));
        co_await at.settle();
        at.service.entry = base::make_counted<Generation>("second", *goes_on, *gone);
        at.stream.send(get("/short"));  // it waits behind the first, on the same connection
        co_await at.settle();
        EXPECT_TRUE(gone->empty());
        goes_on->set();
        co_await at.settle();
        EXPECT_THAT(*gone, testing::ElementsAre("first"));
        at.service.entry = {};
        EXPECT_THAT(*gone, testing::ElementsAre("first", "second"));
    });
    EXPECT_TRUE(conversation.was_open());
    EXPECT_NE(conversation.answer().find("5\r\nfirst\r\n5\r\nfirst\r\n0\r\n"), std::string::npos);
    EXPECT_NE(conversation.answer().find("6\r\nsecond\r\n6\r\nsecond\r\n0\r\n"), std::string::npos);
}

}  // namespace
}  // namespace cais::http1
