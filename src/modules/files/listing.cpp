#include "modules/files/listing.h"

#include "base/text.h"
#include "modules/files/listing_page.h"

#include <cassert>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cais::files {
namespace {

constexpr std::size_t piece_bytes = 64 << 10;
constexpr std::size_t reader_bytes = 32 << 10;
constexpr int members_a_call = 16384;  // with a statx each some 20 ms

std::unique_ptr<ListingForm> make_form(const ListingOptions& options)
{
    switch (options.format) {
    case Format::html: return make_page(options.path, options.order);
    case Format::json: return make_json(options.path, options.media_type_of);
    case Format::text: return make_text();
    case Format::csv: return make_csv(options.media_type_of);
    }
    std::unreachable();
}

}  // namespace

std::string_view content_type(Format format) noexcept
{
    switch (format) {
    case Format::html: return "text/html; charset=utf-8";
    case Format::json: return "application/json";
    case Format::text: return "text/plain; charset=utf-8";
    case Format::csv: return "text/csv; charset=utf-8; header=present";
    }
    std::unreachable();
}

std::string_view listing_csp() noexcept { return listing_policy; }

Listing::Listing(int directory_fd, ListingOptions options)
    : options_(std::move(options))
    , reader_(directory_fd)
    , form_(make_form(options_))
{
    assert(options_.path.starts_with('/') && options_.path.ends_with('/'));
}

Listing::~Listing()
{
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

Result<bool> Listing::next(std::string& output)
{
    if (state_ == State::begin) {
        form_->begin(output);
        state_ = State::collect;
        return true;
    }
    if (state_ == State::collect) {
        if (auto prepared = prepare(); !prepared) return std::unexpected(prepared.error());
        if (auto collected = collect(); !collected) return std::unexpected(collected.error());
    }
    if (state_ == State::write) {
        write(output);
        if (written_ == sorted_.size())
            if (auto finished = finish_pass(output); !finished) return std::unexpected(finished.error());
    }
    return state_ != State::ended;
}

// The memory comes from the kernel and goes back to it: a heap would keep it after the listing, one for each thread.
Result<void> Listing::prepare()
{
    if (selection_) return {};
    const std::size_t bytes = reader_bytes + options_.memory_bytes;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return fail_errno("allocate memory for a listing");
    memory_ = {static_cast<std::byte*>(memory), bytes};
    reader_.use(memory_.first(reader_bytes));
    selection_.emplace(memory_.subspan(reader_bytes), options_.order);
    return {};
}

// Offers members to this pass, until the directory has no more or this call has done enough.
Result<void> Listing::collect()
{
    DirectoryEntry entry;
    for (int i = 0; i < members_a_call; ++i) {
        auto more = reader_.next(entry);
        if (!more) return std::unexpected(more.error());
        if (!*more) {
            sorted_ = selection_->sorted();
            written_ = 0;
            state_ = State::write;
            return {};
        }
        if (entry.name[0] != '.') offer(entry);
    }
    return {};
}

void Listing::offer(const DirectoryEntry& entry)
{
    const auto omit = [this] {
        if (first_pass_) ++totals_.omitted;
    };
    if (first_pass_) ++seen_;
    if (!base::is_utf8(entry.view())) return omit();

    // By name, the directory says enough, and only what is shown is looked at, when its row is written.
    Attributes attributes{.folder = entry.type == DT_DIR};
    bool link = entry.type == DT_LNK;
    const bool known = entry.type == DT_DIR || entry.type == DT_REG;
    if (!known && !link && entry.type != DT_UNKNOWN) return omit();
    const auto [by, direction] = options_.order;
    if ((!known || by != Order::name) && !look(entry.name, link, attributes)) return omit();

    switch (by) {
    case Order::name:
        selection_->add({rank_of_name(entry.view(), direction), entry.view(), attributes.folder}, 0, link);
        break;
    case Order::size:
        selection_->add({rank_of_size(attributes.size, direction), entry.view(), attributes.folder},
                        static_cast<std::uint64_t>(attributes.modified), link);
        break;
    case Order::time:
        selection_->add({rank_of_time(attributes.modified, direction), entry.view(), attributes.folder},
                        attributes.size, link);
        break;
    }
}

// Writes rows until the piece is full or none is left.
void Listing::write(std::string& output)
{
    const auto [by, direction] = options_.order;
    const bool only_names = options_.format == Format::text;
    const std::size_t start = output.size();
    while (written_ < sorted_.size() && output.size() - start < piece_bytes) {
        const auto& member = sorted_[written_++];
        const std::string_view name = selection_->name(member);
        Attributes attributes{.folder = member.folder};
        if (by == Order::size) {
            attributes.size = size_of_rank(member.rank, direction);
            attributes.modified = static_cast<std::int64_t>(member.detail);
        } else if (by == Order::time) {
            attributes.size = member.detail;
            attributes.modified = time_of_rank(member.rank, direction);
        } else if (!only_names) {
            bool link = member.link;
            // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): Selection::name says that a zero follows
            if (!look(name.data(), link, attributes)) continue;  // it went away
        }
        ++(attributes.folder ? totals_.folders : totals_.files);
        totals_.bytes += attributes.size;
        form_->row(output, {name, attributes.size, attributes.modified, attributes.folder});
    }
}

// The next pass, or the end of the document.
Result<void> Listing::finish_pass(std::string& output)
{
    rows_ += sorted_.size();
    first_pass_ = false;
    // Members that change all the time could go on for ever: none is waited for twice.
    if (selection_->has_more() && rows_ < 2 * seen_) {
        selection_->next_pass();
        state_ = State::collect;
        return reader_.rewind();
    }
    form_->end(output, totals_);
    state_ = State::ended;
    return {};
}

// What a member is now; false where it is gone or is nothing that is shown. `link`: it is known to be a symbolic link;
// set where it turns out to be one.
bool Listing::look(const char* name, bool& link, Attributes& attributes)
{
    constexpr unsigned wanted = STATX_TYPE | STATX_SIZE | STATX_MTIME;
    // A size or time that a network file system knows is good enough here, and no listing mounts anything.
    constexpr int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
    struct statx status{};
    if (!link) {
        if (::statx(reader_.fd(), name, AT_SYMLINK_NOFOLLOW | flags, wanted, &status) != 0) return false;
        link = S_ISLNK(status.stx_mode);
    }
    if (link) {
        const int target = options_.open_link ? options_.open_link(name) : -1;
        if (target < 0) return false;
        const int result = ::statx(target, "", AT_EMPTY_PATH | flags, wanted, &status);
        ::close(target);
        if (result != 0) return false;
    }
    if (!S_ISREG(status.stx_mode) && !S_ISDIR(status.stx_mode)) return false;
    attributes.folder = S_ISDIR(status.stx_mode);
    attributes.size = attributes.folder ? 0 : status.stx_size;
    attributes.modified = status.stx_mtime.tv_sec;
    return true;
}

}  // namespace cais::files
