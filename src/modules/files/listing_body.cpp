#include "modules/files/listing_body.h"

#include "io/loop.h"
#include "io/pool.h"

namespace cais::files {
namespace {

constexpr auto piece_limit = std::chrono::seconds(60);

// Shared with the job on the pool, which may outlast a cancelled reader.
struct Work {
    Work(int directory, ListingOptions options, Places::Place its_place)
        : place(std::move(its_place))
        , listing(directory, std::move(options))
    {
    }
    Places::Place place;
    Listing listing;
    std::string output;
};

class ListingBody final : public http::Body::Source {
public:
    ListingBody(io::Descriptor directory, ListingOptions options, Places::Place place)
        : work_(std::make_shared<Work>(directory.release(), std::move(options), std::move(place)))
    {
    }

    io::Task<Result<http::Chunk>> read() override
    {
        work_->output.clear();
        if (is_first_) {
            // The document's beginning needs no look at the directory: it leaves at once, where the form has one.
            is_first_ = false;
            auto begun = work_->listing.next(work_->output);
            if (!begun) co_return std::unexpected(begun.error());
            goes_on_ = *begun;
        }
        while (goes_on_ && work_->output.empty()) {
            auto step = co_await io::Loop::current()->pool().run(
                [work = work_] { return work->listing.next(work->output); }, piece_limit);
            if (!step) co_return std::unexpected(step.error());
            if (!*step) co_return std::unexpected(step->error());
            goes_on_ = **step;
        }
        if (work_->output.empty()) co_return http::Chunk::end();
        http::Chunk chunk;
        chunk.bytes = base::Bytes(std::string_view(work_->output));
        co_return std::move(chunk);
    }

private:
    std::shared_ptr<Work> work_;
    bool is_first_ = true;
    bool goes_on_ = true;
};

}  // namespace

std::unique_ptr<http::Body::Source> make_listing_body(io::Descriptor directory, ListingOptions options,
                                                      Places::Place place)
{
    return std::make_unique<ListingBody>(std::move(directory), std::move(options), std::move(place));
}

}  // namespace cais::files
