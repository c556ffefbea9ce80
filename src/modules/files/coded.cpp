#include "modules/files/coded.h"

#include "io/pool.h"

#include <algorithm>

#include <unistd.h>

namespace cais::files {
namespace {

constexpr std::uint64_t most_read_a_step = 256 * 1024;
constexpr auto step_limit = std::chrono::seconds(60);

// gzip's thorough level costs a tenth of a millisecond more for 100 KiB and saves a twentieth of what is sent each time
// from then on; the others' costs more than it saves.
constexpr http::Effort effort_for(http::ContentCoding coding)
{
    return coding == http::ContentCoding::gzip ? http::Effort::thorough : http::Effort::quick;
}

}  // namespace

CodedRun::CodedRun(base::Shared<const Representation> from, http::ContentCoding coding, Keeps keeps)
    : from_(std::move(from))
    , coding_(coding)
    , keeps_(keeps)
{
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
    if (!encoder_) encoder_ = http::make_encoder(coding_, effort_for(coding_), from_->size());
    const std::uint64_t size = from_->size();
    if (const std::string* content = from_->content()) {
        if (auto coded = encoder_->encode(*content, http::Last::yes, output_); !coded) step_fault_ = coded.error();
        read_ = size;
        step_was_last_ = true;
    } else {
        std::string input;
        const std::uint64_t until = std::min(size, read_ + most_read_a_step);
        input.resize_and_overwrite(64 * 1024, [](char*, std::size_t length) { return length; });
        do {
            const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), until - read_));
            const ssize_t got = ::pread(from_->file()->fd(), input.data(), wanted, static_cast<off_t>(read_));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) step_fault_ = fail_errno("read a file").error();
            else if (static_cast<std::size_t>(got) != wanted)
                step_fault_ = Error{Error::ended, 0, "the file became shorter while it was sent", ""};
            if (step_fault_) break;
            read_ += wanted;
            // A file that changed in place must not end as if it were whole.
            if (read_ == size && !from_->file()->is_unchanged()) {
                step_fault_ = Error{Error::ended, 0, "the file changed while it was sent", ""};
                break;
            }
            auto coded = encoder_->encode(std::string_view(input).substr(0, wanted),
                                          read_ == size ? http::Last::yes : http::Last::no, output_);
            if (!coded) step_fault_ = coded.error();
        } while (!step_fault_ && read_ < until);
        step_was_last_ = read_ == size;
    }
    if (step_was_last_ || step_fault_) encoder_.reset();  // here, where its memory is kept for the next
}

void CodedRun::stepped()
{
    state_ = State::resting;
    if (!output_.empty()) {
        output_.shrink_to_fit();
        made_ += output_.size();
        pieces_.push_back(std::make_unique<const std::string>(std::exchange(output_, {})));
    }
    if (step_fault_) fault_ = step_fault_;
    if (fault_ || step_was_last_) {
        state_ = State::ended;
        from_ = {};
    }
    for (io::Event* event : std::exchange(waiting_, {})) event->set();
}

io::Task<Result<const std::string*>> CodedRun::piece(base::Shared<CodedRun> run, std::size_t index)
{
    if (run->keeps_ == Keeps::no) {
        while (run->first_piece_ < index && !run->pieces_.empty()) {
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

base::Shared<CodedRun> CodedCache::run(const base::Shared<const Representation>& from, http::ContentCoding coding)
{
    const bool is_shared = from->size() <= most_shared && from->may_be_kept();
    if (!is_shared) return base::make_counted<CodedRun>(from, coding, CodedRun::Keeps::no);
    const Key key{from->identity(), coding};
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        if (!found->second->run->has_failed()) {
            found->second->unused = 0;
            if (found->second != entries_.begin()) entries_.splice(entries_.begin(), entries_, found->second);
            return found->second->run;
        }
        forget(found->second);
    }
    entries_.push_front({key, base::make_counted<CodedRun>(from, coding, CodedRun::Keeps::yes)});
    by_key_.emplace(key, entries_.begin());
    auto begun = entries_.front().run;
    settle();
    return begun;
}

void CodedCache::settle()
{
    std::size_t memory = 0;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        const auto next = std::next(entry);
        const bool is_too_large = entry->run->has_ended() && entry->run->length() > most_entry;
        memory += entry->run->length();
        if (entry->run->has_failed() || is_too_large || memory > most_memory || entries_.size() > 65536) {
            memory -= entry->run->length();
            forget(entry);
        }
        entry = next;
    }
}

void CodedCache::forget(std::list<Entry>::iterator entry)
{
    if (entry->run->file()) --files_;
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

void CodedCache::settle(const base::Shared<CodedRun>& run)
{
    // Nobody but the cache and the caller: no body refers to its pieces.
    const bool is_worth_it = run->length() > most_kept_content && run->length() <= most_entry && run.holders() == 2;
    if (!run->has_ended() || run->has_failed() || run->file() || !is_worth_it || files_ >= most_files) return;
    run->settle_in_memory();
    if (run->file()) ++files_;
}

void CodedCache::tend()
{
    settle();
    for (auto entry = entries_.begin(); entry != entries_.end();) {
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
    if (run->has_ended() && !run->has_failed() && run->pieces().size() == 1)
        return http::Body(base::Bytes(std::string_view(*run->pieces()[0]), base::Shared<const base::Counted>(run)));
    return http::Body(std::unique_ptr<http::Body::Source>(std::make_unique<CodedBody>(run)));
}

}  // namespace cais::files
