// The listing of a folder as a document: HTML, JSON, plain text or CSV, sorted, written piece by piece, in memory that
// does not grow with the folder.
//
// What is listed is what a GET would answer: folders and regular files. Left out are names that begin with a dot,
// without a word, and, counted as omitted: FIFOs, sockets and devices, names that are no UTF-8 (the server refuses such
// paths), symbolic links that lead nowhere or where the server does not follow. A link is shown as what it leads to.
//
// A folder that changes while it is listed: a member that went away before its row is left out, one that came may be
// missing, and in a folder too large for one pass (selection.h) one whose size or time changed may be missing or stand
// twice. A folder that is removed ends its listing; the document is whole in every case.
#pragma once
#include "base/result.h"
#include "modules/files/directory_reader.h"
#include "modules/files/listing_form.h"
#include "modules/files/listing_order.h"
#include "modules/files/selection.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cais::files {

// The value of Content-Type for a listing in this form.
[[nodiscard]] std::string_view content_type(Format format) noexcept;

// The value of Content-Security-Policy for a listing in HTML: its own style and script, by their hashes, and nothing
// else.
[[nodiscard]] std::string_view listing_csp() noexcept;

struct ListingOptions {
    Format format = Format::html;
    Order order = {};
    std::string path = "/";               // the folder's in the URL, decoded: UTF-8 that begins and ends with a slash
    MediaTypeOf media_type_of = nullptr;  // without it, JSON and CSV say no media types

    // Opens what the symbolic link `name` in this folder leads to, with O_PATH and by the server's rules for links, and
    // gives the descriptor, or -1 where it leads nowhere. Called where next() is. Without it every link is omitted.
    std::move_only_function<int(const char* name)> open_link = {};

    std::size_t memory_bytes = std::size_t{448} << 10;  // for the members of one pass; at least 8 KiB
};

// One listing of one directory. Not for two threads at once; each call may be on another.
class Listing {
public:
    // `directory_fd` is an open directory at its start, owned from here on.
    Listing(int directory_fd, ListingOptions options);
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;
    ~Listing();

    // Appends the next piece of the document to `output`, some 64 KiB at most; false when it has ended. Blocks.
    // The first piece is the document's beginning and needs no look at the directory. A call reads a few thousand
    // members at most and gives the thread back, so it MAY APPEND NOTHING and still want to be called again. Memory
    // options.memory_bytes and a buffer of 32 KiB, of which no more is touched than a small folder fills. Errors
    // exhausted: no memory. Whatever the file system says, where it fails: the document is cut off then, and
    //           the response has to end as one that failed.
    [[nodiscard]] Result<bool> next(std::string& output);

private:
    struct Attributes {
        std::uint64_t size = 0;
        std::int64_t modified = 0;
        bool folder = false;
    };
    enum class State : std::uint8_t { begin, collect, write, ended };

    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> collect();
    void offer(const DirectoryEntry& entry);
    void write(std::string& output);
    [[nodiscard]] Result<void> finish_pass(std::string& output);
    [[nodiscard]] bool look(const char* name, bool& link, Attributes& attributes);

    ListingOptions options_;
    DirectoryReader reader_;
    std::unique_ptr<ListingForm> form_;
    State state_ = State::begin;

    std::span<std::byte> memory_;
    std::optional<Selection> selection_;
    std::span<const Selection::Member> sorted_;
    std::size_t written_ = 0;  // of sorted_

    ListingTotals totals_;
    bool first_pass_ = true;
    std::uint64_t seen_ = 0;  // members of the first pass
    std::uint64_t rows_ = 0;  // members of all passes so far
};

}  // namespace cais::files
