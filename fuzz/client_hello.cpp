// What a client offers, before OpenSSL has looked at it: extensions of any octets. A name that is taken is one that can
// be looked up, and taking it again gives the same; a cut list offers nothing more than the whole one.
#include "tls/client_hello.h"

#include <cstdlib>

using namespace cais::tls;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    if (const auto name = parse_server_name(octets)) {
        require(name->size() + 5 <= octets.size() || name->empty());
        if (const auto text = normalise_server_name(*name)) {
            require(!text->empty() && text->size() <= 253);
            require(normalise_server_name(*text) == text || text->ends_with('.'));
        }
    }
    const std::uint16_t highest = highest_version(0x0303, octets);
    require(highest == 0 || (highest >= 0x0200 && highest <= 0x0304));
    if (!octets.empty()) require(highest_version(0x0303, octets.substr(0, octets.size() - 1)) <= highest || highest == 0);
    require(!text_of_version(highest).empty());
    if (offers_only(octets, "acme-tls/1")) require(octets.size() == 13);
    return 0;
}
