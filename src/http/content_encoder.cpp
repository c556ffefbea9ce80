#include "http/content_encoder.h"

#include <algorithm>
#include <array>
#include <brotli/encode.h>
#include <cassert>
#include <cstdlib>
#include <isa-l/igzip_lib.h>
#include <new>
#include <utility>
#include <zstd.h>

namespace cais::http {
namespace {

// Grows `output` by room for some of what `left` octets of content become, lets write(to, room) fill it and keeps as
// many octets as that says it wrote.
template <class Write>
void append(std::string& output, std::size_t left, Write write)
{
    const std::size_t size = output.size(), spare = output.capacity() - size;
    const std::size_t room = spare >= 64 ? spare : std::clamp<std::size_t>(left / 2, 256, 65536);
    output.resize_and_overwrite(size + room, [&](char* data, std::size_t) { return size + write(data + size, room); });
}

// gzip, and deflate with the zlib format around it.
class GzipEncoder final : public Encoder {
public:
    explicit GzipEncoder(ContentCoding coding) noexcept
        : Encoder(coding)
    {
    }

private:
    void begin(Effort effort, std::optional<std::uint64_t>) override
    {
        isal_deflate_init(&stream_);
        stream_.level = effort == Effort::quick ? 2 : 3;
        stream_.level_buf = level_memory_.data();
        stream_.level_buf_size = level_memory_.size();
        stream_.gzip_flag = coding() == ContentCoding::gzip ? IGZIP_GZIP : IGZIP_ZLIB;
    }

    Result<void> step(std::string_view input, Then then, std::string& output) override
    {
        for (;;) {
            const auto piece = input.substr(0, std::size_t{1} << 30);  // ISA-L counts in 32 bits
            input.remove_prefix(piece.size());
            run(piece, input.empty() ? then : Then::more, output);
            if (input.empty()) return {};
        }
    }

    void run(std::string_view input, Then then, std::string& output)
    {
        stream_.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(input.data()));  // only read
        stream_.avail_in = static_cast<std::uint32_t>(input.size());
        stream_.flush = then == Then::flush ? SYNC_FLUSH : NO_FLUSH;
        stream_.end_of_stream = then == Then::end;
        do {
            append(output, stream_.avail_in, [&](char* to, std::size_t room) {
                const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(room, UINT32_MAX));
                stream_.next_out = reinterpret_cast<std::uint8_t*>(to);
                stream_.avail_out = most;
                [[maybe_unused]] const int result = isal_deflate(&stream_);
                assert(result == COMP_OK);  // the rest is a wrong level, flush or buffer
                return most - stream_.avail_out;
            });
        } while (then == Then::end ? stream_.internal_state.state != ZSTATE_END : stream_.avail_out == 0);
        assert(stream_.avail_in == 0);
    }

    isal_zstream stream_;
    alignas(64) std::array<std::uint8_t, std::max(ISAL_DEF_LVL2_SMALL, ISAL_DEF_LVL3_SMALL)> level_memory_;
};
static_assert(sizeof(GzipEncoder) <= std::size_t{236} * 1024);

class ZstdEncoder final : public Encoder {
public:
    ZstdEncoder()
        : Encoder(ContentCoding::zstd)
        , context_(ZSTD_createCCtx())
    {
        if (!context_) throw std::bad_alloc();
    }

private:
    static constexpr int window_log = 19;

    void begin(Effort effort, std::optional<std::uint64_t> length) override
    {
        ZSTD_CCtx* context = context_.get();
        const auto set = [&](ZSTD_cParameter parameter, int value) {
            [[maybe_unused]] const auto result = ZSTD_CCtx_setParameter(context, parameter, value);
            assert(!ZSTD_isError(result));
        };
        ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
        set(ZSTD_c_compressionLevel, effort == Effort::quick ? 3 : 6);
        set(ZSTD_c_windowLog, window_log);
        if (length) ZSTD_CCtx_setPledgedSrcSize(context, *length);
    }

