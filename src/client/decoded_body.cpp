#include "client/decoded_body.h"

#include "http/list.h"

#include <algorithm>
#include <cassert>

namespace cais::client {
namespace {

constexpr std::size_t piece_bytes = 128 * 1024;  // of what is decoded at once

}  // namespace

Result<std::vector<http::ContentCoding>> codings_of(const http::Fields& fields)
{
    std::vector<http::ContentCoding> codings;
    std::string_view unknown;
    http::for_each_member(fields.all(http::Name::content_encoding), [&](std::string_view member) {
        const auto coding = http::content_coding_of(member);
        if (!coding) unknown = member;
        else if (*coding != http::ContentCoding::identity) codings.push_back(*coding);
    });
    if (!unknown.empty())
        return fail(Error::unsupported, "the content has a coding that is not known here", "RFC 9110 §8.4");
    if (codings.size() > most_codings) return fail(Error::too_large, "the content is coded too many times");
    std::ranges::reverse(codings);  // §8.4: listed in the order in which they were applied
    return codings;
}

DecodedBody::DecodedBody(http::Body& coded, http::ContentCoding coding)
    : coded_(&coded)
    , decoder_(http::make_decoder(coding))
{
}

io::Task<Result<http::Chunk>> DecodedBody::read()
{
    if (has_ended_) co_return http::Chunk::end();
    for (;;) {
        if (input_.empty() && !has_input_ended_) {
            auto chunk = co_await coded_->read();
            if (!chunk) co_return std::unexpected(chunk.error());
            chunk_ = std::move(*chunk);
            assert(chunk_.file.length == 0);
            has_input_ended_ = chunk_.is_end;
            input_ = chunk_.bytes.view;
            // No octet at all is no content, whatever its coding is said to be.
            if (has_input_ended_ && is_empty_) co_return http::Chunk::end();
            is_empty_ = false;
        }
        output_.clear();
        const auto last = has_input_ended_ ? http::Last::yes : http::Last::no;
        const auto decoded = decoder_->decode(input_, last, piece_bytes, output_);
        if (!decoded) co_return std::unexpected(decoded.error());
        if (*decoded == http::Decoded::ended) {
            has_ended_ = true;
            if (output_.empty()) co_return http::Chunk::end();
        }
        if (output_.empty()) continue;
        http::Chunk chunk;
        chunk.bytes = base::Bytes(std::string_view(output_));
        co_return chunk;
    }
}

}  // namespace cais::client
