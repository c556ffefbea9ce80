// The chunked transfer coding, read: RFC 9112 §7.1, strict and bounded.
#pragma once
#include "base/arena.h"
#include "base/result.h"
#include "http/fields.h"
#include "http/limits.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::http1 {

// Fed with whatever has come; how the octets are cut makes no difference.
class ChunkedDecoder {
public:
    // `limits` bounds the trailers (fields, field_lines); they are kept in `arena`.
    ChunkedDecoder(const http::Limits& limits, base::Arena& arena) noexcept
        : limits_(&limits)
        , trailers_(arena)
        , refused_(arena)
    {
    }

    struct Step {
        std::size_t consumed = 0;    // octets of the input that are done with, data included
        std::string_view data = {};  // content, a view of the input
        bool is_end = false;         // the last chunk and the trailers have been read
    };

    // Takes the next piece: stops after one run of data, at the end, or where the input ends.
    // Errors    malformed (400): a size that is empty, signed, spaced or beyond 2^63; a CR or LF out of place; a
    //           trailer that is no field line. too_large (431 or 400): extensions or trailers over their bounds.
    [[nodiscard]] Result<Step> next(std::string_view input);

    // After the end. Fields that frame, route or authenticate are not taken from trailers (RFC 9110 §6.5.1).
    [[nodiscard]] const http::Fields& trailers() const noexcept { return trailers_; }

private:
    enum class State : std::uint8_t {
        size_first,
        size,
        extension,
        quoted,
        quoted_pair,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        end
    };
    Result<void> take_trailer_octet(char c);
    Result<void> end_of_trailer_line();

    const http::Limits* limits_;
    State state_ = State::size_first;
    std::uint8_t digits_ = 0;
    std::uint64_t left_ = 0;              // of the chunk
    std::uint32_t extension_octets_ = 0;  // of the whole content
    std::uint64_t trailer_octets_ = 0;
    std::string line_;  // of the trailers
    std::uint64_t trailer_lines_ = 0;
    http::Fields trailers_;
    http::Fields refused_;  // well-formed, and not to be learnt from trailers
};

}  // namespace cais::http1
