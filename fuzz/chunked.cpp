// Chunks: how they are cut makes no difference, what is taken is what we would write, and the bounds hold. The first
// two octets say where the text is cut.
#undef NDEBUG
#include "http1/chunked.h"

#include <array>
#include <cassert>
#include <charconv>
#include <string>
#include <vector>

using namespace cais;

namespace {

struct Content {
    bool is_refused = false;
    bool is_whole = false;
    std::string data;
    std::vector<std::pair<std::string, std::string>> trailers;
    std::size_t consumed = 0;

    bool operator==(const Content&) const = default;
};

Content read(std::string_view text, std::size_t first, std::size_t second)
{
    http::Limits limits;
    limits.fields = 64;
    limits.field_lines = 3;
    base::Arena arena;
    http1::ChunkedDecoder decoder(limits, arena);
    Content content;
    for (const std::size_t end : {first, second, text.size()}) {
        while (content.consumed < end && !content.is_whole) {
            const std::string_view there = text.substr(content.consumed, end - content.consumed);
            const auto step = decoder.next(there);
            if (!step) {
                // Where it was noticed depends on the cut; what was taken before does not.
                content.is_refused = true;
                content.consumed = 0;
                return content;
            }
            assert(step->consumed > 0 && step->consumed <= there.size());
            assert(step->data.empty() || (step->data.data() >= there.data() &&
                                          step->data.data() + step->data.size() <= there.data() + step->consumed));
            content.consumed += step->consumed;
            content.data += step->data;
            content.is_whole = step->is_end;
        }
    }
    if (!content.is_whole) return content;
    assert(decoder.trailers().size() <= limits.field_lines);
    for (const auto& line : decoder.trailers()) {
        assert(http::is_token(line.name()) && http::is_field_value(line.value()));
        assert(line.known != http::Name::content_length && line.known != http::Name::transfer_encoding &&
               line.known != http::Name::host);
        content.trailers.emplace_back(line.name(), line.value());
    }
    return content;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t first = std::min<std::size_t>(data[0], text.size());
    const std::size_t second = std::min<std::size_t>(first + data[1], text.size());
    const Content content = read(text, text.size(), text.size());
    assert(read(text, first, second) == content);
    if (!content.is_whole) return 0;

    // Read again up to its end alone, and written again by us.
    assert(read(text.substr(0, content.consumed), content.consumed, content.consumed) == content);
    assert(!read(text.substr(0, content.consumed - 1), 0, 0).is_whole);
    std::string again;
    if (!content.data.empty()) {
        std::array<char, 16> digits;
        again.assign(digits.data(),
                     std::to_chars(digits.data(), digits.data() + digits.size(), content.data.size(), 16).ptr);
        again += "\r\n" + content.data + "\r\n";
    }
    again += "0\r\n";
    for (const auto& [name, value] : content.trailers) again += name + ":" + value + "\r\n";
    again += "\r\n";
    Content second_content = read(again, 1, 2);
    assert(second_content.consumed == again.size());
    second_content.consumed = content.consumed;
    assert(second_content == content);
    return 0;
}
