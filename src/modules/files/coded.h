// Files in a content coding, made on the fly: streamed while they are made, and kept while they fit, so that one loop
// never codes the same state of a file twice. Two who ask at once share one run.
#pragma once
#include "base/shared.h"
#include "http/body.h"
#include "http/content_coding.h"
#include "http/content_encoder.h"
#include "io/loop.h"
#include "modules/files/representation.h"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cais::files {

// What the runs of one loop hold, whoever holds them: a reader may be slow, and the cache may have let go long ago.
struct CodedTally final : base::Counted {
    std::size_t memory = 0;  // of results, and what those under way may come to
    unsigned under_way = 0;  // that take more than a step: each keeps an encoder of some 2 MiB and an open file
};

// One file being coded, on the pool, a step at a time and only while somebody reads.
class CodedRun final : public base::Counted {
public:
    // `yes`: every piece stays, so that several may read; otherwise one reader takes them as they come.
    enum class Keeps : unsigned char { no, yes };
    static constexpr std::uint64_t most_a_step = 256 * 1024;  // of the file

    CodedRun(base::Shared<const Representation> from, http::ContentCoding coding, Keeps keeps,
             base::Shared<CodedTally> tally);
    ~CodedRun() override;

    // The piece at `index`, in order. Null: the content has ended before it. For a run that keeps nothing, `index` is
    // that of the last call or the next.
    // Errors    ended: the file is not what it was when the run began.
    [[nodiscard]] static io::Task<Result<const std::string*>> piece(base::Shared<CodedRun> run, std::size_t index);

    [[nodiscard]] Keeps keeps() const noexcept { return keeps_; }
    [[nodiscard]] bool has_ended() const noexcept { return state_ == State::ended; }
    // What it failed with, if it did.
    [[nodiscard]] const std::optional<Error>& fault() const noexcept { return fault_; }
    // Of what was made so far.
    [[nodiscard]] std::uint64_t length() const noexcept { return made_; }
    [[nodiscard]] const std::vector<std::unique_ptr<const std::string>>& pieces() const noexcept { return pieces_; }
    // All of it in a file in memory, once settle_in_memory() has put it there.
    [[nodiscard]] const base::Shared<const http::OpenFile>& file() const noexcept { return file_; }
    // It has ended, and nobody reads its pieces.
    void settle_in_memory();

private:
    enum class State : unsigned char { resting, working, ended };
    static void step(base::Shared<CodedRun> run);
    void work();       // on the pool
    void code_step();  // the same
    void stepped();    // on the loop
    void end() noexcept;
    [[nodiscard]] bool is_long() const noexcept { return size_ > most_a_step; }
    void count(std::size_t memory) noexcept;

    base::Shared<const Representation> from_;
    std::uint64_t size_;  // of what it is made from
    http::ContentCoding coding_;
    Keeps keeps_;
    State state_ = State::resting;
    http::EncoderPointer encoder_;
    std::uint64_t read_ = 0;
    std::uint64_t made_ = 0;
    // What a step made; the pool's while working.
    std::string output_;
    std::optional<Error> step_fault_;
    bool step_was_last_ = false;

    std::optional<Error> fault_;
    std::vector<std::unique_ptr<const std::string>> pieces_;
    std::size_t first_piece_ = 0;  // the index of pieces_[0]
    std::vector<io::Event*> waiting_;
    base::Shared<const http::OpenFile> file_;
    base::Shared<CodedTally> tally_;
    std::size_t counted_ = 0;  // of ours, in the tally
};

class CodedCache {
public:
    static constexpr std::size_t most_memory = 32 * 1024 * 1024;   // of what is kept
    static constexpr std::uint64_t most_entry = 1024 * 1024;       // of a result
    static constexpr std::uint64_t most_shared = 8 * 1024 * 1024;  // of a file, to be coded once for several
    static constexpr std::size_t most_alive = 2 * most_memory;     // with what readers still hold
    static constexpr unsigned most_under_way = 32;                 // of those that take long
    static constexpr std::size_t most_begun = 256;                 // with those that do not

    // Results in a file in memory leave faster than those that are copied for each receiver; each takes a descriptor.
    explicit CodedCache(std::size_t most_files = 128) noexcept
        : most_files_(most_files)
    {
    }

    // The run that codes `from`, begun or done, which several may read; null where there is none.
    [[nodiscard]] base::Shared<CodedRun> known(const Representation& from, http::ContentCoding coding);
    // The same, or a new one; null where no more can be taken on now: the content goes as it is then.
    [[nodiscard]] base::Shared<CodedRun> run(const base::Shared<const Representation>& from,
                                             http::ContentCoding coding);

    // Lets go of what nobody has asked for in the last twelve calls, and of what was begun and has no reader left.
    void tend();

    // What is kept, and what is begun.
    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }
    [[nodiscard]] std::size_t memory() const noexcept { return memory_; }
    [[nodiscard]] std::size_t files() const noexcept { return files_; }
    [[nodiscard]] const CodedTally& tally() const noexcept { return *tally_; }

private:
    struct Key {
        http::FileIdentity file;
        http::ContentCoding coding;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const noexcept
        {
            return key.file.inode * 0x9E3779B97F4A7C15ull ^ static_cast<std::uint64_t>(key.file.changed) ^
                   (key.file.size << 20) ^ static_cast<std::size_t>(key.coding);
        }
    };
    struct Entry {
        Key key;
        base::Shared<CodedRun> run;
        unsigned unused = 0;
        bool is_kept = false;  // in kept_, and counted
    };
    using Entries = std::list<Entry>;

    static std::size_t memory_of(const Entry& entry) noexcept { return entry.run->length() + 1024; }
    void sort_begun();
    void forget(Entries::iterator entry);

    std::size_t most_files_;
    Entries begun_;  // and those that have ended since sort_begun() looked at them
    Entries kept_;   // the one asked for last is first
    std::unordered_map<Key, Entries::iterator, Hash> by_key_;
    std::size_t memory_ = 0;
    std::size_t files_ = 0;
    base::Shared<CodedTally> tally_ = base::make_counted<CodedTally>();
};

// The run's content as a body: octets of known length where it has ended, else as it is made.
[[nodiscard]] http::Body body_of(const base::Shared<CodedRun>& run);

}  // namespace cais::files
