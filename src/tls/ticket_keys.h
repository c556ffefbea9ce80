// TicketKeys: what session tickets are sealed with (RFC 5077 §4), shared by all loops, so that a session resumes
// whichever of them it meets. A key seals for an hour, then opens for four more: as long as a ticket may live.
#pragma once
#include "base/clock.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace cais::tls {

class TicketKeys {
public:
    static constexpr base::Duration sealing = std::chrono::hours(1);
    static constexpr base::Duration opening = std::chrono::hours(4);

    TicketKeys();
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    enum class Found : std::uint8_t { no, yes, old };  // old: the client gets a new ticket
    using Name = std::array<unsigned char, 16>;

    // Prepares both contexts with the key that seals at present, and writes its name. False: there is none (no
    // randomness, no memory), then no ticket is sent.
    [[nodiscard]] bool seal(Name& name, unsigned char* iv, evp_cipher_ctx_st* cipher, evp_mac_ctx_st* mac,
                            base::Instant now);
    // The same with the key of that name.
    [[nodiscard]] Found open(const Name& name, const unsigned char* iv, evp_cipher_ctx_st* cipher, evp_mac_ctx_st* mac,
                             base::Instant now);

private:
    struct Key;
    struct Keys;
    [[nodiscard]] std::shared_ptr<const Keys> current(base::Instant now);
    std::mutex mutex_;  // of who makes a new key
    std::atomic<std::shared_ptr<const Keys>> keys_;
};

}  // namespace cais::tls
