// The decoders over any octets: never more than was asked for, and the same content and outcome however the input is
// cut and however much is asked for at a time. What the encoders make of any octets, cut anywhere, decodes to them.
#include "http/content_decoder.h"
#include "http/content_encoder.h"

#include <algorithm>
#include <cstdlib>

using namespace cais;
using namespace cais::http;

namespace {

constexpr std::size_t bound = std::size_t{1} << 18;  // of content looked at

void require(bool holds)
{
    if (!holds) std::abort();
}

struct Outcome {
    std::string content;
    bool is_whole = false;
    bool is_bound = false;  // there was more
};

Outcome decode(ContentCoding coding, std::string_view input, std::size_t piece, std::size_t most)
{
    const auto decoder = make_decoder(coding);
    Outcome outcome;
    for (;;) {
        auto part = input.substr(0, piece);
        input.remove_prefix(part.size());
        const auto last = input.empty() ? Last::yes : Last::no;
        for (;;) {
            const auto before = outcome.content.size();
            const auto got = decoder->decode(part, last, std::min(most, bound - before), outcome.content);
            require(outcome.content.size() - before <= most);
            if (!got) return outcome;
            if (*got == Decoded::ended) {
                require(last == Last::yes && part.empty());
                outcome.is_whole = true;
                return outcome;
            }
            if (*got == Decoded::wants_input) {
                require(last == Last::no && part.empty());
                break;
            }
            require(outcome.content.size() > before);
            if (outcome.content.size() == bound) {
                outcome.is_bound = true;
                return outcome;
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 3) return 0;
    constexpr ContentCoding codings[] = {ContentCoding::gzip, ContentCoding::deflate, ContentCoding::zstd,
                                         ContentCoding::brotli};
    const auto coding = codings[data[0] % 4];
    const bool encodes = (data[0] & 4) != 0;
    const std::size_t piece = data[1] + 1u, most = data[2] * 16u + 1u;
    const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);

    if (!encodes) {
        const auto whole = decode(coding, input, input.size() + 1, bound);
        const auto cut = decode(coding, input, piece, most);
        require(whole.is_whole == cut.is_whole && whole.is_bound == cut.is_bound);
        // Of what is broken, more or less may have come out before that was noticed.
        if (whole.is_whole || whole.is_bound) require(whole.content == cut.content);
        else require(whole.content.starts_with(cut.content) || cut.content.starts_with(whole.content));
        return 0;
    }

    const auto encoder = make_encoder(coding, (data[0] & 8) != 0 ? Effort::thorough : Effort::quick,
                                      (data[0] & 16) != 0 ? std::optional<std::uint64_t>(input.size()) : std::nullopt);
    const bool flushes = (data[0] & 32) != 0;
    std::string wire;
    for (auto rest = input;;) {
        const auto part = rest.substr(0, piece);
        rest.remove_prefix(part.size());
        require(encoder->encode(part, rest.empty() ? Last::yes : Last::no, wire).has_value());
        if (rest.empty()) break;
        if (flushes) require(encoder->flush(wire).has_value());
    }
    const auto back = decode(coding, wire, most, piece);
    if (input.size() < bound) require(back.is_whole && back.content == input);
    return 0;
}
