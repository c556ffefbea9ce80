// Kernel TLS as far as any kernel goes: what it says is believed, and asked for once. tests/kernel has it all, where
// the kernel has TLS.
#include "tls/kernel_records.h"
#include "tls/openssl.h"

#include <cerrno>
#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cais::tls {
namespace {

// Two ends of a TCP connection.
struct Connected {
    int ends[2] = {-1, -1};
    Connected()
    {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener, any, length), 0);
        EXPECT_EQ(::listen(listener, 1), 0);
        EXPECT_EQ(::getsockname(listener, any, &length), 0);
        ends[0] = ::socket(AF_INET, SOCK_STREAM, 0);
        EXPECT_EQ(::connect(ends[0], any, length), 0);
        ends[1] = ::accept(listener, nullptr, nullptr);
        ::close(listener);
    }
    ~Connected()
    {
        for (const int end : ends) ::close(end);
    }
    std::string passes(std::string_view octets) const
    {
        std::string got(100, '\0');
        EXPECT_EQ(::send(ends[0], octets.data(), octets.size(), MSG_NOSIGNAL), static_cast<ssize_t>(octets.size()));
        got.resize(static_cast<std::size_t>(std::max<ssize_t>(::recv(ends[1], got.data(), got.size(), 0), 0)));
        return got;
    }
};

TrafficKey key_of(std::uint16_t suite)
{
    initialise();
    TrafficKey key;
    key.suite = suite_of(suite);
    return key;
}

// A connection that is half closed is refused by every kernel, and that says nothing of others.
TEST(KernelRecords, a_refusal_of_one_connection_is_none_of_the_next)
{
    const Connected connected;
    ::shutdown(connected.ends[1], SHUT_WR);
    char none;
    EXPECT_EQ(::recv(connected.ends[0], &none, 1, 0), 0);
    const bool was = may_send_by_kernel(*suite_of(0x1301));
    const int said = ::setsockopt(connected.ends[0], IPPROTO_TCP, TCP_ULP, "tls", 3) == 0 ? 0 : errno;
    EXPECT_FALSE(send_by_kernel(connected.ends[0], key_of(0x1301)));
    EXPECT_EQ(may_send_by_kernel(*suite_of(0x1301)), was && said != ENOENT && said != ENOPROTOOPT);
}

TEST(KernelRecords, the_kernel_is_asked_and_believed)
{
    const Connected asked, used;
    const bool has_it = ::setsockopt(asked.ends[0], IPPROTO_TCP, TCP_ULP, "tls", 3) == 0;
    RecordProperty("kernel_tls", has_it ? "yes" : "no");
    EXPECT_EQ(send_by_kernel(used.ends[0], key_of(0x1301)), has_it);
    if (has_it) {
        const std::string record = used.passes("hello");
        EXPECT_EQ(Records::whole_record(record), record.size());
        EXPECT_EQ(record.size(), 5 + seal_bytes);
        EXPECT_TRUE(may_send_by_kernel(*suite_of(0x1301)));
    } else {
        EXPECT_EQ(used.passes("hello"), "hello");  // what it was before
        for (const std::uint16_t suite : {0x1301, 0x1302, 0x1303}) EXPECT_FALSE(may_send_by_kernel(*suite_of(suite)));
    }
}

}  // namespace
}  // namespace cais::tls
