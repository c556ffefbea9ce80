#include "client/fetch.h"
#include "http1/server.h"
#include "io/files.h"
#include "io/listener.h"
#include "io/pool.h"
#include "io/tcp.h"
#include "tls/accept.h"
#include "tls/authority.h"
#include "tls/client_context.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>

namespace cais::client {
namespace {

using namespace std::chrono_literals;

// Answers by the path: /echo what came, /large more than is taken, /to/PATH a redirect there, /silent never.
class Answers final : public http::Entry {
public:
    std::string downgrade;  // where /down leads

    io::Task<http::Response> handle(http::Request& request) override
    {
        const std::string_view path = request.target.path;
        if (path == "/silent") [[maybe_unused]]
            const bool is_time = co_await io::sleep_for(60s);
        if (path.starts_with("/to")) {
            http::Response response(request, http::Status::found);
            response.fields.add(http::Name::location, path.substr(3));
            co_return response;
        }
        if (path == "/down") {
            http::Response response(request, http::Status::moved_permanently);
            response.fields.add(http::Name::location, downgrade);
            co_return response;
        }
        if (path == "/large") co_return text(request, std::string(5000, 'x'));
        auto content = co_await http::read_whole(request.body, 1000);
        std::string all(request.method_text);
        (all += " ").append(request.target_text) += " host=";
        all.append(request.host) += " ";
        co_return text(request, all + content.value_or("?"));
    }

private:
    static http::Response text(http::Request& request, std::string octets)
    {
        http::Response response(request, http::Status::ok, http::Body(base::Bytes(std::move(octets))));
        response.fields.add("X-Answer", "yes");
        return response;
    }
};

struct Server {
    Server()
        : entry(base::make_counted<Answers>())
        , service(entry, limits, "")
    {
        std::string name = testing::TempDir() + "/fetch.XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        const auto authority = *tls::Authority::open(name);
        ca = name + "/ca.pem";
        EXPECT_TRUE(io::replace_file(ca, authority->root().certificate));
        const std::string names[] = {"localhost", "127.0.0.1"};
        const auto leaf = *authority->issue(names, 24h);
        const auto certificate = *tls::Certificate::from_pem(leaf.certificate, leaf.key);
        tls::ServerSettings settings;
        settings.sites.push_back({{"*"}, std::make_shared<tls::Identity>(tls::Identity{{certificate}})});
        context = *tls::ServerContext::make(std::move(settings));
        open(plain);
        open(secure);
    }
    static void open(std::optional<io::Listener>& to)
    {
        io::ListenOptions options;
        options.defer_accept = false;
        auto socket = io::listen_at(*io::Address::parse("127.0.0.1:0"), options);
        EXPECT_TRUE(socket);
        to.emplace(std::move(*socket));
    }
    [[nodiscard]] std::string url(const char* path, bool is_secure = false, const char* host = "127.0.0.1") const
    {
        return (is_secure ? "https://" : "http://") + std::string(host) + ":" +
               std::to_string(is_secure ? secure_port : plain_port) + path;
    }

