#include "io/reactor.h"

#include "io/loop.h"

#include <system_error>
#include <utility>

namespace cais::io {

Source::~Source()
{
    assert(reading_ == nullptr && writing_ == nullptr && gone_ == nullptr && "a source was destroyed that is awaited");
    close();
}

void Source::close() noexcept
{
    if (!descriptor_) return;
    if ((state_ & has_joined) != 0)
        if (Loop* loop = Loop::current()) loop->reactor().leave(*this);
    descriptor_.close();
    state_ = can_read | can_write | hung_up | has_failed_;
    tell();
}

Result<void> Source::join() { return Loop::current()->reactor().join(*this, false); }

Result<void> Source::watch(For what, Wait& wait)
{
    const bool write = what == For::writing;
    if ((state_ & has_joined) == 0 || (write && (state_ & (wants_write | is_unsure)) != wants_write)) {
        if (auto done = Loop::current()->reactor().join(*this, write); !done) return done;
    }
    Wait*& place = what == For::reading ? reading_ : write ? writing_ : gone_;
    assert(place == nullptr && "one waits for each kind at a time");
    place = &wait;
    if (what == For::peer_gone) state_ |= gone_only;
    if (what == For::peer_finished) take_away(gone_only);
    return {};
}

void Source::unwatch(For what) noexcept
{
    switch (what) {
    case For::reading: reading_ = nullptr; break;
    case For::writing: writing_ = nullptr; break;
    case For::peer_finished:
    case For::peer_gone: gone_ = nullptr; break;
    }
}

// Completes who waits for what has come.
void Source::tell() noexcept
{
    if (reading_ != nullptr && may_read()) std::exchange(reading_, nullptr)->complete(Wait::End::ready);
    if (writing_ != nullptr && may_write()) std::exchange(writing_, nullptr)->complete(Wait::End::ready);
    const bool is_gone = peer_gone() || (peer_finished() && (state_ & gone_only) == 0);
    if (gone_ != nullptr && is_gone) std::exchange(gone_, nullptr)->complete(Wait::End::ready);
}

Reactor::Reactor()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Result<void> Reactor::join(Source& source, bool write)
{
    epoll_event event{};
    if (write) source.state_ |= Source::wants_write;
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    if ((source.state_ & Source::wants_write) != 0) event.events |= EPOLLOUT;
    event.data.ptr = &source;
    const int operation = (source.state_ & Source::has_joined) != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(epoll_.get(), operation, source.fd(), &event) != 0) return fail_errno("wait for a descriptor");
    source.state_ |= Source::has_joined;
    if (write) source.take_away(Source::is_unsure);
    return {};
}

// Closing would do, but for a child that was forked and has not called exec yet: it holds a copy of the descriptor, and
// events would go on to come for a source that is gone.
void Reactor::leave(const Source& source) noexcept
{
    epoll_event none{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, source.fd(), &none);
}

void Reactor::dispatch(Source& source, std::uint32_t events) noexcept
{
    if ((events & EPOLLIN) != 0) source.state_ |= Source::can_read;
    if ((events & EPOLLOUT) != 0) source.state_ |= Source::can_write;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) [[unlikely]] {
        source.state_ |= Source::hung_up | Source::can_read;
        if ((events & (EPOLLHUP | EPOLLERR)) != 0) source.state_ |= Source::can_write;
        if ((events & EPOLLHUP) != 0) source.state_ |= Source::both_closed;
        if ((events & EPOLLERR) != 0) source.state_ |= Source::has_failed_;
    }
    source.tell();
}

// Nothing is resumed and no source goes while a batch is looked at.
void Reactor::wait(int timeout_ms)
{
    const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
    // EINTR ends the turn early, and the next one waits again.
    assert(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        dispatch(*static_cast<Source*>(event.data.ptr), event.events);
    }
}

void Readable::watch() noexcept
{
    if (source_->watch(Source::For::reading, *this)) return;
    if (is_linked()) unlink();
    expire_after(std::chrono::seconds(1));
}

}  // namespace cais::io
