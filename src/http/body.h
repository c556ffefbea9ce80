// Body: content that moves. It is pulled, chunk by chunk, by whoever sends it on; nothing is pushed, so a slow receiver
// slows its sender and nothing piles up. The same type is a request's content, a response's, and an upstream's.
#pragma once
#include "base/result.h"
#include "base/shared.h"
#include "http/open_file.h"
#include "io/task.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace cais::http {

class Fields;

// A part of an open file, which leaves by sendfile.
struct FileSlice {
    base::Shared<const OpenFile> file = {};
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

// A piece of content: octets, a part of a file, or the end.
struct Chunk {
    // Without an owner they are valid until the next read of the same body, or its end.
    base::Bytes bytes = {};
    FileSlice file = {};
    bool is_end = false;

    [[nodiscard]] static Chunk end()
    {
        Chunk chunk;
        chunk.is_end = true;
        return chunk;
    }
};

class Body {
public:
    // Where content comes from, where it is neither octets nor a file.
    class Source {
    public:
        Source() = default;
        Source(const Source&) = delete;
        Source& operator=(const Source&) = delete;
        virtual ~Source() = default;
        // The next chunk, not empty unless it is the end. Not called again after the end or an error.
        // Errors    whatever stopped it; whoever sends it on ends its own message abruptly, never as if it were whole.
        virtual io::Task<Result<Chunk>> read() = 0;
        // Empty: not known before the end.
        [[nodiscard]] virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
        // The trailers, once the end was read; null where there are none.
        [[nodiscard]] virtual const Fields* trailers() const { return nullptr; }
    };

    // No content at all.
    Body() noexcept = default;
    explicit Body(base::Bytes bytes) noexcept : content_(std::move(bytes)) {}
    explicit Body(FileSlice slice) noexcept : content_(std::move(slice)) {}
    explicit Body(std::unique_ptr<Source> source) noexcept : content_(std::move(source)) {}
    // Lent: it outlives this body.
    explicit Body(Source& source) noexcept : content_(&source) {}

    [[nodiscard]] std::optional<std::uint64_t> length() const;
    [[nodiscard]] bool is_empty() const noexcept { return std::holds_alternative<std::monostate>(content_); }
    // What it is made of, for a sender that can do better than read().
    [[nodiscard]] const base::Bytes* bytes() const noexcept { return std::get_if<base::Bytes>(&content_); }
    [[nodiscard]] const FileSlice* file() const noexcept { return std::get_if<FileSlice>(&content_); }
    [[nodiscard]] Source* source() const noexcept;

    // The next chunk, or the end.
    [[nodiscard]] io::Task<Result<Chunk>> read();

private:
    std::variant<std::monostate, base::Bytes, FileSlice, std::unique_ptr<Source>, Source*> content_;
};

// All of a body in memory, for who needs it whole.
// Errors    too_large: more than `most` octets (answer 413); whatever reading it failed with.
[[nodiscard]] io::Task<Result<std::string>> read_whole(Body& body, std::uint64_t most);

}  // namespace cais::http
