// Both roles over a connection of TCP, on one loop.
#include "../io/running.h"
#include "io/scope.h"
#include "issuing.h"
#include "tls/accept.h"
#include "tls/connect.h"
#include "trace/log.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace cais::tls {
namespace {

using io::long_enough;
using io::Progress;
using io::Task;
using For = io::Stream::For;
using test::issue;
using test::Issued;

std::shared_ptr<const Certificate> certificate_of(const Issued& issued)
{
    auto made = Certificate::from_pem(issued.chain(), issued.key_text());
    EXPECT_TRUE(made) << made.error().what;
    return made ? *made : nullptr;
}

std::shared_ptr<const Identity> identity_of(const Issued& issued)
{
    auto identity = std::make_shared<Identity>();
    identity->certificates.push_back(certificate_of(issued));
    return identity;
}

std::shared_ptr<const ServerContext> server_of(ServerSettings settings)
{
    auto made = ServerContext::make(std::move(settings));
    EXPECT_TRUE(made) << made.error().what;
    return *made;
}

// A file for the length of a test.
class File {
public:
    explicit File(std::string_view content)
    {
        char name[] = "/tmp/cais-tls-XXXXXX";
        const int fd = ::mkstemp(name);
        EXPECT_GE(fd, 0);
        path = name;
        EXPECT_EQ(::write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
        descriptor = io::Descriptor(fd);
    }
    ~File() { std::remove(path.c_str()); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    std::string path;
    io::Descriptor descriptor;
};

std::shared_ptr<const ClientContext> client_of(const Issued& authority,
                                               std::vector<std::string> protocols = {"http/1.1"})
{
    const File file(authority.chain());
    auto made = ClientContext::make({.authorities = {file.path}, .protocols = std::move(protocols)});
    EXPECT_TRUE(made) << made.error().what;
    return *made;
}

// What a handshake came to on both sides, and the streams afterwards.
struct Met {
    Result<void> server = fail(Error::failed, "not tried");
    Result<void> client = fail(Error::failed, "not tried");
};

Task<void> serve(Stream& stream, const Arrival& arrival, Result<void>& came_to)
{
    auto done = co_await accept(stream, arrival);
    came_to = done;
    if (!done) stream.abort();
}

Task<void> visit(Stream& stream, const Destination& destination, Result<void>& came_to)
{
    auto done = co_await connect(stream, destination);
    came_to = done;
    if (!done) stream.abort();
}

struct Ends {
    explicit Ends(io::Pair pair)
        : server_tcp(std::move(pair.ours))
        , client_tcp(std::move(pair.theirs))
        , server(server_tcp)
        , client(client_tcp)
    {
    }
    io::TcpStream server_tcp;
    io::TcpStream client_tcp;
    Stream server;
    Stream client;
};

Task<Met> meet(Ends& ends, const Arrival& arrival, const Destination& destination)
{
    Met met;
    io::Scope scope;
    scope.spawn(serve, ends.server, arrival, met.server);
    scope.spawn(visit, ends.client, destination, met.client);
    co_await scope.end();
    co_return met;
}

std::string pattern(std::size_t bytes)
{
    std::string text(bytes, '\0');
    std::uint32_t state = 1;
    for (auto& c : text) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

Task<void> write_all(io::Stream& stream, std::string text, bool& failed)
{
    std::string_view rest = text;
    while (!rest.empty()) {
        // In pieces of odd lengths, gathered.
        const std::string_view pieces[] = {rest.substr(0, 7),
                                           rest.size() > 7 ? rest.substr(7, 70001) : std::string_view()};
        const Progress progress = stream.try_write(pieces, io::More::no);
        if (progress.state == Progress::done) {
            rest.remove_prefix(progress.bytes);
            continue;
        }
        if (progress.state != Progress::blocked) {
            failed = true;
            co_return;
        }
        auto ready = co_await stream.ready(For::writing, long_enough);
        if (!ready) {
            failed = true;
            co_return;
        }
    }
    stream.shut_down();
}

Task<void> send_whole(io::Stream& stream, int file, std::size_t bytes, bool& failed)
{
    std::uint64_t offset = 0;
    while (bytes > 0) {
        const Progress progress = stream.try_send_file(file, offset, bytes, io::More::no);
        if (progress.state == Progress::done && progress.bytes > 0) {
            offset += progress.bytes;
            bytes -= progress.bytes;
            continue;
        }
        if (progress.state != Progress::blocked) {
            failed = true;
            co_return;
        }
        auto ready = co_await stream.ready(For::writing, long_enough);
        if (!ready) failed = true;
        if (!ready) co_return;
    }
    stream.shut_down();
}

Task<void> receive(io::Stream& stream, std::string& into)
{
    auto text = co_await io::read_all(stream);
    into = std::move(text);
}

class TlsStream : public testing::Test {
public:
    TlsStream()
        : authority(test::authority())
        , issued(issue({.names = "DNS:localhost,DNS:*.example.test,IP:127.0.0.1"}, &authority))
    {
    }
    Issued authority;
    Issued issued;
    std::shared_ptr<const ServerContext> server =
        server_of({.sites = {{.hosts = {"*"}, .identity = identity_of(issued)}},
                   .certificates = nullptr,
                   .ticket_keys = std::make_shared<TicketKeys>()});
    std::shared_ptr<const ClientContext> client = client_of(authority);
};

TEST_F(TlsStream, both_directions_and_a_close_by_close_notify)
{
    io::run(
        [](TlsStream& test) -> Task<void> {
            Ends ends(io::tcp_pair());
            const Arrival arrival{.context = *test.server};
            const Destination destination{.context = *test.client, .host = "localhost"};
            auto met = co_await meet(ends, arrival, destination);
            EXPECT_TRUE(met.server) << met.server.error().what;
            EXPECT_TRUE(met.client) << met.client.error().what;
            if (!met.server || !met.client) co_return;
            EXPECT_EQ(ends.server.outcome().version, "TLSv1.3");
            EXPECT_EQ(ends.server.outcome().cipher, "TLS_AES_128_GCM_SHA256");
            EXPECT_EQ(ends.server.outcome().protocol, "http/1.1");
            EXPECT_EQ(ends.client.outcome().protocol, "http/1.1");
            EXPECT_EQ(ends.server.outcome().server_name, "localhost");

            const std::string up = pattern(3'000'017);
            const std::string down = pattern(5'000'011);
            std::string got_up, got_down;
            bool failed = false;
            io::Scope scope;
            scope.spawn(receive, ends.server, got_up);
            scope.spawn(receive, ends.client, got_down);
            scope.spawn(write_all, ends.server, down, failed);
            scope.spawn(write_all, ends.client, up, failed);
            co_await scope.end();
            EXPECT_FALSE(failed);
            EXPECT_TRUE(got_up == up);
            EXPECT_TRUE(got_down == down);
        },
        *this);
}

TEST_F(TlsStream, a_file_goes_out_whole)
{
    io::run(
        [](TlsStream& test) -> Task<void> {
            Ends ends(io::tcp_pair());
            const Arrival arrival{.context = *test.server};
            const Destination destination{.context = *test.client, .host = "a.example.test"};
            auto met = co_await meet(ends, arrival, destination);
            EXPECT_TRUE(met.server && met.client);
            if (!met.server || !met.client) co_return;
            const std::string content = pattern(4'000'001);
            const File file(content);
            std::string got;
            bool failed = false;
            io::Scope scope;
            scope.spawn(receive, ends.client, got);
            scope.spawn(send_whole, ends.server, file.descriptor.get(), content.size(), failed);
            co_await scope.end();
            EXPECT_FALSE(failed);
            EXPECT_TRUE(got == content);
        },
        *this);
}

TEST_F(TlsStream, octets_that_end_without_close_notify_are_cut_short)
{
    io::run(
        [](TlsStream& test) -> Task<void> {
            Ends ends(io::tcp_pair());
            const Arrival arrival{.context = *test.server};
            const Destination destination{.context = *test.client, .host = "127.0.0.1"};
            auto met = co_await meet(ends, arrival, destination);
            EXPECT_TRUE(met.server && met.client);
            if (!met.server || !met.client) co_return;
            ends.client_tcp.close();
            char into[16];
            auto ready = co_await ends.server.ready(For::reading, long_enough);
            EXPECT_TRUE(ready);
            EXPECT_EQ(ends.server.try_read(into).state, Progress::failed);
        },
        *this);
}

struct Refused {
    const char* name;
    const char* host;
    test::Wanted wanted;
    bool is_signed_by_authority = true;
    const char* what;
};

class Rfc9525 : public testing::TestWithParam<Refused> {};
TEST_P(Rfc9525, a_server_is_not_believed)
{
    const Issued authority = test::authority();
    const Issued other = test::authority("other");
    const auto& row = GetParam();
    const Issued issued = issue(row.wanted, row.is_signed_by_authority ? &authority : &other);
    const auto server = server_of({.sites = {{.hosts = {"*"}, .identity = identity_of(issued)}},
                                   .certificates = nullptr,
                                   .ticket_keys = nullptr});
    const auto client = client_of(authority);
    io::run(
        [](const ServerContext& to, const ClientContext& from, const Refused& refused) -> Task<void> {
            Ends ends(io::tcp_pair());
            const Arrival arrival{.context = to};
            const Destination destination{.context = from, .host = refused.host};
            auto met = co_await meet(ends, arrival, destination);
            EXPECT_FALSE(met.server);
            EXPECT_FALSE(met.client);
            if (met.client) co_return;
            EXPECT_EQ(met.client.error().kind, Error::denied);
            EXPECT_STREQ(met.client.error().what, refused.what);
        },
        *server, *client, row);
}
const Refused refused[] = {
    {"s6_3_another_name", "other.test", {}, true, "hostname mismatch"},
    {"s6_3_wildcard_is_one_label", "a.b.example.test", {.names = "DNS:*.example.test"}, true, "hostname mismatch"},
    {"s6_3_no_part_of_a_label", "www.example.test", {.names = "DNS:w*.example.test"}, true, "hostname mismatch"},
    {"s6_3_wildcard_is_not_the_name_itself",
     "example.test",
     {.names = "DNS:*.example.test"},
     true,
     "hostname mismatch"},
    {"s2_common_name_is_no_name",
     "localhost",
     {.subject = "localhost", .names = "DNS:other.test"},
     true,
     "hostname mismatch"},
    {"s2_common_name_without_any", "localhost", {.subject = "localhost", .names = {}}, true, "hostname mismatch"},
    {"s6_4_another_address", "127.0.0.2", {.names = "IP:127.0.0.1"}, true, "IP address mismatch"},
    {"s6_4_an_address_is_no_dns_name", "127.0.0.1", {.names = "DNS:127.0.0.1"}, true, "IP address mismatch"},
    {"expired", "localhost", {.from = -7200, .until = -3600}, true, "certificate has expired"},
    {"not_yet_valid", "localhost", {.from = 3600}, true, "certificate is not yet valid"},
    {"unknown_authority", "localhost", {}, false, "unable to get local issuer certificate"},
    {"for_clients_only", "localhost", {.usage = "clientAuth"}, true, "unsuitable certificate purpose"},
};
INSTANTIATE_TEST_SUITE_P(, Rfc9525, testing::ValuesIn(refused), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::tls
