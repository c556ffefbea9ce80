// A connected socket as a Stream.
#pragma once
#include "io/stream.h"

namespace cais::io {

class TcpStream final : public Stream {
public:
    explicit TcpStream(Descriptor socket) noexcept
        : source_(std::move(socket))
    {
    }

    Progress try_read(std::span<char> into) noexcept override;
    Progress try_write(std::span<const std::string_view> pieces, More more) noexcept override;
    Progress try_send_file(int file, std::uint64_t offset, std::size_t bytes, More more) noexcept override;
    std::size_t in_flight() const noexcept override;
    void shut_down() noexcept override;
    void abort() noexcept override;
    bool is_ready(For what) const noexcept override;

    // For connect(): nothing can be written before the next event says so.
    void begin_connecting() noexcept { source_.filled(); }

    // Closes the socket; what was written still leaves.
    void close() noexcept { source_.close(); }
    [[nodiscard]] int fd() const noexcept { return source_.fd(); }  // for getsockname(2) and the like
    [[nodiscard]] bool is_open() const noexcept { return source_.fd() >= 0; }

private:
    Result<void> watch(For what, Wait& wait) noexcept override { return source_.watch(what, wait); }
    void unwatch(For what) noexcept override { source_.unwatch(what); }
    Progress failed(int number) noexcept;

    Source source_;
};
static_assert(sizeof(TcpStream) == 40);  // in the frame of each connection

}  // namespace cais::io
