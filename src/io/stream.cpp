#include "io/stream.h"

namespace cais::io {

void Stream::Ready::watch() noexcept
{
    // Where epoll takes no more descriptors the wait ends as if its time had come: the connection closes.
    if (!stream_->watch(what_, *this)) complete(End::timed_out);
}

Result<void> Stream::Ready::await_resume() const noexcept
{
    if (end() == End::timed_out) return fail(Error::timed_out, "the peer took too long");
    if (end() == End::cancelled) return fail(Error::cancelled, "the connection is closing");
    return {};
}

}  // namespace cais::io
