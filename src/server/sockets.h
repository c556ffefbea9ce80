// The listening sockets, kept by whoever binds: the server itself, or its privileged parent. An address that stays
// through a reload keeps its sockets, and with them who waits there; one that no configuration names any more goes. A
// successor, or systemd, hands sockets in: they are taken for the address that they are bound to.
//
// Each address has one socket for each loop (SO_REUSEPORT), so that none waits for another; where that cannot be, since
// a socket came from somebody else, the loops share what there is.
#pragma once
#include "io/address.h"
#include "io/descriptor.h"

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

namespace cais::server {

struct WantedAddress {
    io::Address address;  // port 0: a free one
    bool may_be_absent = false;
};

// An address that is listened at.
struct ListenerSockets {
    std::uint32_t number = 0;  // never given to another one
    io::Address asked = {};    // as the configuration has it
    io::Address bound = {};    // with the port that 0 became
    bool is_lent = false;      // systemd's: it listens on when we have gone
    std::vector<io::Descriptor> sockets = {};

    // The same, by descriptors of their own.
    [[nodiscard]] ListenerSockets copy() const;
};

class Sockets {
public:
    explicit Sockets(unsigned workers) noexcept
        : workers_(workers)
    {
    }

    // What came with us, before the first prepare().
    void inherit(io::Descriptor socket, io::Address asked, bool is_lent);
    // Those that no configuration has wanted: closed, with a warning that names each.
    void forget_unwanted();
    // Where systemd's listen that nobody has taken yet: what to listen at where nothing else is said.
    [[nodiscard]] std::vector<io::Address> inherited() const;

    // What would have to change for these to be the addresses. Nothing has changed yet but that the new ones are bound:
    // they go with the plan, unless it is committed.
    // Errors    a sentence: "listen at 127.0.0.1:80: …".
    struct Plan {
        std::vector<ListenerSockets> opened;
        std::vector<std::uint32_t> closed;
        std::vector<std::uint32_t> order;  // the listener of each wanted address; 0 where it was left out
    };
    [[nodiscard]] std::expected<Plan, std::string> prepare(const std::vector<WantedAddress>& wanted);
    void commit(Plan plan);

    [[nodiscard]] const std::vector<ListenerSockets>& all() const noexcept { return listeners_; }

private:
    struct Inherited {
        io::Descriptor socket;
        io::Address asked;
        io::Address bound;
        bool is_lent;
    };
    [[nodiscard]] std::expected<ListenerSockets, std::string> open(const WantedAddress& wanted);
    [[nodiscard]] bool open_ours(const io::Address& address);

    unsigned workers_;
    std::uint32_t last_number_ = 0;
    std::vector<ListenerSockets> listeners_;
    std::vector<Inherited> inherited_;
};

}  // namespace cais::server
