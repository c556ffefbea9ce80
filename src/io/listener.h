// A listening socket. A busy port is an error, also for the first of several loops that will share it.
#pragma once
#include "io/address.h"
#include "io/reactor.h"

#include <coroutine>

namespace cais::io {

struct ListenOptions {
    enum class Share : std::uint8_t {
        no,     // one loop: nobody else may bind the address
        first,  // bound alone, so that a busy port shows, then opened to the others before it listens
        joins,  // one of the others
    };
    Share share = Share::no;
    int backlog = 4096;
    // Accepted only once the first octets are there (Linux: TCP_DEFER_ACCEPT), so that a connection that brings its
    // request is read, answered and closed without ever waiting.
    bool defer_accept = true;
};

// Binds and listens. Errors: busy (the port is taken), denied (a low port), failed (no such address here).
[[nodiscard]] Result<Descriptor> listen_at(const Address& address, const ListenOptions& options);

// The address that a socket has got, for port 0.
[[nodiscard]] Address local_address(int socket);

struct Accepted {
    Descriptor socket;
    Address peer;
};

class Listener {
public:
    explicit Listener(Descriptor socket) noexcept
        : source_(std::move(socket))
    {
    }

    // The next connection that waits; empty where none does. Its socket does not block and has TCP_NODELAY.
    // Errors    exhausted: no descriptors or memory (the connection stays in the queue, and ready() would end at once:
    //           wait for DescriptorFreed); failed: this socket does not listen.
    [[nodiscard]] Result<Accepted> try_accept() noexcept;

    // Waits for the next connection, as long as the scope. False where it was cancelled.
    [[nodiscard]] Readable ready() noexcept { return Readable(source_); }

    // How many wait to be accepted now; at most what the queue can hold where the kernel does not say.
    [[nodiscard]] std::uint32_t waiting() const noexcept;

    [[nodiscard]] int fd() const noexcept { return source_.fd(); }
    void close() noexcept { source_.close(); }

private:
    Source source_;
};

// Waits until a descriptor of this loop was closed, or `limit`.
class DescriptorFreed final : public ListedWait {
public:
    explicit DescriptorFreed(base::Duration limit) noexcept;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
    {
        if (!start(handle, handle.promise().context)) return false;
        join();
        return true;
    }
    // False where it was cancelled.
    [[nodiscard]] bool await_resume() const noexcept { return end() != End::cancelled; }
};

}  // namespace cais::io
