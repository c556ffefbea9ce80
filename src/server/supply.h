// Supply: what a server is to serve, with everything that only its bringer may be able to do already done: the
// configuration read, the sockets bound, the log opened. A server that is one process brings it to itself; one that was
// started by root gets it from its parent.
#pragma once
#include "base/handed_files.h"
#include "io/descriptor.h"
#include "server/configuration.h"
#include "server/sockets.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace cais::server {

struct Supply {
    std::shared_ptr<const Configuration> configuration;
    std::vector<ListenerSockets> opened = {};  // that were not there before
    std::vector<std::uint32_t> closed = {};    // that are wanted no more
    std::vector<std::uint32_t> numbers = {};   // of each of listeners(configuration); 0: left out
    io::Descriptor log = {};                   // the access log's file; empty: it is opened by its name
    // What the parent has read, for whoever reads the same: null where nobody did.
    std::shared_ptr<const base::HandedFiles> files = {};
};

// What listeners(configuration) ask for.
[[nodiscard]] std::vector<WantedAddress> wanted_addresses(const Configuration& configuration);

}  // namespace cais::server
