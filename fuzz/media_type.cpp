// What is read and written reads as the same, and is written as the same: nothing moves between type, names and values.
#include "http/media_type.h"

#include "base/text.h"
#include "http/fields.h"
#include "http/media_type_table.h"

#include <cstdint>
#include <cstdlib>

using cais::http::MediaType;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    (void)cais::http::type_of_file(input);

    const auto type = MediaType::parse(input);
    if (!type) return 0;
    if (!cais::http::is_token(type->type()) || !cais::http::is_token(type->subtype())) std::abort();
    for (const auto& [name, value] : type->parameters()) {
        if (!cais::http::is_token(name)) std::abort();
        if (const auto* found = type->parameter(name); found == nullptr || *found != value) std::abort();
    }
    const std::string text = type->serialise();
    if (!cais::http::is_field_value(text)) std::abort();  // it can be sent
    const auto again = MediaType::parse(text);
    if (!again || *again != *type || again->serialise() != text) std::abort();
    (void)cais::http::minimised(*type, [](std::string_view) { return false; });
    return 0;
}
