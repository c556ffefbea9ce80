#include "http/content_decoder.h"

#include <algorithm>
#include <brotli/decode.h>
#include <cassert>
#include <new>
#include <utility>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace cais::http {
namespace {

// gzip, and deflate with the zlib format around it.
class ZlibDecoder final : public Decoder {
public:
    explicit ZlibDecoder(ContentCoding coding)
        : coding_(coding)
    {
        constexpr int window_bits = 15, gzip_format = 16;
        if (inflateInit2(&stream_, window_bits + (coding == ContentCoding::gzip ? gzip_format : 0)) != Z_OK)
            throw std::bad_alloc();
    }
    ~ZlibDecoder() override { inflateEnd(&stream_); }

private:
    Result<std::size_t> step(std::string_view& input, char* to, std::size_t room) override
    {
        if (is_complete_) {
            if (coding_ != ContentCoding::gzip)
                return fail(Error::malformed, "something after the end of deflate", "RFC 1950 §2.2");
            inflateReset(&stream_);  // another member
            is_complete_ = false;
        }
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));  // only read
        stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(input.size(), UINT32_MAX));
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(room, UINT32_MAX));
        const int result = inflate(&stream_, Z_NO_FLUSH);
        input = input.substr(static_cast<std::size_t>(reinterpret_cast<const char*>(stream_.next_in) - input.data()));
        const auto written = static_cast<std::size_t>(reinterpret_cast<char*>(stream_.next_out) - to);
        if (result == Z_STREAM_END) is_complete_ = true;
        else if (result == Z_MEM_ERROR) return fail(Error::exhausted, "no memory to decode");
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return coding_ == ContentCoding::gzip ? fail(Error::malformed, "the content is no gzip", "RFC 1952 §2")
                                                  : fail(Error::malformed, "the content is no deflate", "RFC 1950 §2");
        return written;
    }

    z_stream stream_{};
    ContentCoding coding_;
};

class ZstdDecoder final : public Decoder {
public:
    ZstdDecoder()
        : context_(ZSTD_createDCtx())
    {
        if (!context_) throw std::bad_alloc();
        constexpr int largest_window_log = 23;  // RFC 9659 §3
        [[maybe_unused]] const auto result =
            ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window_log);
        assert(!ZSTD_isError(result));
    }

private:
    Result<std::size_t> step(std::string_view& input, char* to, std::size_t room) override
    {
        if (is_complete_) {  // another frame
            beginning_.clear();
            content_octets_ = 0;
        }
        if (!begins_frame(input)) return fail(Error::malformed, "the content is no zstd", "RFC 8878 §3.1");
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        ZSTD_outBuffer out{to, room, 0};
        const auto result = ZSTD_decompressStream(context_.get(), &out, &in);
        beginning_ += input.substr(0, std::min(in.pos, longest_header - beginning_.size()));
        input.remove_prefix(in.pos);
        content_octets_ += out.pos;
        if (ZSTD_isError(result)) {
            switch (ZSTD_getErrorCode(result)) {
            case ZSTD_error_memory_allocation: return fail(Error::exhausted, "no memory to decode");
            case ZSTD_error_frameParameter_windowTooLarge:
                return fail(Error::unsupported, "a zstd window above 8 MiB", "RFC 9659 §3");
            default: return fail(Error::malformed, "the content is no zstd", "RFC 8878 §3.1");
            }
        }
        is_complete_ = result == 0;
        if (is_complete_ && !is_of_declared_size())
            return fail(Error::malformed, "a zstd frame of another size than it says", "RFC 8878 §3.1.1.1.4");
        return out.pos;
    }

    // The library looks only where the frame's last block holds something, or all of it fits the room at once.
    bool is_of_declared_size() const
    {
        const auto declared = ZSTD_getFrameContentSize(beginning_.data(), beginning_.size());
        return declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == content_octets_;
    }

    // Whether `input` goes on with the magic number of a frame, or of one to be skipped (RFC 8878 §3.1.1, §3.1.2), or
    // that is behind us. The library would take the formats before 1.0 too, which no RFC has.
    bool begins_frame(std::string_view input)
    {
        const auto behind = beginning_.size();
        for (std::size_t i = behind; i < magic.size() && i - behind < input.size(); ++i) {
            const char octet = input[i - behind];
            if (i == 0) is_skipped_ = (octet & 0xF0) == 0x50;
            if (i == 0 && is_skipped_) continue;
            if (octet != (is_skipped_ ? skipped_magic : magic)[i]) return false;
        }
        return true;
    }

    static constexpr std::string_view magic = "\x28\xB5\x2F\xFD", skipped_magic = "\x50\x2A\x4D\x18";
    static constexpr std::size_t longest_header = 18;  // RFC 8878 §3.1.1

    struct Free {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, Free> context_;
    std::string beginning_;             // of this frame, as much as its header may be
    std::uint64_t content_octets_ = 0;  // this frame's, so far
    bool is_skipped_ = false;
};

