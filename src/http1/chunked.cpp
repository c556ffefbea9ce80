#include "http1/chunked.h"

#include "http1/request_parser.h"
#include "http1/scan.h"

#include <algorithm>

namespace cais::http1 {
namespace {

// Nobody uses extensions; a bound on those of a whole content keeps them from being a cheap flood (RFC 9112 §7.1.1).
constexpr std::uint32_t most_extension_octets = 4096;
constexpr const char* source = "RFC 9112 §7.1";

// Fields that a recipient must not learn after the content (RFC 9110 §6.5.1).
bool may_be_trailer(http::Name name)
{
    using http::Name;
    switch (name) {
    case Name::transfer_encoding:
    case Name::content_length:
    case Name::host:
    case Name::content_encoding:
    case Name::content_type:
    case Name::content_range:
    case Name::trailer:
    case Name::authorization:
    case Name::proxy_authorization:
    case Name::cookie:
    case Name::set_cookie:
    case Name::te:
    case Name::connection:
    case Name::keep_alive:
    case Name::proxy_connection:
    case Name::upgrade:
    case Name::http2_settings:
    case Name::forwarded:
    case Name::x_forwarded_for:
    case Name::x_forwarded_host:
    case Name::x_forwarded_proto:
    case Name::early_data:
    case Name::expect:
    case Name::cache_control:
    case Name::if_match:
    case Name::if_none_match:
    case Name::if_modified_since:
    case Name::if_unmodified_since:
    case Name::if_range:
    case Name::if_:
    case Name::range:
    case Name::max_forwards: return false;
    default: return true;
    }
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::next(std::string_view input)
{
    std::size_t at = 0;
    while (at < input.size() && state_ != State::end) {
        const char c = input[at];
        switch (state_) {
        case State::size_first:
        case State::size: {
            const int digit = base::hex_value(c);
            if (digit >= 0) {
                if (left_ >> 59 != 0 || ++digits_ > 16)
                    return fail(Error::malformed, "a chunk size is too large", source);
                left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
                state_ = State::size;
            } else if (state_ == State::size && c == '\r') {
                state_ = State::size_lf;
            } else if (state_ == State::size && c == ';') {
                state_ = State::extension;
            } else {
                // Stricter: §7.1.1 has optional white space before ";", as a thing of the past.
                return fail(Error::malformed, "a chunk size is not a hexadecimal number", source);
            }
            break;
        }
        case State::extension:
        case State::quoted:
        case State::quoted_pair:
            if (++extension_octets_ > most_extension_octets)
                return fail(Error::malformed, "the chunk extensions are too large", "RFC 9112 §7.1.1");
            if (c == '\r' && state_ == State::extension) {
                state_ = State::size_lf;
            } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) {
                return fail(Error::malformed, "a control character in a chunk extension", "RFC 9112 §7.1.1");
            } else if (state_ == State::quoted_pair) {
                state_ = State::quoted;
            } else if (c == '"') {
                state_ = state_ == State::quoted ? State::extension : State::quoted;
            } else if (c == '\\' && state_ == State::quoted) {
                state_ = State::quoted_pair;
            }
            break;
        case State::size_lf:
            if (c != '\n') return fail(Error::malformed, "CR without LF after a chunk size", source);
            state_ = left_ == 0 ? State::trailer : State::data;
            break;
        case State::data: {
            const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
            left_ -= bytes;
            if (left_ == 0) state_ = State::data_cr;
            return Step{at + bytes, input.substr(at, bytes), false};
        }
        case State::data_cr:
            if (c != '\r') return fail(Error::malformed, "a chunk is longer than its size", source);
            state_ = State::data_lf;
            break;
        case State::data_lf:
            if (c != '\n') return fail(Error::malformed, "CR without LF after a chunk", source);
            state_ = State::size_first;
            digits_ = 0;
            left_ = 0;
            break;
        case State::trailer: {
            if (auto taken = take_trailer_octet(c); !taken) return std::unexpected(taken.error());
            break;
        }
        case State::end: break;
        }
        ++at;
    }
    return Step{at, {}, state_ == State::end};
}

Result<void> ChunkedDecoder::take_trailer_octet(char c)
{
    // As for a head: the empty line at the end is no field.
    if (++trailer_octets_ > limits_->fields + 2)
        return fail(Error::too_large, "the trailers are too large", "RFC 6585 §5");
    if (c != '\n') {
        line_ += c;
        return {};
    }
    if (line_.empty() || line_.back() != '\r')
        return fail(Error::malformed, "a trailer line ends with LF alone", "RFC 9112 §2.2");
    line_.pop_back();
    return end_of_trailer_line();
}

Result<void> ChunkedDecoder::end_of_trailer_line()
{
    if (line_.empty()) {
        state_ = State::end;
        return {};
    }
    if (++trailer_lines_ > limits_->field_lines) return fail(Error::too_large, "too many trailers", "RFC 6585 §5");
    const std::string_view kept = trailers_.copy(line_);
    line_.clear();
    const bool is_kept = may_be_trailer(http::name_of(kept.substr(0, token_length(kept))));
    if (const auto fault = parse_field_line(kept, is_kept ? trailers_ : refused_))
        return fail(Error::malformed, fault.what, fault.source);
    return {};
}

}  // namespace cais::http1
