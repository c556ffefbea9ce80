// Digest's parameters (RFC 7616 §3.4): any text is read or refused, what is read is whole and in bounds, and white
// space that may be anywhere between parameters changes nothing.
#include "modules/auth/digest.h"

#include "modules/auth/credentials.h"
#include "modules/auth/nonces.h"

#include <cstdlib>

using namespace cais::auth;

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parameters = parse_parameters(text);
    if (parameters) {
        require(parameters->size() <= most_parameters);
        // What we write is what we read.
        std::string written;
        for (const auto& parameter : *parameters)
            ((written += parameter.name) += " =\t").append(quoted(parameter.value)) += " ,, ";
        const auto again = parse_parameters(written);
        require(again && again->size() == parameters->size());
        for (std::size_t i = 0; i < again->size(); ++i)
            require((*again)[i].name == (*parameters)[i].name && (*again)[i].value == (*parameters)[i].value);
        require(parse_digest(text).has_value() == parse_digest(written).has_value());
    }
    const auto digest = parse_digest(text);
    if (digest) {
        require(parameters.has_value() && digest->response.size() == 64 && digest->nc > 0 && !digest->cnonce.empty());
        require(digest_response(Sha256{}, *digest, "GET").size() == 64);
    }
    static const Nonces nonces;
    require(!nonces.read(digest ? std::string_view(digest->nonce) : text).is_ours);
    return 0;
}
