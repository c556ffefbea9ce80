// One name asked for at the name servers: the one file that knows c-ares.
#pragma once
#include "client/addresses.h"
#include "io/task.h"
#include "trace/context.h"

#include <string>

namespace cais::client {

struct NameQuery {
    std::string name;
    std::uint16_t port = 0;
    Families families = Families::both;
    std::string servers;  // empty: those of resolv.conf
    base::Duration limit = std::chrono::seconds(10);
};

// Tells `into` of each family as its answer comes; ends when both are there.
// Errors    as Resolver::look_up.
[[nodiscard]] io::Task<Result<void>> ask_name_servers(NameQuery query, Addresses& into, trace::Context trace = {});

// Says what one answer was; somebody listens.
void say_answer(const trace::Context& trace, std::string_view host, std::string_view source,
                const std::vector<io::Address>& ip6, const std::vector<io::Address>& ip4);

}  // namespace cais::client
