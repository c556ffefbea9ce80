#include "http/multipart_body.h"

namespace cais::http {
namespace {

class MultipartBody final : public Body::Source {
public:
    MultipartBody(const Multipart& multipart, const Selection& selection,
                  std::move_only_function<Body(std::uint64_t, std::uint64_t)> part, base::Arena& arena)
        : selection_(selection), multipart_(multipart), part_(std::move(part)), arena_(&arena)
    {
        multipart_.ranges = selection_.ranges();
    }

    [[nodiscard]] std::optional<std::uint64_t> length() const override { return multipart_.content_length(); }

    // Head, part, head, part, …, tail.
    io::Task<Result<Chunk>> read() override
    {
        Chunk chunk;
        const std::size_t index = step_ / 2;
        if (index < selection_.ranges().size()) {
            if (step_ % 2 == 0) {
                chunk.bytes = base::Bytes(multipart_.head(index, *arena_));
            } else {
                const Range range = selection_.ranges()[index];
                Body body = part_(range.first, range.length);
                auto piece = co_await body.read();
                if (!piece) co_return std::unexpected(piece.error());
                chunk = std::move(*piece);
            }
        } else if (step_ % 2 == 0) {
            chunk.bytes = base::Bytes(multipart_.tail(*arena_));
        } else {
            chunk = Chunk::end();
        }
        ++step_;
        co_return std::move(chunk);
    }

private:
    Selection selection_;
    Multipart multipart_;
    std::move_only_function<Body(std::uint64_t, std::uint64_t)> part_;
    base::Arena* arena_;
    std::size_t step_ = 0;
};

}  // namespace

std::unique_ptr<Body::Source> make_multipart_body(const Multipart& multipart, const Selection& selection,
                                                  std::move_only_function<Body(std::uint64_t, std::uint64_t)> part, base::Arena& arena)
{
    return std::make_unique<MultipartBody>(multipart, selection, std::move(part), arena);
}

}  // namespace cais::http
