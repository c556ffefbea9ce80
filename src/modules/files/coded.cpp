#include "modules/files/coded.h"

#include "io/pool.h"

#include <algorithm>
#include <new>

#include <unistd.h>

namespace cais::files {
namespace {

constexpr auto step_limit = std::chrono::seconds(60);

// gzip's thorough level costs a tenth of a millisecond more for 100 KiB and saves a twentieth of what is sent each time
// from then on; the others' costs more than it saves.
constexpr http::Effort effort_for(http::ContentCoding coding)
{
    return coding == http::ContentCoding::gzip ? http::Effort::thorough : http::Effort::quick;
}

}  // namespace

CodedRun::CodedRun(base::Shared<const Representation> from, http::ContentCoding coding, Keeps keeps,
                   base::Shared<CodedTally> tally)
    : from_(std::move(from))
    , size_(from_->size())
    , coding_(coding)
    , keeps_(keeps)
    , tally_(std::move(tally))
{
    if (is_long()) ++tally_->under_way;
    count(keeps_ == Keeps::yes ? size_ : std::min(size_, most_a_step));
}

CodedRun::~CodedRun()
{
    if (is_long() && state_ != State::ended) --tally_->under_way;
    count(0);
}

void CodedRun::count(std::size_t memory) noexcept
{
    tally_->memory += memory - counted_;
    counted_ = memory;
}

void CodedRun::step(base::Shared<CodedRun> run)
{
    if (run->state_ != State::resting) return;
    run->state_ = State::working;
    io::Loop& loop = *io::Loop::current();
    // The holder is moved, never copied, to the pool and back: its count belongs to this loop.
    loop.pool().submit([run = std::move(run), &loop]() mutable {
        run->work();
        loop.post([run = std::move(run)] { run->stepped(); });
    });
}

void CodedRun::work()
{
    try {
        code_step();
    } catch (const std::bad_alloc&) {
        step_fault_ = Error{Error::exhausted, 0, "no memory to code content", ""};
    }
    if (step_was_last_ || step_fault_) encoder_.reset();  // here, where its memory is kept for the next
}

void CodedRun::code_step()
{
    if (!encoder_) encoder_ = http::make_encoder(coding_, effort_for(coding_), size_);
    const std::uint64_t size = size_;
    if (const std::string* content = from_->content()) {
        if (auto coded = encoder_->encode(*content, http::Last::yes, output_); !coded) step_fault_ = coded.error();
        read_ = size;
        step_was_last_ = true;
        return;
    }
    std::string input;
    const std::uint64_t until = std::min(size, read_ + most_a_step);
    input.resize_and_overwrite(64 * 1024, [](char*, std::size_t length) { return length; });
    while (read_ < until) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), until - read_));
        const ssize_t got = ::pread(from_->file()->fd(), input.data(), wanted, static_cast<off_t>(read_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) step_fault_ = fail_errno("read a file").error();
        else if (got == 0) step_fault_ = Error{Error::ended, 0, "the file became shorter while it was sent", ""};
        if (step_fault_) return;
        const auto piece = static_cast<std::size_t>(got);
        read_ += piece;
        // A file that changed in place must not end as if it were whole.
        if (read_ == size && !from_->file()->is_unchanged()) {
            step_fault_ = Error{Error::ended, 0, "the file changed while it was sent", ""};
            return;
        }
        auto coded = encoder_->encode(std::string_view(input).substr(0, piece),
                                      read_ == size ? http::Last::yes : http::Last::no, output_);
        if (!coded) step_fault_ = coded.error();
        if (step_fault_) return;
    }
    step_was_last_ = read_ == size;
}

void CodedRun::stepped()
{
    state_ = State::resting;
    if (step_fault_) fault_ = step_fault_;
    if (!output_.empty() && !fault_) {
        output_.shrink_to_fit();
        made_ += output_.size();
        pieces_.push_back(std::make_unique<const std::string>(std::exchange(output_, {})));
    }
    if (fault_ || step_was_last_) end();
    for (io::Event* event : std::exchange(waiting_, {})) event->set();
}

void CodedRun::end() noexcept
{
    state_ = State::ended;
    if (is_long()) --tally_->under_way;
    from_ = {};
    output_ = {};
    std::size_t held = 0;
    for (const auto& piece : pieces_) held += piece->size();
    count(held);
}

io::Task<Result<const std::string*>> CodedRun::piece(base::Shared<CodedRun> run, std::size_t index)
{
    if (run->keeps_ == Keeps::no) {
        while (run->first_piece_ < index && !run->pieces_.empty()) {
            if (run->has_ended()) run->count(run->counted_ - run->pieces_.front()->size());
            run->pieces_.erase(run->pieces_.begin());
            ++run->first_piece_;
        }
    }
    for (;;) {
        if (index - run->first_piece_ < run->pieces_.size()) co_return run->pieces_[index - run->first_piece_].get();
        if (run->fault_) co_return std::unexpected(*run->fault_);
        if (run->state_ == State::ended) co_return nullptr;
        io::Event made;
        run->waiting_.push_back(&made);
        step(run);
        auto waited = co_await made.wait(step_limit);
        std::erase(run->waiting_, &made);
        if (!waited) co_return std::unexpected(waited.error());
    }
}

