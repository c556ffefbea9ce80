// What is read can be written, what was written reads as the same, and writing it again gives the same text: one
// canonical form, and one meaning.
#include "http/structured_field.h"

#include <cstdint>
#include <cstdlib>

namespace structured = cais::http::structured;

namespace {

template <class T>
void check(std::string_view input, cais::Result<T> (*parse)(std::string_view))
{
    const auto value = parse(input);
    if (!value) return;
    const auto text = structured::serialise(*value);
    if (!text) std::abort();
    const auto again = parse(*text);
    if (!again || *again != *value) std::abort();
    if (structured::serialise(*again) != *text) std::abort();
    // White space around it means nothing.
    if (const auto spaced = parse("  " + *text + "  "); !spaced || *spaced != *value) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check<structured::Item>(input, structured::parse_item);
    check<structured::List>(input, structured::parse_list);
    check<structured::Dictionary>(input, structured::parse_dictionary);
    return 0;
}
