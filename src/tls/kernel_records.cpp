#include "tls/kernel_records.h"

#include "tls/openssl.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cais::tls {
namespace {

constexpr int level_of_tls = 282;  // SOL_TLS, which older headers do not have

// What no kernel of this process takes: a bit for each suite.
std::atomic<unsigned> refused{0};  // NOLINT: what a kernel has does not change with who asks
constexpr unsigned every_suite = ~0u;
unsigned bit_of(const Suite& suite) noexcept { return 1u << (suite.number & 7u); }

// As the kernel wants a key: the IV's beginning apart, where the suite of TLS 1.2 had a salt.
template <class Info>
bool set_key(int socket, const TrafficKey& key, std::uint16_t cipher) noexcept
{
    Info info{};
    info.info.version = TLS_1_3_VERSION;
    info.info.cipher_type = cipher;
    static_assert(sizeof info.salt + sizeof info.iv == sizeof key.iv);
    std::memcpy(info.salt, key.iv.data(), sizeof info.salt);
    std::memcpy(info.iv, key.iv.data() + sizeof info.salt, sizeof info.iv);
    std::memcpy(info.key, key.key.data(), sizeof info.key);
    for (std::size_t i = 0; i < sizeof info.rec_seq; ++i)
        info.rec_seq[i] = static_cast<unsigned char>(key.sequence >> (8 * (sizeof info.rec_seq - 1 - i)));
    const bool is_set = ::setsockopt(socket, level_of_tls, TLS_TX, &info, sizeof info) == 0;
    const int number = errno;
    OPENSSL_cleanse(&info, sizeof info);
    errno = number;
    return is_set;
}

bool set_key(int socket, const TrafficKey& key) noexcept
{
    switch (key.suite->number) {
    case 0x1301: return set_key<tls12_crypto_info_aes_gcm_128>(socket, key, TLS_CIPHER_AES_GCM_128);
    case 0x1302: return set_key<tls12_crypto_info_aes_gcm_256>(socket, key, TLS_CIPHER_AES_GCM_256);
    case 0x1303: return set_key<tls12_crypto_info_chacha20_poly1305>(socket, key, TLS_CIPHER_CHACHA20_POLY1305);
    default: errno = EINVAL; return false;
    }
}

// Whether it says no to everybody, for ever, and not to this connection: one that is half closed, a want of memory.
// ENOENT: it is not built in, and its module is not loaded.
bool is_for_good(int number) noexcept
{
    return number == ENOENT || number == ENOPROTOOPT || number == EINVAL || number == EPERM;
}

}  // namespace

bool may_send_by_kernel(const Suite& suite) noexcept
{
    return (refused.load(std::memory_order_relaxed) & bit_of(suite)) == 0;
}

bool send_by_kernel(int socket, const TrafficKey& key) noexcept
{
    static constexpr char name[] = "tls";
    if (::setsockopt(socket, IPPROTO_TCP, TCP_ULP, name, sizeof name - 1) != 0) {
        if (is_for_good(errno)) refused.store(every_suite, std::memory_order_relaxed);
        return false;
    }
    if (set_key(socket, key)) return true;
    if (is_for_good(errno)) refused.fetch_or(bit_of(*key.suite), std::memory_order_relaxed);
    return false;
}

bool change_key_of_kernel(int socket, const TrafficKey& key) noexcept { return set_key(socket, key); }

bool write_record_by_kernel(int socket, ContentType type, std::string_view octets) noexcept
{
    iovec vector{const_cast<char*>(octets.data()), octets.size()};  // NOLINT: iovec has no const
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(unsigned char))] = {};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = level_of_tls;
    head->cmsg_type = TLS_SET_RECORD_TYPE;
    head->cmsg_len = CMSG_LEN(sizeof(unsigned char));
    *CMSG_DATA(head) = static_cast<unsigned char>(type);
    ssize_t sent;
    do sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(octets.size());
}

}  // namespace cais::tls