    Result<void> step(std::string_view input, Then then, std::string& output) override
    {
        const auto mode = then == Then::more ? ZSTD_e_continue : then == Then::flush ? ZSTD_e_flush : ZSTD_e_end;
        ZSTD_inBuffer in{input.data(), input.size(), 0};
        std::size_t left = 0;  // to be written out, or an error
        do {
            append(output, in.size - in.pos, [&](char* to, std::size_t room) {
                ZSTD_outBuffer out{to, room, 0};
                left = ZSTD_compressStream2(context_.get(), &out, &in, mode);
                return out.pos;
            });
            if (ZSTD_isError(left)) return fail(Error::exhausted, "zstd could not go on");
        } while (then == Then::more ? in.pos != in.size : left != 0);
        return {};
    }

    struct Free {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> context_;
};

// libbrotli's encoder codes one content and asks for its memory anew for the next: some ten blocks, 2 MiB, the same
// each time. They are kept between contents, which makes 100 KiB of HTML take 0.7 of the time where freed blocks of
// that size go back to the kernel.
class BrotliMemory {
public:
    BrotliMemory() = default;
    BrotliMemory(const BrotliMemory&) = delete;
    BrotliMemory& operator=(const BrotliMemory&) = delete;
    ~BrotliMemory()
    {
        for (const Block& block : blocks_) std::free(block.memory);
    }

    static void* allocate(void* self, std::size_t bytes) noexcept
    {
        if (bytes < least_kept) return std::malloc(bytes);
        auto& blocks = static_cast<BrotliMemory*>(self)->blocks_;
        Block* unused = nullptr;
        for (Block& block : blocks) {
            if (block.is_used) continue;
            if (block.bytes >= bytes && block.bytes / 2 <= bytes) {
                block.is_used = true;
                return block.memory;
            }
            if (unused == nullptr || block.memory == nullptr) unused = &block;
        }
        void* memory = std::malloc(bytes);
        if (memory == nullptr || unused == nullptr) return memory;
        std::free(unused->memory);
        *unused = {memory, bytes, true};
        return memory;
    }

    static void release(void* self, void* memory) noexcept
    {
        if (memory == nullptr) return;
        for (Block& block : static_cast<BrotliMemory*>(self)->blocks_) {
            if (block.memory != memory) continue;
            block.is_used = false;
            return;
        }
        std::free(memory);
    }

private:
    static constexpr std::size_t least_kept = 16384;  // malloc is quick with what is smaller
    struct Block {
        void* memory = nullptr;
        std::size_t bytes = 0;
        bool is_used = false;
    };
    std::array<Block, 16> blocks_;
};

class BrotliEncoder final : public Encoder {
public:
    BrotliEncoder() noexcept
        : Encoder(ContentCoding::brotli)
    {
    }

private:
    static constexpr std::uint32_t window_log = 18;
    static constexpr std::uint64_t largest_hint = (1u << 20) - 1;  // from 1 MiB on, tables of 4 MiB more

    void begin(Effort effort, std::optional<std::uint64_t> length) override
    {
        state_.reset();
        state_.reset(BrotliEncoderCreateInstance(BrotliMemory::allocate, BrotliMemory::release, &memory_));
        if (!state_) throw std::bad_alloc();
        const auto set = [&](BrotliEncoderParameter parameter, std::uint32_t value) {
            [[maybe_unused]] const auto result = BrotliEncoderSetParameter(state_.get(), parameter, value);
            assert(result == BROTLI_TRUE);
        };
        set(BROTLI_PARAM_QUALITY, effort == Effort::quick ? 4 : 6);
        set(BROTLI_PARAM_LGWIN, window_log);
        if (length) set(BROTLI_PARAM_SIZE_HINT, static_cast<std::uint32_t>(std::min(*length, largest_hint)));
    }