    io::Loop loop;  // the listeners are its own
    io::Pool pool{2};
    http::Limits limits;
    base::Shared<Answers> entry;
    http::Service service;
    http1::Sessions sessions{service};
    std::string ca;
    std::shared_ptr<const tls::ServerContext> context;
    std::optional<io::Listener> plain, secure;
    std::uint16_t plain_port = 0, secure_port = 0;
};

io::Task<void> connection(Server& server, io::Descriptor socket, bool is_secure)
{
    io::TcpStream stream(std::move(socket));
    const http::Connection about;
    if (!is_secure) {
        auto unread = co_await http1::serve(stream, about, server.sessions);
        EXPECT_FALSE(unread);
        co_return;
    }
    tls::Stream inner(stream);
    const tls::Arrival arrival{*server.context};
    auto accepted = co_await tls::accept(inner, arrival);
    if (accepted) {
        auto unread = co_await http1::serve(inner, about, server.sessions);
        EXPECT_FALSE(unread);
    }
    inner.shut_down();
}

io::Task<void> accept(Server& server, io::Listener& listener, io::Scope& connections, bool is_secure)
{
    for (;;) {
        const bool goes_on = co_await listener.ready();
        if (!goes_on) co_return;
        auto accepted = listener.try_accept();
        if (accepted && accepted->socket) connections.spawn(connection, server, std::move(accepted->socket), is_secure);
    }
}

// What fetching came to, in words: "200 content" or what is wrong.
io::Task<void> ask(FetchRequest& request, std::shared_ptr<const tls::ClientContext> tls, std::string& words)
{
    auto answer = co_await fetch(request, tls);
    words = answer ? std::to_string(http::code_of(answer->status)) + " " + answer->content : answer.error().what;
    if (answer) words += " [" + std::string(answer->field("x-answer").value_or("")) + "]";
}

io::Task<void> run_beside(Server& server, FetchRequest& request, std::shared_ptr<const tls::ClientContext> tls, std::string& words)
{
    io::Scope acceptors, connections;
    acceptors.spawn(accept, server, *server.plain, connections, false);
    acceptors.spawn(accept, server, *server.secure, connections, true);
    co_await ask(request, tls, words);
    acceptors.cancel();
    co_await acceptors.end();
    connections.cancel();
    co_await connections.end();
}

std::string fetched(Server& server, FetchRequest request, std::shared_ptr<const tls::ClientContext> tls = nullptr)
{
    std::string words;
    server.loop.use(server.pool);
    server.loop.run(run_beside(server, request, tls, words));
    return words;
}

FetchRequest get(const std::string& url)
{
    FetchRequest request;
    request.url = *uri::HttpUrl::parse(url);
    return request;
}

class Fetch : public testing::Test {
protected:
    void SetUp() override
    {
        server.plain_port = port_of(*server.plain);
        server.secure_port = port_of(*server.secure);
    }
    static std::uint16_t port_of(const io::Listener& listener) { return io::local_address(listener.fd()).port; }
    static std::shared_ptr<const tls::ClientContext> believing(const std::string& file)
    {
        tls::ClientSettings settings;
        settings.authorities.push_back(file);
        return *tls::ClientContext::make(settings);
    }
    Server server;
};

TEST_F(Fetch, http)
{
    const std::string host = "127.0.0.1:" + std::to_string(server.plain_port);
    EXPECT_EQ(fetched(server, get(server.url("/a?b"))), "200 GET /a?b host=" + host + "  [yes]");
    auto request = get(server.url("/a"));
    request.method = "POST";
    request.content = "hello";
    EXPECT_EQ(fetched(server, request), "200 POST /a host=" + host + " hello [yes]");
}

TEST_F(Fetch, names_are_looked_up)
{
    const std::string words = fetched(server, get(server.url("/", false, "localhost")));
    EXPECT_EQ(words.substr(0, 5), "200 G") << words;
    const std::string none = fetched(server, get("http://none.invalid/"));
    EXPECT_EQ(none.substr(0, 22), "look up none.invalid: ") << none;
}

TEST_F(Fetch, https_is_verified)
{
    const auto tls = believing(server.ca);
    EXPECT_EQ(fetched(server, get(server.url("/", true)), tls).substr(0, 5), "200 G");
    EXPECT_EQ(fetched(server, get(server.url("/", true, "localhost")), tls).substr(0, 5), "200 G");
    // 127.0.0.2 is the same server, and no name of its certificate.
    const std::string other = fetched(server, get(server.url("/", true, "127.0.0.2")), tls);
    EXPECT_NE(other.substr(0, 3), "200") << other;

    tls::ClientSettings system;
    const auto strangers = *tls::ClientContext::make(system);
    const std::string unknown = fetched(server, get(server.url("/", true)), strangers);
    EXPECT_EQ(unknown.substr(0, 21), "make a TLS connection") << unknown;
}

TEST_F(Fetch, redirects_are_followed_where_asked_for)
{
    auto request = get(server.url("/to/to/a"));
    EXPECT_EQ(fetched(server, request).substr(0, 3), "302");
    request.limits.redirects = 1;
    EXPECT_EQ(fetched(server, request).substr(0, 3), "302");
    request.limits.redirects = 2;
    EXPECT_EQ(fetched(server, request).substr(0, 10), "200 GET /a");
    request.method = "POST";
    EXPECT_EQ(fetched(server, request).substr(0, 3), "302");
    // RFC 9110 §10.2.2: relative to what was asked for.
    server.entry->downgrade = "b/../c?d#e";
    request = get(server.url("/down"));
    request.limits.redirects = 1;
    EXPECT_EQ(fetched(server, request).substr(0, 12), "200 GET /c?d");
    // Never into the clear, nor to another authority by a path.
    server.entry->downgrade = server.url("/a");
    request = get(server.url("/down", true));
    request.limits.redirects = 5;
    EXPECT_EQ(fetched(server, request, believing(server.ca)).substr(0, 3), "301");
    request = get(server.url("/to//evil.example/"));
    request.limits.redirects = 5;
    EXPECT_EQ(fetched(server, request).substr(0, 3), "302");
}

TEST_F(Fetch, limits)
{
    auto request = get(server.url("/large"));
    request.limits.content = 4999;
    EXPECT_NE(fetched(server, request).find("larger than what is taken"), std::string::npos);
    request.limits.content = 5000;
    EXPECT_EQ(fetched(server, request).substr(0, 5), "200 x");
    request = get(server.url("/silent"));
    request.limits.whole = 50ms;
    const std::string late = fetched(server, request);
    EXPECT_TRUE(late.ends_with("no answer in time") || late.ends_with("it took longer than it may")) << late;
}

TEST_F(Fetch, nobody_there)
{
    const auto port = server.plain_port;
    server.plain.reset();
    Server::open(server.plain);
    const std::string words = fetched(server, get("http://127.0.0.1:" + std::to_string(port) + "/"));
    EXPECT_EQ(words, "connect to 127.0.0.1:" + std::to_string(port) + ": connect: Connection refused");
}

}  // namespace
}  // namespace cais::client
