#include "server/supply.h"

namespace cais::server {

std::vector<WantedAddress> wanted_addresses(const Configuration& configuration)
{
    std::vector<WantedAddress> wanted;
    for (const auto& listen : listeners(configuration)) wanted.push_back({listen.address, listen.may_be_absent});
    return wanted;
}

}  // namespace cais::server