    Result<void> step(std::string_view input, Then then, std::string& output) override
    {
        const auto operation = then == Then::more    ? BROTLI_OPERATION_PROCESS
                               : then == Then::flush ? BROTLI_OPERATION_FLUSH
                                                     : BROTLI_OPERATION_FINISH;
        auto* next = reinterpret_cast<const std::uint8_t*>(input.data());
        std::size_t left = input.size();
        do {
            std::size_t no_room = 0;  // the output is taken from the encoder's own memory
            if (BrotliEncoderCompressStream(state_.get(), operation, &left, &next, &no_room, nullptr, nullptr) ==
                BROTLI_FALSE)
                return fail(Error::exhausted, "brotli could not go on");
            std::size_t ready = 0;
            const auto* coded = BrotliEncoderTakeOutput(state_.get(), &ready);
            if (ready != 0) output.append(reinterpret_cast<const char*>(coded), ready);
        } while (left != 0 || BrotliEncoderHasMoreOutput(state_.get()) ||
                 (then == Then::end && !BrotliEncoderIsFinished(state_.get())));
        return {};
    }

    struct Destroy {
        void operator()(BrotliEncoderState* state) const noexcept { BrotliEncoderDestroyInstance(state); }
    };
    BrotliMemory memory_;  // outlives the state
    std::unique_ptr<BrotliEncoderState, Destroy> state_;
};

std::unique_ptr<Encoder> new_encoder(ContentCoding coding)
{
    switch (coding) {
    case ContentCoding::gzip:
    case ContentCoding::deflate: return std::unique_ptr<Encoder>(new GzipEncoder(coding));
    case ContentCoding::zstd: return std::unique_ptr<Encoder>(new ZstdEncoder);
    case ContentCoding::brotli: return std::unique_ptr<Encoder>(new BrotliEncoder);
    case ContentCoding::identity: break;
    }
    std::unreachable();
}

// This thread's idle encoders, two places a coding. One that is given back after the thread has destroyed its own is
// deleted: `is_gone` needs no destructor, so it can be asked even then.
thread_local constinit bool is_gone = false;
struct Idle {
    ~Idle() { is_gone = true; }
    std::array<std::array<std::unique_ptr<Encoder>, 2>, content_coding_count> places;
};
thread_local Idle idle;

}  // namespace

Result<void> Encoder::encode(std::string_view input, Last last, std::string& output)
{
    assert(!ended_);
    given_ += input.size();
    ended_ = last == Last::yes;
    if (length_ && (ended_ ? given_ != *length_ : given_ > *length_))
        return fail(Error::failed, "the content has another length than was said");
    if (input.empty() && !ended_) return {};
    return step(input, ended_ ? Then::end : Then::more, output);
}

Result<void> Encoder::flush(std::string& output)
{
    assert(!ended_);
    return step({}, Then::flush, output);
}

EncoderPointer make_encoder(ContentCoding coding, Effort effort, std::optional<std::uint64_t> length)
{
    assert(coding != ContentCoding::identity);
    std::unique_ptr<Encoder> encoder;
    for (auto& place : idle.places[static_cast<std::size_t>(coding)]) {
        if (!place) continue;
        encoder = std::move(place);
        break;
    }
    if (!encoder) encoder = new_encoder(coding);
    encoder->ended_ = false;
    encoder->given_ = 0;
    encoder->length_ = length;
    encoder->begin(effort, length);
    return EncoderPointer(encoder.release());
}

void IdleEncoders::operator()(Encoder* encoder) const noexcept
{
    std::unique_ptr<Encoder> returned(encoder);
    if (is_gone) return;
    for (auto& place : idle.places[static_cast<std::size_t>(returned->coding())]) {
        if (place) continue;
        place = std::move(returned);
        return;
    }
}

void release_idle_encoders() noexcept
{
    for (auto& places : idle.places)
        for (auto& place : places) place.reset();
}

std::size_t idle_encoder_count() noexcept
{
    std::size_t count = 0;
    for (const auto& places : idle.places)
        count +=
            static_cast<std::size_t>(std::ranges::count_if(places, [](const auto& place) { return place != nullptr; }));
    return count;
}

}  // namespace cais::http
