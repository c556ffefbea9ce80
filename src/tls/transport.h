// Transport: what lies below a TLS connection, as OpenSSL wants to see it (a BIO). What it reads ahead and what the
// peer has not taken yet is kept here; an idle connection keeps neither.
//
// OpenSSL never sees a write that is blocked. It could not answer a KeyUpdate while half a record waits to leave, and
// what it wanted to be written again must be the same octets; so what does not leave at once waits here, and nobody
// writes more until it has left.
#pragma once
#include "io/stream.h"

#include <cstdint>
#include <memory>
#include <string_view>

struct bio_st;

namespace cais::tls {

class Transport {
public:
    // `inner` outlives it.
    explicit Transport(io::Stream& inner) noexcept
        : inner_(&inner)
    {
    }
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    // A BIO that reads and writes here; who gets it frees it before this is gone. Null: no memory.
    [[nodiscard]] bio_st* make_bio();

    // Reads at most `into`; what came beyond it in the same call of the kernel is kept for the next one. Small reads
    // are made large.
    [[nodiscard]] io::Progress read(std::span<char> into) noexcept;
    // What was read ahead: read() gives it next.
    [[nodiscard]] std::string_view ahead() const noexcept [[clang::lifetimebound]];
    // Reads ahead once where nothing is there, for who wants to look before it is decided what to do. As read().
    [[nodiscard]] io::Progress look() noexcept;
    // Makes sure that ahead() is of at least `octets`, contiguous and, until settle(), ours to change. As read().
    [[nodiscard]] io::Progress gather(std::size_t octets) noexcept;
    void consume(std::size_t octets) noexcept;
    [[nodiscard]] std::span<char> ahead_in_place() noexcept;
    // How many octets may be read before it is called again; more is a failure.
    void allow(std::uint32_t octets) noexcept { allowed_ = octets; }
    // After reading: what was read ahead into memory that all connections share moves to memory of this one.
    void settle();

    // Sends; what does not leave at once waits here. Failure shows in failed().
    void write(std::string_view octets, io::More more) noexcept;
    // What waits leaves: done when nothing waits any more, else blocked or failed.
    [[nodiscard]] io::Progress flush() noexcept;

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_end_ - waiting_begin_; }
    [[nodiscard]] bool has_ahead() const noexcept { return !ahead().empty(); }
    [[nodiscard]] io::Stream& inner() const noexcept { return *inner_; }
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    [[nodiscard]] int failure() const noexcept { return failure_; }  // errno; 0: none
    // Whether the records that leave now are followed by more at once.
    io::More more = io::More::no;

private:
    [[nodiscard]] io::Progress receive(std::span<char> into) noexcept;

    io::Stream* inner_;
    std::unique_ptr<char[]> kept_;  // read ahead
    std::unique_ptr<char[]> waiting_;
    std::uint32_t waiting_begin_ = 0;
    std::uint32_t waiting_end_ = 0;
    std::uint32_t waiting_capacity_ = 0;
    std::uint16_t kept_begin_ = 0;
    std::uint16_t kept_end_ = 0;
    std::uint32_t allowed_ = 0;
    int failure_ = 0;
    bool has_ended_ = false;
};

}  // namespace cais::tls
