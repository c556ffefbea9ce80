#include "io/reactor.h"

#include "io/loop.h"

#include <system_error>

namespace cais::io {

Source::~Source() { close(); }

void Source::close() noexcept
{
    if (!descriptor_) return;
    // Once the loop has ended nobody looks at its events any more.
    if (Loop* loop = Loop::current(); loop != nullptr && (state_ & joined) != 0) loop->reactor().forget(*this);
    descriptor_.close();
}

Result<void> Source::watch(For what, Wait& wait)
{
    const bool write = what == For::writing;
    if ((state_ & joined) == 0 || (write && (state_ & wants_write) == 0)) {
        if (auto done = Loop::current()->reactor().join(*this, write); !done) return done;
    }
    switch (what) {
    case For::reading: reading_ = &wait; break;
    case For::writing: writing_ = &wait; break;
    case For::peer_finished: state_ &= static_cast<std::uint8_t>(~gone_only); gone_ = &wait; break;
    case For::peer_gone: state_ |= gone_only; gone_ = &wait; break;
    }
    return {};
}

void Source::unwatch(For what) noexcept
{
    switch (what) {
    case For::reading: reading_ = nullptr; break;
    case For::writing: writing_ = nullptr; break;
    default: gone_ = nullptr;
    }
}

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC))
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
    const int operation = (source.state_ & Source::joined) != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(epoll_.get(), operation, source.fd(), &event) != 0) return fail_errno("wait for a descriptor");
    source.state_ |= Source::joined;
    return {};
}

// Events of this batch that have not been looked at may still name the source.
void Reactor::forget(const Source& source) noexcept
{
    for (int i = at_; i < count_; ++i)
        if (events_[static_cast<std::size_t>(i)].data.ptr == &source) events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
}

void Reactor::dispatch(Source& source, std::uint32_t events) noexcept
{
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) source.state_ |= Source::hung_up | Source::can_read;
    if ((events & EPOLLERR) != 0 || (events & EPOLLHUP) != 0) source.state_ |= Source::failed | Source::can_write;
    if ((events & EPOLLIN) != 0) source.state_ |= Source::can_read;
    if ((events & EPOLLOUT) != 0) source.state_ |= Source::can_write;
    if (source.reading_ != nullptr && source.may_read())
        std::exchange(source.reading_, nullptr)->complete(Wait::End::ready);
    if (source.writing_ != nullptr && source.may_write())
        std::exchange(source.writing_, nullptr)->complete(Wait::End::ready);
    const bool gone = source.peer_gone() || (source.peer_finished() && (source.state_ & Source::gone_only) == 0);
    if (source.gone_ != nullptr && gone) std::exchange(source.gone_, nullptr)->complete(Wait::End::ready);
}

void Reactor::wait(int timeout_ms)
{
    count_ = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
    // EINTR ends the turn early, and the next one waits again.
    for (at_ = 0; at_ < count_;) {
        const epoll_event& event = events_[static_cast<std::size_t>(at_++)];
        if (event.data.ptr != nullptr) dispatch(*static_cast<Source*>(event.data.ptr), event.events);
    }
    at_ = count_ = 0;
}

}  // namespace cais::io
