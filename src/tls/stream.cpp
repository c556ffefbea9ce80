#include "tls/stream.h"

#include "tls/openssl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include <unistd.h>

namespace cais::tls {
namespace {

constexpr std::size_t record_bytes = 16 * 1024;  // RFC 8446 §5.1
constexpr std::size_t piece_bytes = 64 * 1024;   // of a file that is read at once
constexpr std::size_t most_a_try = 256 * 1024;

// Where octets of one thread are gathered, or read, before they are encrypted.
std::span<char> scratch()
{
    thread_local const std::unique_ptr<char[]> memory = std::make_unique_for_overwrite<char[]>(piece_bytes);
    return {memory.get(), piece_bytes};
}

// The next octets of `pieces` behind `from`, for one record: of one piece where it has enough, else gathered.
std::string_view next_octets(std::span<const std::string_view> pieces, std::size_t from)
{
    std::size_t i = 0;
    while (i < pieces.size() && from >= pieces[i].size()) from -= pieces[i++].size();
    if (i == pieces.size()) return {};
    const std::string_view first = pieces[i].substr(from, record_bytes);
    if (first.size() == record_bytes || i + 1 == pieces.size()) return first;
    char* const to = scratch().data();
    std::size_t length = first.copy(to, record_bytes);
    for (++i; i < pieces.size() && length < record_bytes; ++i)
        length += pieces[i].copy(to + length, record_bytes - length);
    return {to, length};
}

}  // namespace

Stream::Stream(io::Stream& inner) noexcept
    : transport_(inner)
{
}

Stream::~Stream() { SSL_free(ssl_); }

io::Progress Stream::failed(int number) noexcept
{
    ERR_clear_error();
    has_failed_ = true;
    return {io::Progress::failed, number};
}

io::Progress Stream::try_read(std::span<char> into) noexcept
{
    if (has_failed_) return {io::Progress::failed, ECONNRESET};
    if (transport_.waiting() > 0 && transport_.flush().state == io::Progress::failed)
        return failed(transport_.failure());
    std::size_t bytes = 0;
    io::Progress progress{io::Progress::blocked};
    while (bytes < into.size() && is_ready(For::reading)) {
        std::size_t got = 0;
        ERR_clear_error();
        if (SSL_read_ex(ssl_, into.data() + bytes, into.size() - bytes, &got) == 1) {
            bytes += got;
            transport_.allow(most_without_content);
            // What lies below has given less than there was room for: it is drained, mostly.
            if (SSL_pending(ssl_) > 0 || transport_.has_ahead()) continue;
            break;
        }
        const int reason = SSL_get_error(ssl_, 0);
        if (reason == SSL_ERROR_WANT_READ) {
            if (transport_.has_ahead()) continue;
            break;
        }
        if (reason == SSL_ERROR_ZERO_RETURN) progress = {io::Progress::ended};
        else progress = {io::Progress::failed, transport_.failure() != 0 ? transport_.failure() : ECONNRESET};
        break;
    }
    transport_.settle();
    if (bytes > 0) return {io::Progress::done, 0, bytes};
    if (progress.state == io::Progress::failed) return failed(progress.number);
    return progress;
}

// Encrypts one record and hands it on. blocked: it is encrypted, and has not left.
io::Progress Stream::seal(std::string_view octets, io::More more) noexcept
{
    std::size_t written = 0;
    transport_.more = more;
    ERR_clear_error();
    const int done = SSL_write_ex(ssl_, octets.data(), octets.size(), &written);
    if (done != 1 || transport_.failure() != 0) return failed(transport_.failure() != 0 ? transport_.failure() : EPIPE);
    if (transport_.waiting() > 0) return {io::Progress::blocked, 0, written};
    return {io::Progress::done, 0, written};
}

io::Progress Stream::try_write(std::span<const std::string_view> pieces, io::More more) noexcept
{
    if (has_failed_) return {io::Progress::failed, EPIPE};
    if (const auto flushed = transport_.flush(); flushed.state != io::Progress::done) {
        if (flushed.state == io::Progress::failed) has_failed_ = true;
        return flushed;
    }
    std::size_t total = 0;
    for (const auto piece : pieces) total += piece.size();
    std::size_t taken = std::min(owed_, total);
    owed_ -= taken;
    while (taken < total && taken < most_a_try) {
        const std::string_view octets = next_octets(pieces, taken);
        const bool is_last = taken + octets.size() == total;
        const io::Progress progress = seal(octets, is_last ? more : io::More::yes);
        if (progress.state == io::Progress::failed) return progress;
        if (progress.state == io::Progress::blocked) {
            owed_ = progress.bytes;
            break;
        }
        taken += progress.bytes;
    }
    if (taken == 0) return {io::Progress::blocked};
    return {io::Progress::done, 0, taken};
}

io::Progress Stream::try_send_file(int file, std::uint64_t offset, std::size_t bytes, io::More more) noexcept
{
    if (has_failed_) return {io::Progress::failed, EPIPE};
    if (const auto flushed = transport_.flush(); flushed.state != io::Progress::done) {
        if (flushed.state == io::Progress::failed) has_failed_ = true;
        return flushed;
    }
    std::size_t taken = std::min(owed_, bytes);
    owed_ -= taken;
    const std::span<char> memory = scratch();
    while (taken < bytes && taken < most_a_try) {
        const std::size_t wanted = std::min(bytes - taken, memory.size());
        const ssize_t got = ::pread(file, memory.data(), wanted, static_cast<off_t>(offset + taken));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && taken == 0) return {io::Progress::failed, errno};
        if (got <= 0) return {io::Progress::done, 0, taken};
        std::string_view rest(memory.data(), static_cast<std::size_t>(got));
        while (!rest.empty()) {
            const std::string_view octets = rest.substr(0, record_bytes);
            const bool is_last = taken + octets.size() == bytes;
            const io::Progress progress = seal(octets, is_last ? more : io::More::yes);
            if (progress.state == io::Progress::failed) return progress;
            if (progress.state == io::Progress::blocked) {
                owed_ = progress.bytes;
                if (taken == 0) return {io::Progress::blocked};
                return {io::Progress::done, 0, taken};
            }
            taken += progress.bytes;
            rest.remove_prefix(progress.bytes);
        }
    }
    return {io::Progress::done, 0, taken};
}

void Stream::shut_down() noexcept
{
    if (ssl_ == nullptr || is_shut_down_ || has_failed_) return;
    is_shut_down_ = true;
    static_cast<void>(transport_.flush());
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
    if (transport_.flush().state == io::Progress::done) transport_.inner().shut_down();
}

void Stream::abort() noexcept
{
    has_failed_ = true;
    transport_.inner().abort();
}

bool Stream::is_ready(For what) const noexcept
{
    if (has_failed_) return true;
    if (what == For::reading && (transport_.has_ahead() || SSL_pending(ssl_) > 0)) return true;
    return transport_.inner().is_ready(what);
}

Result<void> Stream::watch(For what, io::Wait& wait) noexcept
{
    return io::Stream::watch(transport_.inner(), what, wait);
}
void Stream::unwatch(For what) noexcept { io::Stream::unwatch(transport_.inner(), what); }

}  // namespace cais::tls
