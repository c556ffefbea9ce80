#include "tls/stream.h"

#include "io/tcp.h"
#include "tls/handshake_events.h"
#include "tls/kernel_records.h"
#include "tls/openssl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include <unistd.h>

namespace cais::tls {
namespace {

constexpr std::size_t batch_bytes = 64 * 1024;  // of content that is encrypted, then sent, at once
constexpr std::size_t most_a_try = 256 * 1024;
// Of a file, or of a piece of one: for less the kernel is not asked. What it keeps of a connection, and asking, cost
// more.
constexpr std::size_t least_for_kernel = 128 * 1024;
// What may wait in the kernel for more behind it, beside what there is room for.
constexpr std::size_t most_held_back = 4 * 1024;
constexpr std::size_t most_records = 130;  // of a batch, where the client wants them of 512 octets (RFC 6066 §4)

// What all connections of a thread use in turn.
struct Scratch {
    char content[batch_bytes];  // read from a file, or gathered for OpenSSL
    char sealed[batch_bytes + most_records * (seal_bytes + 32)];
};
Scratch& scratch()
{
    thread_local const std::unique_ptr<Scratch> memory(new Scratch);
    return *memory;
}

using Pieces = std::array<std::string_view, 17>;

// `bytes` octets of `pieces` behind `from`, as views.
std::span<const std::string_view> part_of(std::span<const std::string_view> pieces, std::size_t from, std::size_t bytes,
                                          Pieces& to)
{
    std::size_t count = 0;
    for (const auto piece : pieces) {
        if (from >= piece.size()) {
            from -= piece.size();
            continue;
        }
        if (bytes == 0 || count == to.size()) break;
        to[count] = piece.substr(from, bytes);
        bytes -= to[count++].size();
        from = 0;
    }
    return {to.data(), count};
}

std::size_t size_of(std::span<const std::string_view> pieces)
{
    std::size_t total = 0;
    for (const auto piece : pieces) total += piece.size();
    return total;
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
    if (has_ended_) return {io::Progress::ended};
    if (transport_.waiting() > 0 && transport_.flush().state == io::Progress::failed)
        return failed(transport_.failure());
    const io::Progress progress = records_ != nullptr ? read_records(into) : read_openssl(into);
    transport_.settle();
    if (progress.state == io::Progress::ended) has_ended_ = true;
    if (progress.state == io::Progress::failed) return failed(progress.number);
    return progress;
}

// Every record that is there, while there is room.
io::Progress Stream::read_records(std::span<char> into) noexcept
{
    std::size_t bytes = 0;
    const auto take = [&](std::string_view content) {
        const std::size_t taken = content.copy(into.data() + bytes, into.size() - bytes);
        bytes += taken;
        return content.substr(taken);
    };
    if (rest_ != nullptr) {
        const std::string_view rest = take(*rest_);
        if (rest.empty()) rest_.reset();
        else rest_->erase(0, rest_->size() - rest.size());
    }
    io::Progress below{io::Progress::blocked};
    while (bytes < into.size()) {
        std::size_t record = Records::whole_record(transport_.ahead());
        if (record == 0) {
            if (bytes > 0) break;  // what lies below is asked again when this is used up
            const auto there = transport_.ahead();
            below = transport_.gather(there.size() + 1);
            if (below.state != io::Progress::done) break;
            continue;
        }
        const Records::Opened opened = records_->open(transport_.ahead_in_place().first(record));
        if (opened.kind == Records::Opened::content) {
            transport_.allow(most_without_content);
            const std::string_view rest = take(opened.octets);
            if (!rest.empty()) rest_ = std::make_unique<std::string>(rest);
        }
        if (trace_ != nullptr) tell_record(opened);
        if (opened.kind == Records::Opened::wrong) alert(opened.alert);
        transport_.consume(record);
        if (opened.kind == Records::Opened::closed) {
            below = {io::Progress::ended};
            has_ended_ = true;
            break;
        }
        if (opened.kind == Records::Opened::wrong || opened.kind == Records::Opened::alerted) {
            below = {io::Progress::failed, ECONNRESET};
            break;
        }
    }
    if (below.state == io::Progress::failed || bytes == 0) {
        // Octets that end without close_notify may have been cut by anybody (RFC 8446 §6.1).
        if (below.state == io::Progress::ended && !has_ended_) return {io::Progress::failed, ECONNRESET};
        return below;
    }
    return {io::Progress::done, 0, bytes};
}

io::Progress Stream::read_openssl(std::span<char> into) noexcept
{
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
    if (bytes > 0) return {io::Progress::done, 0, bytes};
    return progress;
}

// done with what was encrypted before and has left since; blocked, failed.
io::Progress Stream::begin_writing(std::size_t bytes) noexcept
{
    if (has_failed_) return {io::Progress::failed, EPIPE};
    if (const auto flushed = transport_.flush(); flushed.state != io::Progress::done) {
        if (flushed.state == io::Progress::failed) return failed(flushed.number);
        return flushed;
    }
    const std::size_t taken = std::min(owed_, bytes);
    owed_ -= taken;
    return {io::Progress::done, 0, taken};
}

// Encrypts at most batch_bytes and hands them on. blocked: they are encrypted, and not all of them have left.
io::Progress Stream::seal(std::span<const std::string_view> pieces, io::More more) noexcept
{
    const std::size_t total = size_of(pieces);
    assert(total <= batch_bytes);
    Scratch& memory = scratch();
    Pieces part;
    std::size_t sealed = 0;
    for (std::size_t at = 0; at < total;) {
        const std::size_t most = records_ != nullptr ? records_->most_content() : most_content_bytes;
        const std::size_t bytes = std::min(total - at, most);
        const auto content = part_of(pieces, at, bytes, part);
        if (records_ != nullptr) {
            const std::size_t length = records_->seal(memory.sealed + sealed, content);
            if (length == 0) return failed(EPIPE);
            sealed += length;
        } else {
            std::string_view octets = content.front();
            if (content.size() > 1) {
                std::size_t gathered = 0;
                for (const auto piece : content) gathered += piece.copy(memory.content + gathered, piece.size());
                octets = {memory.content, gathered};
            }
            std::size_t written = 0;
            transport_.more = at + bytes == total ? more : io::More::yes;
            ERR_clear_error();
            if (SSL_write_ex(ssl_, octets.data(), octets.size(), &written) != 1) return failed(EPIPE);
            assert(written == bytes);
        }
        at += bytes;
    }
    if (sealed > 0) transport_.write({memory.sealed, sealed}, more);
    if (transport_.failure() != 0) return failed(transport_.failure());
    if (transport_.waiting() > 0) return {io::Progress::blocked, 0, total};
    return {io::Progress::done, 0, total};
}

// Whether the kernel is to send from now on; nothing of ours waits.
void Stream::consider_kernel(std::size_t bytes) noexcept
{
    if (kernel_ != Kernel::not_asked || records_ == nullptr || bytes < least_for_kernel || owed_ > 0) return;
    io::TcpStream* const socket = transport_.inner().socket();
    TrafficKey key;
    // It knows no smaller records than the largest (RFC 6066 §4).
    const bool is_possible = socket != nullptr && records_->most_content() == most_content_bytes &&
                             may_send_by_kernel(records_->suite()) && records_->sending_key(key);
    kernel_ = is_possible && send_by_kernel(socket->fd(), key) ? Kernel::sends : Kernel::refused;
    OPENSSL_cleanse(&key, sizeof key);
    if (kernel_ != Kernel::sends) return;
    records_->stop_sealing();
    if (trace_ != nullptr) trace_->say(trace::TlsKernel{.sends = true, .receives = false});
}

// done with `room` for that much; blocked, failed.
io::Progress Stream::make_room_in_kernel(std::size_t& room) noexcept
{
    if (has_failed_) return {io::Progress::failed, EPIPE};
    io::TcpStream& socket = *transport_.inner().socket();
    room = socket.room();
    if (room == 0) return socket.is_ready(For::writing) ? failed(EPIPE) : io::Progress{io::Progress::blocked};
    if (!records_->wants_key_update()) [[likely]]
        return {};
    // Not done: a key that changes where the kernel has no other (Linux before 6.14): the connection ends, after 256
    // GiB or where the peer asks for it, which browsers and curl do not.
    TrafficKey key;
    const bool has_changed = write_record_by_kernel(socket.fd(), ContentType::handshake, key_update_message()) &&
                             records_->next_sending_key(key) && change_key_of_kernel(socket.fd(), key);
    OPENSSL_cleanse(&key, sizeof key);
    return has_changed ? io::Progress{} : failed(EPIPE);
}

io::Progress Stream::took(io::Progress progress) noexcept
{
    if (progress.state == io::Progress::done) records_->count_sent(progress.bytes);
    return progress;
}

io::Progress Stream::write_by_kernel(std::span<const std::string_view> pieces, io::More more) noexcept
{
    std::size_t room = 0;
    if (const auto made = make_room_in_kernel(room); made.state != io::Progress::done) return made;
    const std::size_t total = size_of(pieces);
    const std::size_t bytes = std::min(total, room);
    Pieces part;
    const auto content = part_of(pieces, 0, bytes, part);
    // What waits for more waits without a limit, and beside what there is room for.
    const bool is_held_back = bytes == total && total <= most_held_back && more == io::More::yes;
    const io::Progress progress = transport_.inner().try_write(content, is_held_back ? io::More::yes : io::More::no);
    if (progress.state == io::Progress::failed) return failed(progress.number);
    return took(progress);
}

io::Progress Stream::send_file_by_kernel(int file, std::uint64_t offset, std::size_t bytes) noexcept
{
    std::size_t room = 0;
    if (const auto made = make_room_in_kernel(room); made.state != io::Progress::done) return made;
    std::size_t most = std::min({bytes, room, most_a_try});
    if (most < bytes && most > most_content_bytes) most -= most % most_content_bytes;  // records that are full
    // Failed: the peer's doing or the file's.
    return took(transport_.inner().try_send_file(file, offset, most, io::More::no));
}

io::Progress Stream::try_write(std::span<const std::string_view> pieces, io::More more) noexcept
{
    if (kernel_ == Kernel::sends) return write_by_kernel(pieces, more);
    const std::size_t total = size_of(pieces);
    const io::Progress begun = begin_writing(total);
    if (begun.state != io::Progress::done) return begun;
    std::size_t taken = begun.bytes;
    const std::size_t most = std::min(total, most_a_try);
    Pieces part;
    while (taken < most) {
        const auto batch = part_of(pieces, taken, std::min(most - taken, batch_bytes), part);
        const std::size_t bytes = size_of(batch);
        const io::Progress progress = seal(batch, taken + bytes == total ? more : io::More::yes);
        if (progress.state == io::Progress::failed) return progress;
        if (progress.state == io::Progress::blocked) {
            owed_ = bytes;
            break;
        }
        taken += bytes;
    }
    if (taken == 0) return {io::Progress::blocked};
    return {io::Progress::done, 0, taken};
}

io::Progress Stream::try_send_file(int file, std::uint64_t offset, std::size_t bytes, io::More more) noexcept
{
    if (kernel_ == Kernel::sends) return send_file_by_kernel(file, offset, bytes);
    const io::Progress begun = begin_writing(bytes);
    if (begun.state != io::Progress::done) return begun;
    std::size_t taken = begun.bytes;
    if (taken == 0) consider_kernel(bytes);
    if (kernel_ == Kernel::sends) return send_file_by_kernel(file, offset, bytes);
    Scratch& memory = scratch();
    while (taken < bytes && taken < most_a_try) {
        const std::size_t wanted = std::min(bytes - taken, batch_bytes);
        const ssize_t got = ::pread(file, memory.content, wanted, static_cast<off_t>(offset + taken));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && taken == 0) return {io::Progress::failed, errno};
        if (got <= 0) break;  // with none taken: the file ends here
        const std::string_view octets(memory.content, static_cast<std::size_t>(got));
        const io::Progress progress = seal({&octets, 1}, taken + octets.size() == bytes ? more : io::More::yes);
        if (progress.state == io::Progress::failed) return progress;
        if (progress.state == io::Progress::blocked) {
            owed_ = octets.size();
            if (taken == 0) return {io::Progress::blocked};
            break;
        }
        taken += octets.size();
    }
    return {io::Progress::done, 0, taken};
}

// What a record held that was no content.
void Stream::tell_record(const Records::Opened& opened) const noexcept
{
    using Opened = Records::Opened;
    constexpr auto received = trace::Direction::received;
    if (opened.kind == Opened::nothing) tell_message(*trace_, received, SSL3_RT_HANDSHAKE, opened.octets);
    if (opened.kind == Opened::closed || opened.kind == Opened::alerted)
        tell_alert(*trace_, received, static_cast<unsigned char>(opened.alert));
}

void Stream::alert(Alert alert) noexcept
{
    if (trace_ != nullptr) tell_alert(*trace_, trace::Direction::sent, static_cast<unsigned char>(alert));
    if (kernel_ == Kernel::sends) {
        const auto message = alert_message(alert);
        write_record_by_kernel(transport_.inner().socket()->fd(), ContentType::alert, {message.data(), message.size()});
        return;
    }
    char record[seal_bytes + 2];
    const std::size_t length = records_->seal_alert(record, alert);
    if (length > 0) transport_.write({record, length}, io::More::no);
}

void Stream::shut_down() noexcept
{
    if ((ssl_ == nullptr && records_ == nullptr) || is_shut_down_ || has_failed_) return;
    is_shut_down_ = true;
    static_cast<void>(transport_.flush());
    if (records_ != nullptr) {
        alert(Alert::close_notify);
    } else {
        transport_.more = io::More::no;
        ERR_clear_error();
        SSL_shutdown(ssl_);
        ERR_clear_error();
    }
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
    if (what == For::reading) {
        if (has_ended_ || rest_ != nullptr) return true;
        if (records_ != nullptr && Records::whole_record(transport_.ahead()) > 0) return true;
        if (records_ == nullptr && (transport_.has_ahead() || SSL_pending(ssl_) > 0)) return true;
    }
    return transport_.inner().is_ready(what);
}

Result<void> Stream::watch(For what, io::Wait& wait) noexcept
{
    return io::Stream::watch(transport_.inner(), what, wait);
}
void Stream::unwatch(For what) noexcept { io::Stream::unwatch(transport_.inner(), what); }

}  // namespace cais::tls
