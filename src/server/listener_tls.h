// What TLS listeners present, made of a configuration: certificates and authorities of clients are read from their
// files once, before anybody is served by them. `cais check` and inspect.h say what is wrong with them at its place.
#pragma once
#include "server/configuration.h"
#include "tls/server_context.h"

#include <expected>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cais::server {

// What all listeners share, and what a reload leaves as it is: what authorities have given us, and the keys of tickets.
struct TlsState {
    std::shared_ptr<tls::Certificates> certificates = std::make_shared<tls::Certificates>();
    std::shared_ptr<tls::TicketKeys> ticket_keys = std::make_shared<tls::TicketKeys>();
};

// Of every listener that speaks TLS, by its number: how; others are plain.
using TlsContexts = std::map<std::uint32_t, std::shared_ptr<const tls::ServerContext>>;

struct ListenerTls {
    TlsContexts contexts;
    std::vector<std::uint32_t> client_rules;  // tls::ClientRules::id of each site; 0: none
};

// `numbers` are those of listeners(configuration), 0 for one that is left out. Reads files: not on a loop.
// Errors    a sentence: a file that cannot be used. A site whose clients' authority cannot be read is not served
// without
//           it: nothing is.
[[nodiscard]] std::expected<ListenerTls, std::string> make_listener_tls(const Configuration& configuration,
                                                                        std::span<const std::uint32_t> numbers,
                                                                        const TlsState& state);

}  // namespace cais::server
