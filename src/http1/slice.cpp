#include "http1/slice.h"

#include "io/pool.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <unistd.h>

namespace cais::http1 {
namespace {

constexpr std::uint64_t window = 1024 * 1024;

void read_ahead(int file, std::uint64_t offset, std::uint64_t bytes)
{
    std::array<char, 64 * 1024> piece;
    for (std::uint64_t at = 0; at < bytes;) {
        const ssize_t got = ::pread(file, piece.data(), std::min<std::uint64_t>(piece.size(), bytes - at),
                                    static_cast<off_t>(offset + at));
        if (got <= 0) return;
        at += static_cast<std::uint64_t>(got);
    }
}

}  // namespace

io::Task<Result<void>> send_slice(http::Output& output, const http::FileSlice& slice, bool is_last, base::Duration read_limit,
                                  std::uint64_t& sent)
{
    std::uint64_t offset = slice.offset;
    std::uint64_t left = slice.length;
    const int file = slice.file->fd();
    while (left > 0) {
        const std::uint64_t bytes = std::min(left, window);
        if (!slice.file->is_warm_before(offset + bytes)) {
            // The job owns what it reads.
            auto read = co_await io::Loop::current()->pool().run(
                [kept = io::Descriptor(::fcntl(file, F_DUPFD_CLOEXEC, 3)), offset, bytes] {
                    if (kept) read_ahead(kept.get(), offset, bytes);
                    return true;
                },
                read_limit);
            if (!read && read.error().kind == Error::cancelled) co_return std::unexpected(read.error());
        }
        if (is_last && bytes == left && !slice.file->is_unchanged())
            co_return fail(Error::ended, "the file changed while it was sent");
        auto gone = co_await output.send_file(file, offset, bytes);
        if (!gone) co_return gone;
        offset += bytes;
        left -= bytes;
        sent += bytes;
    }
    co_return Result<void>();
}

}  // namespace cais::http1
