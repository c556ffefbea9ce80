// Names to addresses, by c-ares: nothing of it blocks the loop, and nothing of it is begun for what needs no server.
//
// | the host is                           | its addresses                                                          |
// | ------------------------------------- | ---------------------------------------------------------------------- |
// | told by an override (`--resolve`)     | those                                                                  |
// | an address                            | itself                                                                 |
// | localhost, anything.localhost         | ::1 and 127.0.0.1 (RFC 6761 §6.3), whatever others say                 |
// | anything.invalid, anything.onion      | none, at once (RFC 6761 §6.4, RFC 7686 §2)                             |
// | in the hosts file                     | those; no server is asked for the other family either                  |
// | any other name                        | what the servers of resolv.conf say, its search domains tried          |
//
// Not done: what else nsswitch.conf names (mDNS, LDAP); and nothing is kept: each lookup asks anew.
#pragma once
#include "client/addresses.h"
#include "io/task.h"
#include "trace/context.h"

#include <string>
#include <vector>

namespace cais::client {

struct Override {
    std::string host;  // lower case; "*": any
    std::uint16_t port = 0;
    std::vector<io::Address>
        addresses;  // ports do not matter; empty: nothing is overridden, so that an earlier one ends
};

struct ResolverSettings {
    std::vector<Override> overrides;  // the last one that fits counts
    std::string servers;              // "127.0.0.1:5353,[::1]:53" instead of those of resolv.conf; empty: those
    std::string hosts_file = "/etc/hosts";
};

class Resolver {
public:
    explicit Resolver(ResolverSettings settings);

    // Fills `into` with the addresses of `host` (a name or an address, without brackets), and ends when both answers
    // are there. What comes first is told at once. Errors    not_found: the name does not exist or has no address;
    // timed_out, cancelled; failed: no server answered.
    [[nodiscard]] io::Task<Result<void>> look_up(std::string host, std::uint16_t port, Families families,
                                                 base::Duration limit, Addresses& into,
                                                 trace::Context trace = {}) const;

private:
    // Where the answer came from, without asking anybody; empty: servers must be asked.
    [[nodiscard]] std::string_view find_at_once(const std::string& host, std::uint16_t port, Families families,
                                                Addresses& into) const;

    ResolverSettings settings_;
};

}  // namespace cais::client