class BrotliDecoder final : public Decoder {
public:
    BrotliDecoder()
        : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr))
    {
        if (!state_) throw std::bad_alloc();
    }

private:
    Result<std::size_t> step(std::string_view& input, char* to, std::size_t room) override
    {
        if (is_complete_) return fail(Error::malformed, "something after the end of br", "RFC 7932 §9.2");
        std::size_t left = input.size(), spare = room;
        auto* next = reinterpret_cast<const std::uint8_t*>(input.data());
        auto* out = reinterpret_cast<std::uint8_t*>(to);
        const auto result = BrotliDecoderDecompressStream(state_.get(), &left, &next, &spare, &out, nullptr);
        input.remove_prefix(input.size() - left);
        if (result == BROTLI_DECODER_RESULT_ERROR) {
            const int code = BrotliDecoderGetErrorCode(state_.get());
            if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
                return fail(Error::exhausted, "no memory to decode");
            return fail(Error::malformed, "the content is no br", "RFC 7932 §9");
        }
        is_complete_ = result == BROTLI_DECODER_RESULT_SUCCESS;
        return room - spare;
    }

    struct Destroy {
        void operator()(BrotliDecoderState* state) const noexcept { BrotliDecoderDestroyInstance(state); }
    };
    std::unique_ptr<BrotliDecoderState, Destroy> state_;
};

}  // namespace

Result<Decoded> Decoder::decode(std::string_view& input, Last last, std::size_t most, std::string& output)
{
    constexpr std::size_t step_bytes = 16384;
    assert(most > 0);
    for (;;) {
        if (input.empty() && !may_hold_more_) {
            if (last == Last::no) return Decoded::wants_input;
            if (!is_complete_) return fail(Error::malformed, "the coded content is cut short", "RFC 9110 §8.4");
            return Decoded::ended;
        }
        if (most == 0) return Decoded::wants_room;
        const std::size_t size = output.size(), spare = output.capacity() - size;
        const std::size_t room = std::min(most, std::max(spare, step_bytes));
        const std::size_t before = input.size();
        Result<std::size_t> written = 0;
        output.resize_and_overwrite(size + room, [&](char* data, std::size_t) {
            written = step(input, data + size, room);
            return size + written.value_or(0);
        });
        if (!written) return std::unexpected(written.error());
        most -= *written;
        may_hold_more_ = *written == room && !is_complete_;
        if (*written == 0 && input.size() == before && before != 0)
            return fail(Error::malformed, "the coded content does not go on", "RFC 9110 §8.4");
    }
}

std::unique_ptr<Decoder> make_decoder(ContentCoding coding)
{
    switch (coding) {
    case ContentCoding::gzip:
    case ContentCoding::deflate: return std::make_unique<ZlibDecoder>(coding);
    case ContentCoding::zstd: return std::make_unique<ZstdDecoder>();
    case ContentCoding::brotli: return std::make_unique<BrotliDecoder>();
    case ContentCoding::identity: break;
    }
    assert(false);
    std::unreachable();
}

}  // namespace cais::http
