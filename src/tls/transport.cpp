#include "tls/transport.h"

#include "tls/openssl.h"
#include "tls/records.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cais::tls {
namespace {

// The largest record, and the beginning of the next one.
constexpr std::size_t ahead_bytes = 17 * 1024;
static_assert(ahead_bytes > record_head_bytes + most_sealed_bytes);

// What the connection that works at present has read ahead; one a thread, as one works at a time.
struct Ahead {
    const Transport* owner = nullptr;
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
    char octets[ahead_bytes];
};
thread_local Ahead shared;  // NOLINT: one a thread

int bio_read(BIO* bio, char* to, std::size_t wanted, std::size_t* got)
{
    auto& transport = *static_cast<Transport*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const io::Progress progress = transport.read({to, wanted});
    *got = progress.bytes;
    if (progress.state == io::Progress::done) return 1;
    if (progress.state == io::Progress::blocked) BIO_set_retry_read(bio);
    return 0;
}

int bio_write(BIO* bio, const char* octets, std::size_t count, std::size_t* written)
{
    auto& transport = *static_cast<Transport*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    transport.write({octets, count}, transport.more);
    *written = transport.failure() == 0 ? count : 0;
    return transport.failure() == 0 ? 1 : 0;
}

long bio_control(BIO* bio, int command, long, void*)
{
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return static_cast<const Transport*>(BIO_get_data(bio))->has_ended() ? 1 : 0;
    default: return 0;
    }
}

BIO_METHOD* make_method()
{
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

}  // namespace

bio_st* Transport::make_bio()
{
    static BIO_METHOD* const method = make_method();
    BIO* bio = BIO_new(method);
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    return bio;
}

std::string_view Transport::ahead() const noexcept
{
    if (kept_ != nullptr) return {kept_.get() + kept_begin_, static_cast<std::size_t>(kept_end_ - kept_begin_)};
    if (shared.owner == this)
        return {shared.octets + shared.begin, static_cast<std::size_t>(shared.end - shared.begin)};
    return {};
}

io::Progress Transport::receive(std::span<char> into) noexcept
{
    io::Progress progress = inner_->try_read(into);
    if (progress.state == io::Progress::ended) has_ended_ = true;
    if (progress.state == io::Progress::failed) failure_ = progress.number != 0 ? progress.number : ECONNRESET;
    if (progress.state != io::Progress::done) return progress;
    if (progress.bytes > allowed_) {
        failure_ = EPROTO;
        return {io::Progress::failed, failure_};
    }
    allowed_ -= static_cast<std::uint32_t>(progress.bytes);
    return progress;
}

io::Progress Transport::look() noexcept
{
    if (has_ahead()) return {};
    assert(shared.begin == shared.end && "somebody else's octets were not settled");
    const io::Progress progress = receive(shared.octets);
    if (progress.state != io::Progress::done) return progress;
    shared.owner = this;
    shared.begin = 0;
    shared.end = static_cast<std::uint16_t>(progress.bytes);
    return {};
}

io::Progress Transport::read(std::span<char> into) noexcept
{
    if (!has_ahead()) {
        if (into.size() >= ahead_bytes / 2) return receive(into);
        if (const io::Progress progress = look(); progress.state != io::Progress::done) return progress;
    }
    const std::size_t bytes = ahead().copy(into.data(), into.size());
    consume(bytes);
    return {io::Progress::done, 0, bytes};
}

void Transport::consume(std::size_t octets) noexcept
{
    if (kept_ == nullptr) {
        shared.begin += static_cast<std::uint16_t>(octets);
    } else {
        kept_begin_ += static_cast<std::uint16_t>(octets);
        if (kept_begin_ == kept_end_) kept_.reset();
    }
}

io::Progress Transport::gather(std::size_t octets) noexcept
{
    assert(octets <= ahead_bytes);
    for (;;) {
        const std::string_view there = ahead();
        if (there.size() >= octets) return {};
        // What is there goes to the front of the shared memory, and more behind it.
        if (!there.empty() && (kept_ != nullptr || shared.begin > 0)) {
            std::memmove(shared.octets, there.data(), there.size());
            kept_.reset();
        }
        shared.owner = this;
        shared.begin = 0;
        shared.end = static_cast<std::uint16_t>(there.size());
        const io::Progress progress = receive({shared.octets + shared.end, ahead_bytes - shared.end});
        if (progress.state != io::Progress::done) return progress;
        shared.end += static_cast<std::uint16_t>(progress.bytes);
    }
}

std::span<char> Transport::ahead_in_place() noexcept
{
    const std::string_view there = ahead();
    if (kept_ != nullptr) return {kept_.get() + kept_begin_, there.size()};
    return {shared.octets + shared.begin, there.size()};
}

void Transport::settle()
{
    if (shared.owner != this) return;
    if (shared.begin < shared.end) {
        assert(kept_ == nullptr);
        kept_begin_ = 0;
        kept_end_ = static_cast<std::uint16_t>(shared.end - shared.begin);
        kept_ = std::make_unique_for_overwrite<char[]>(kept_end_);
        std::memcpy(kept_.get(), shared.octets + shared.begin, kept_end_);
    }
    shared.owner = nullptr;
    shared.begin = shared.end = 0;
}

void Transport::write(std::string_view octets, io::More follows) noexcept
{
    if (failure_ != 0) return;
    if (waiting() == 0) {
        while (!octets.empty()) {
            const io::Progress progress = inner_->try_write({&octets, 1}, follows);
            if (progress.state == io::Progress::done) {
                octets.remove_prefix(progress.bytes);
                if (octets.empty()) return;
                if (inner_->is_ready(io::Stream::For::writing)) continue;
                break;
            }
            if (progress.state == io::Progress::blocked) break;
            failure_ = progress.number != 0 ? progress.number : EPIPE;
            return;
        }
    }
    if (waiting_capacity_ - waiting_end_ < octets.size()) {
        const std::size_t length = waiting();
        const std::size_t capacity = length + octets.size();
        char* const larger = new (std::nothrow) char[capacity];
        if (larger == nullptr) {
            failure_ = ENOMEM;
            return;
        }
        if (length > 0) std::memcpy(larger, waiting_.get() + waiting_begin_, length);
        waiting_.reset(larger);
        waiting_begin_ = 0;
        waiting_end_ = static_cast<std::uint32_t>(length);
        waiting_capacity_ = static_cast<std::uint32_t>(capacity);
    }
    std::memcpy(waiting_.get() + waiting_end_, octets.data(), octets.size());
    waiting_end_ += static_cast<std::uint32_t>(octets.size());
}

io::Progress Transport::flush() noexcept
{
    while (waiting() > 0) {
        const std::string_view rest(waiting_.get() + waiting_begin_, waiting());
        const io::Progress progress = inner_->try_write({&rest, 1}, io::More::no);
        if (progress.state == io::Progress::failed) failure_ = progress.number != 0 ? progress.number : EPIPE;
        if (progress.state != io::Progress::done) return progress;
        waiting_begin_ += static_cast<std::uint32_t>(progress.bytes);
        if (waiting() > 0 && !inner_->is_ready(io::Stream::For::writing)) return {io::Progress::blocked};
    }
    waiting_.reset();
    waiting_begin_ = waiting_end_ = waiting_capacity_ = 0;
    return {};
}

}  // namespace cais::tls
