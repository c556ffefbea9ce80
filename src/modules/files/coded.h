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

// One file being coded, on the pool, a step at a time and only while somebody reads.
class CodedRun final : public base::Counted {
public:
    // `keeps`: every piece stays, so that several may read; otherwise one reader takes them as they come.
    enum class Keeps : unsigned char { no, yes };
    CodedRun(base::Shared<const Representation> from, http::ContentCoding coding, Keeps keeps);

    // The piece at `index`, in order. Null: the content has ended before it. For a run that keeps nothing, `index` is
    // that of the last call or the next.
    [[nodiscard]] static io::Task<Result<const std::string*>> piece(base::Shared<CodedRun> run, std::size_t index);

    [[nodiscard]] bool has_ended() const noexcept { return state_ == State::ended; }
    [[nodiscard]] bool has_failed() const noexcept { return fault_.has_value(); }
    // Of what was made so far.
    [[nodiscard]] std::uint64_t length() const noexcept { return made_; }
    [[nodiscard]] const std::vector<std::unique_ptr<const std::string>>& pieces() const noexcept { return pieces_; }
    // All of it in a file in memory, once settle_in_memory() has put it there.
    [[nodiscard]] const base::Shared<const http::OpenFile>& file() const noexcept { return file_; }
    void settle_in_memory();

private:
    enum class State : unsigned char { resting, working, ended };
    static void step(base::Shared<CodedRun> run);
    void work();     // on the pool
    void stepped();  // on the loop

    base::Shared<const Representation> from_;
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
};

class CodedCache {
public:
    static constexpr std::size_t most_memory = 32 * 1024 * 1024;
    static constexpr std::uint64_t most_entry = 1024 * 1024;       // of a result
    static constexpr std::uint64_t most_shared = 8 * 1024 * 1024;  // of a file, to be coded once for several

    // The run that codes `from`, begun or done, or a new one.
    [[nodiscard]] base::Shared<CodedRun> run(const base::Shared<const Representation>& from,
                                             http::ContentCoding coding);

    // After a reader has come to the end: keeps what fits, forgets what does not.
    void settle();
    // The same for one run that has ended, which several may ask for again.
    void settle(const base::Shared<CodedRun>& run);
    // Lets go of what nobody has asked for since the last call but one.
    void tend();

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
    };
    // Results in a file in memory leave faster than those that are copied for each receiver; each takes a descriptor.
    static constexpr std::size_t most_files = 128;

    void forget(std::list<Entry>::iterator entry);

    std::list<Entry> entries_;  // the one asked for last is first
    std::size_t files_ = 0;
    std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key_;
};

// The run's content as a body: octets of known length where it has ended, else as it is made.
[[nodiscard]] http::Body body_of(const base::Shared<CodedRun>& run);

}  // namespace cais::files
