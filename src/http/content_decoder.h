// Content codings, undone: coded content in, content out, piece by piece and never more than was asked for, so that a
// few kilobytes that stand for gigabytes cost what their reader allows (RFC 9110 §8.4.1).
#pragma once
#include "base/result.h"
#include "http/content_coding.h"
#include "http/content_encoder.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cais::http {

// What decode() stopped for.
enum class Decoded : std::uint8_t {
    wants_input,  // all of `input` is used: call again with the next piece
    wants_room,   // `most` octets were appended: call again with what is left of `input`
    ended,        // the content is complete, and so was the coding
};

// One content being decoded.
// Memory    until it is deleted: gzip, deflate 40 KiB; zstd the frame's window, at most 8 MiB (RFC 9659 §3), and
//           0.4 MiB; brotli the stream's window, at most 16 MiB (RFC 7932 §9.1), and 0.1 MiB.
class Decoder {
public:
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    // Decodes from the front of `input`, takes off what was used, and appends at most `most` (at least 1) octets to
    // `output`. `last` says whether the coded content ends with `input`. Not called again after `ended` or an error.
    // However the coded content is cut into pieces, the content is the same.
    // gzip may be several members (RFC 1952 §2.2), zstd several frames, skippable ones included (RFC 8878 §3.1): the
    // content is what they hold, one after the other.
    // Errors    malformed: not of this coding, cut short, or something after its end; coded content of no octets is
    //           cut short. What was appended before is good as far as it was checked, so it is not the whole content.
    //           unsupported: a zstd window above 8 MiB. exhausted: no memory.
    [[nodiscard]] Result<Decoded> decode(std::string_view& input, Last last, std::size_t most, std::string& output);

protected:
    Decoder() = default;
    // Where the coded content may end, or another member or frame begin.
    bool is_complete_ = false;

private:
    // Takes octets off `input`, writes at most `room` to `to`, says how many, keeps is_complete_ true. `input` is not
    // empty, or there was not room enough the last time.
    virtual Result<std::size_t> step(std::string_view& input, char* to, std::size_t room) = 0;

    bool may_hold_more_ = false;  // the last step filled its room
};

// `coding` is not identity. deflate is the zlib format.
// Not done: deflate without the zlib format around it, which RFC 9110 §8.4.1.2 calls non-conformant.
// Throws    std::bad_alloc.
[[nodiscard]] std::unique_ptr<Decoder> make_decoder(ContentCoding coding);

}  // namespace cais::http
