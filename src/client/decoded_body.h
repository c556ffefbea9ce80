// Content whose codings are undone while it is read (RFC 9110 §8.4.1).
#pragma once
#include "http/body.h"
#include "http/content_decoder.h"
#include "http/fields.h"

#include <memory>
#include <string>
#include <vector>

namespace cais::client {

// What we say that we take, in Accept-Encoding.
inline constexpr std::string_view taken_codings = "gzip, br, zstd";
inline constexpr std::size_t most_codings = 4;  // one over the other

// The codings of an answer, in the order in which they are undone.
// Errors    unsupported: one that we do not know; too_large: more than most_codings.
[[nodiscard]] Result<std::vector<http::ContentCoding>> codings_of(const http::Fields& fields);

class DecodedBody final : public http::Body::Source {
public:
    // `coded` outlives this.
    DecodedBody(http::Body& coded, http::ContentCoding coding);

    // Errors    the coded content's; the decoder's.
    io::Task<Result<http::Chunk>> read() override;

private:
    http::Body* coded_;
    std::unique_ptr<http::Decoder> decoder_;
    http::Chunk chunk_;       // of the coded content
    std::string_view input_;  // what of it is not decoded yet
    bool is_empty_ = true;
    bool has_input_ended_ = false;
    bool has_ended_ = false;
    std::string output_;
};

}  // namespace cais::client
