#include "io/stream.h"

namespace cais::io {

void Stream::Ready::watch() noexcept
{
    if (!stream_->watch(what_, *this)) complete(End::exhausted);
}

Result<void> Stream::Ready::await_resume() const noexcept
{
    switch (end()) {
    case End::pending:  // it was ready at once
    case End::ready: return {};
    case End::timed_out: return fail(Error::timed_out, "the peer took too long");
    case End::cancelled: return fail(Error::cancelled, "the connection is closing");
    case End::exhausted: return fail(Error::exhausted, "no more descriptors can be waited for");
    }
    return {};
}

}  // namespace cais::io
