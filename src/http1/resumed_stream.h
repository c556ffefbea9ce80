// A stream that begins with octets that were read from it already: what came behind a request that ends HTTP on its
// connection (RFC 9110 §7.8, §9.3.6).
#pragma once
#include "io/stream.h"

#include <string_view>

namespace cais::http1 {

class ResumedStream final : public io::Stream {
public:
    // Both outlive it.
    ResumedStream(io::Stream& stream, std::string_view already) noexcept
        : stream_(&stream)
        , already_(already)
    {
    }

    io::Progress try_read(std::span<char> into) noexcept override
    {
        if (already_.empty()) return stream_->try_read(into);
        const std::size_t bytes = already_.copy(into.data(), into.size());
        already_.remove_prefix(bytes);
        return {io::Progress::done, 0, bytes};
    }
    io::Progress try_write(std::span<const std::string_view> pieces, io::More more) noexcept override
    {
        return stream_->try_write(pieces, more);
    }
    io::Progress try_send_file(int file, std::uint64_t offset, std::size_t bytes, io::More more) noexcept override
    {
        return stream_->try_send_file(file, offset, bytes, more);
    }
    std::size_t in_flight() const noexcept override { return stream_->in_flight(); }
    void shut_down() noexcept override { stream_->shut_down(); }
    void abort() noexcept override { stream_->abort(); }
    bool is_ready(For what) const noexcept override
    {
        return (what == For::reading && !already_.empty()) || stream_->is_ready(what);
    }

private:
    Result<void> watch(For what, io::Wait& wait) noexcept override { return Stream::watch(*stream_, what, wait); }
    void unwatch(For what) noexcept override { Stream::unwatch(*stream_, what); }

    io::Stream* stream_;
    std::string_view already_;
};

}  // namespace cais::http1
