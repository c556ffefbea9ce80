#include "http/body.h"

#include <algorithm>
#include <array>

#include <unistd.h>

namespace cais::http {

std::optional<std::uint64_t> Body::length() const
{
    if (const auto* octets = bytes()) return octets->size();
    if (const auto* slice = file()) return slice->length;
    if (const auto* from = source()) return from->length();
    return 0;
}

Body::Source* Body::source() const noexcept
{
    if (const auto* owned = std::get_if<std::unique_ptr<Source>>(&content_)) return owned->get();
    if (const auto* lent = std::get_if<Source*>(&content_)) return *lent;
    return nullptr;
}

io::Task<Result<Chunk>> Body::read()
{
    if (auto* from = source()) {
        auto chunk = co_await from->read();
        co_return chunk;
    }
    Chunk chunk;
    if (auto* octets = std::get_if<base::Bytes>(&content_)) chunk.bytes = std::move(*octets);
    else if (auto* slice = std::get_if<FileSlice>(&content_)) chunk.file = std::move(*slice);
    content_ = std::monostate();
    chunk.is_end = chunk.bytes.empty() && chunk.file.length == 0;
    co_return chunk;
}

namespace {

Result<void> append_slice(std::string& to, const FileSlice& slice)
{
    std::uint64_t offset = slice.offset;
    std::uint64_t left = slice.length;
    while (left > 0) {
        std::array<char, 16 * 1024> piece;
        const ssize_t got = ::pread(slice.file->fd(), piece.data(), std::min<std::uint64_t>(left, piece.size()), static_cast<off_t>(offset));
        if (got < 0) return fail_errno("read a file");
        if (got == 0) return fail(Error::ended, "the file became shorter while it was read");
        to.append(piece.data(), static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
        left -= static_cast<std::uint64_t>(got);
    }
    return {};
}

}  // namespace

io::Task<Result<std::string>> read_whole(Body& body, std::uint64_t most)
{
    if (const auto length = body.length(); length && *length > most)
        co_return fail(Error::too_large, "the content is larger than what is taken here", "RFC 9110 §15.5.14");
    std::string whole;
    for (;;) {
        auto chunk = co_await body.read();
        if (!chunk) co_return std::unexpected(chunk.error());
        if (chunk->is_end) co_return whole;
        if (whole.size() + chunk->bytes.size() + chunk->file.length > most)
            co_return fail(Error::too_large, "the content is larger than what is taken here", "RFC 9110 §15.5.14");
        whole.append(chunk->bytes.view);
        if (chunk->file.length > 0) {
            auto appended = append_slice(whole, chunk->file);
            if (!appended) co_return std::unexpected(appended.error());
        }
    }
}

}  // namespace cais::http
