// data: URLs: any input is read as one, or refused; what is made of any octets is read as the same.
#undef NDEBUG
#include "uri/data_url.h"

#include "base/base64.h"
#include "http/media_type.h"

#include <cassert>
#include <cstdint>

using namespace cais;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto url = uri::Url::parse("data:" + std::string(input))) {
        if (const auto read = uri::DataUrl::read(*url)) {
            const auto type = http::MediaType::parse(read->media_type);
            const auto made =
                uri::make_data_url(read->octets, type ? type->serialise() : std::string(uri::DataUrl::default_type));
            if (made) {
                const auto again = uri::DataUrl::read(*uri::Url::parse(*made));
                assert(again && again->octets == read->octets);
                if (type) assert(*http::MediaType::parse(again->media_type) == *type);
            }
        }
    }

    // A strict decoder gives what the forgiving one gives.
    const auto strict = base::from_base64(input);
    const auto forgiving = base::from_forgiving_base64(input);
    if (strict) assert(forgiving && *forgiving == *strict);

    const auto made = uri::make_data_url(input, "application/octet-stream");
    assert(made);
    const auto url = uri::Url::parse(*made);
    assert(url && url->text() == *made);
    const auto read = uri::DataUrl::read(*url);
    assert(read && read->octets == input && read->media_type == "application/octet-stream");
    return 0;
}
