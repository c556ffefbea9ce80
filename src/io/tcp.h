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
    TcpStream* socket() noexcept override { return this; }
    void shut_down() noexcept override;
    void abort() noexcept override;
    bool is_ready(For what) const noexcept override;

    // For connect(): nothing can be written before the next event says so.
    void begin_connecting() noexcept { source_.filled(); }

    // How much can be written now and surely goes into the socket's buffer whole, whatever is made of it on the way:
    // for who writes through a layer of the kernel that takes more than that, and loses it when the socket is closed.
    // 0: nothing, wait for writing.
    [[nodiscard]] std::size_t room() noexcept;
    [[nodiscard]] int fd() const noexcept { return source_.fd(); }

    // Closes the socket; what was written still leaves.
    void close() noexcept { source_.close(); }
    [[nodiscard]] bool is_open() const noexcept { return source_.fd() >= 0; }

private:
    Result<void> watch(For what, Wait& wait) noexcept override { return source_.watch(what, wait); }
    void unwatch(For what) noexcept override { source_.unwatch(what); }
    Progress failed(int number) noexcept;

    Source source_;
};
static_assert(sizeof(TcpStream) == 40);  // in the frame of each connection

}  // namespace cais::io
