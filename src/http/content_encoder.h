// Content codings, written: content in, coded content out, piece by piece (RFC 9110 §8.4.1).
// gzip is written by ISA-L (RFC 1952, RFC 1951), zstd by libzstd (RFC 8878, RFC 9659), br by libbrotli (RFC 7932). The
// same pieces give the same octets: no time, name or system is written.
#pragma once
#include "base/result.h"
#include "http/content_coding.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cais::http {

enum class Last : bool { no, yes };  // whether more comes after a piece

// How hard to try. quick is for content that is sent once: ISA-L's level 2 for gzip (some 2 % smaller than zlib's
// level 1 at 7 times its speed), zstd 3, brotli 4. thorough is for what is kept and sent often: ISA-L 3, zstd 6,
// brotli 6.
enum class Effort : std::uint8_t { quick, thorough };

struct IdleEncoders;

// One content being coded. It belongs to one thread at a time.
// Memory    what it holds until it is given back, without what it appends:
//             gzip, deflate   0.23 MiB
//             zstd            2.0 MiB quick, 4.3 MiB thorough; 1.1 and 1.5 MiB where a length of 100 KiB is known
//             brotli          2.1 MiB quick, 3.7 MiB thorough; up to 3.0 and 4.6 MiB where the content is long
//           zstd's window is 512 KiB and brotli's 256 KiB, so a decoder needs little too: RFC 9659 §3 allows 8 MiB.
class Encoder {
public:
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    virtual ~Encoder() = default;

    // Appends to `output` what is ready of the coded content; all the rest of it after the last piece, which may be
    // empty. Spare capacity of `output` is used before it grows. Not called again after the last piece or an error.
    // Errors    failed: more or less content than make_encoder was told. exhausted: no memory.
    [[nodiscard]] Result<void> encode(std::string_view input, Last last, std::string& output);

    // Appends all that a decoder needs to give back every octet so far, for content that comes slowly. Costs some
    // octets, and compression: not after each piece of what comes fast.
    [[nodiscard]] Result<void> flush(std::string& output);

    [[nodiscard]] ContentCoding coding() const noexcept { return coding_; }

protected:
    enum class Then : std::uint8_t { more, flush, end };
    explicit Encoder(ContentCoding coding) noexcept
        : coding_(coding)
    {
    }

private:
    friend std::unique_ptr<Encoder, IdleEncoders> make_encoder(ContentCoding, Effort, std::optional<std::uint64_t>);
    virtual void begin(Effort effort, std::optional<std::uint64_t> length) = 0;  // a new content; throws std::bad_alloc
    virtual Result<void> step(std::string_view input, Then then, std::string& output) = 0;

    ContentCoding coding_;
    bool ended_ = false;
    std::uint64_t given_ = 0;              // octets of content so far
    std::optional<std::uint64_t> length_;  // that it will have
};

// Where an encoder goes when nobody needs it: each thread keeps at most two of a coding, warm, and deletes the rest.
struct IdleEncoders {
    void operator()(Encoder* encoder) const noexcept;
};
using EncoderPointer = std::unique_ptr<Encoder, IdleEncoders>;

// An encoder for one content. `coding` is not identity. `length` is the content's, where it is known: it makes the
// result smaller or the encoder lighter, and encode() fails where it turns out wrong.
// Throws    std::bad_alloc.
// Cost      no allocation where this thread has an idle one that coded the like before (brotli: some small
//           ones); else the memory above.
[[nodiscard]] EncoderPointer make_encoder(ContentCoding coding, Effort effort = Effort::quick,
                                          std::optional<std::uint64_t> length = {});

// Deletes this thread's idle encoders. A loop calls it when it has been quiet for a while: they may be
// 20 MiB. Their larger blocks go back to the kernel only where malloc maps such blocks one by one (M_MMAP_THRESHOLD).
void release_idle_encoders() noexcept;

// How many encoders this thread keeps.
[[nodiscard]] std::size_t idle_encoder_count() noexcept;

}  // namespace cais::http