void CodedRun::settle_in_memory()
{
    std::string all;
    if (pieces_.size() != 1) {
        for (const auto& piece : pieces_) all += *piece;
    }
    file_ = http::OpenFile::in_memory(pieces_.size() == 1 ? *pieces_[0] : all);
    if (file_) pieces_.clear();
}

base::Shared<CodedRun> CodedCache::known(const Representation& from, http::ContentCoding coding)
{
    const auto found = by_key_.find(Key{from.identity(), coding});
    if (found == by_key_.end()) return {};
    const auto entry = found->second;
    CodedRun& run = *entry->run;
    if (run.fault()) {
        forget(entry);
        return {};
    }
    entry->unused = 0;
    if (entry->is_kept && entry != kept_.begin()) kept_.splice(kept_.begin(), kept_, entry);
    // The second who asks for it is the first of many; and no body refers to its pieces.
    if (run.has_ended() && !run.file() && entry->run.holders() == 1 && run.length() > most_kept_content &&
        run.length() <= most_entry && files_ < most_files_) {
        run.settle_in_memory();
        if (run.file()) ++files_;
    }
    return entry->run;
}

base::Shared<CodedRun> CodedCache::run(const base::Shared<const Representation>& from, http::ContentCoding coding)
{
    const bool may_be_shared = from->size() <= most_shared && from->may_be_kept();
    if (may_be_shared)
        if (auto run = known(*from, coding)) return run;
    sort_begun();
    if (tally_->under_way >= most_under_way && from->size() > CodedRun::most_a_step) return {};
    if (begun_.size() >= most_begun) return {};
    const bool is_shared = may_be_shared && tally_->memory + from->size() <= most_alive;
    if (!is_shared) {
        if (tally_->memory + CodedRun::most_a_step > most_alive) return {};
        return base::make_counted<CodedRun>(from, coding, CodedRun::Keeps::no, tally_);
    }
    auto begun = base::make_counted<CodedRun>(from, coding, CodedRun::Keeps::yes, tally_);
    const Key key{from->identity(), coding};
    begun_.push_front({key, begun});
    by_key_.emplace(key, begun_.begin());
    return begun;
}

// What has ended is kept where it fits; what has failed, or was begun and has no reader left, goes.
// Cost: as many as may be under way, whatever is kept.
void CodedCache::sort_begun()
{
    for (auto entry = begun_.begin(); entry != begun_.end();) {
        const auto next = std::next(entry);
        const CodedRun& run = *entry->run;
        const bool is_wanted = run.has_ended() ? !run.fault() && run.length() <= most_entry : entry->run.holders() > 1;
        if (!is_wanted) {
            forget(entry);
        } else if (run.has_ended()) {
            entry->is_kept = true;
            memory_ += memory_of(*entry);
            kept_.splice(kept_.begin(), begun_, entry);
        }
        entry = next;
    }
    while (memory_ > most_memory) forget(std::prev(kept_.end()));
}

void CodedCache::forget(Entries::iterator entry)
{
    if (entry->run->file()) --files_;
    by_key_.erase(entry->key);
    if (entry->is_kept) {
        memory_ -= memory_of(*entry);
        kept_.erase(entry);
    } else {
        begun_.erase(entry);
    }
}

void CodedCache::tend()
{
    sort_begun();
    for (auto entry = kept_.begin(); entry != kept_.end();) {
        const auto next = std::next(entry);
        if (++entry->unused > 12) forget(entry);
        entry = next;
    }
}

namespace {

class CodedBody final : public http::Body::Source {
public:
    explicit CodedBody(base::Shared<CodedRun> run) noexcept
        : run_(std::move(run))
    {
    }

    // Only where it has ended already: the head says so, and a run that fails has no length.
    [[nodiscard]] std::optional<std::uint64_t> length() const override
    {
        if (!run_->has_ended() || run_->fault() || run_->keeps() == CodedRun::Keeps::no) return std::nullopt;
        return run_->length();
    }

    io::Task<Result<http::Chunk>> read() override
    {
        auto piece = co_await CodedRun::piece(run_, next_);
        if (!piece) co_return std::unexpected(piece.error());
        if (*piece == nullptr) co_return http::Chunk::end();
        ++next_;
        http::Chunk chunk;
        // A piece stays as long as its run, or until the next read where the run keeps nothing.
        chunk.bytes = base::Bytes(std::string_view(**piece), base::Shared<const base::Counted>(run_));
        co_return chunk;
    }

private:
    base::Shared<CodedRun> run_;
    std::size_t next_ = 0;
};

}  // namespace

http::Body body_of(const base::Shared<CodedRun>& run)
{
    if (run->file()) return http::Body(http::FileSlice{run->file(), 0, run->length()});
    if (run->has_ended() && !run->fault() && run->pieces().size() == 1 && run->length() == run->pieces()[0]->size())
        return http::Body(base::Bytes(std::string_view(*run->pieces()[0]), base::Shared<const base::Counted>(run)));
    return http::Body(std::unique_ptr<http::Body::Source>(std::make_unique<CodedBody>(run)));
}

}  // namespace cais::files
