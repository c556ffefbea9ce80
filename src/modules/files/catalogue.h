// What one loop knows of the tree: pages with their forms, each checked against the disk once a turn of the loop by one
// statx by path (and one of its folder, where forms may appear and go), so that a change shows in the next request.
#pragma once
#include "base/shared.h"
#include "io/task.h"
#include "modules/files/folder.h"
#include "modules/files/folder_scan.h"
#include "modules/files/places.h"
#include "modules/files/representation.h"
#include "modules/files/root.h"

#include <array>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cais::files {

// One file that is a form of a page.
struct Form {
    std::string name;  // below the root; empty: there is none
    base::Shared<const Representation> loaded = {};
    std::uint64_t checked_turn = 0;
};

// A page in one language, in its codings.
struct Alternative {
    std::string language;
    const http::KnownType* type = &http::unknown_type;
    std::array<Form, http::content_coding_count> forms;  // by coding; identity is always there
    bool has_codings = false;
};

// Of one page; what comes beyond is as if it were not there.
inline constexpr std::size_t most_languages = 32;

// A path that leads to a file.
class Page final : public base::Counted {
public:
    std::string path;  // below the root
    base::Shared<Folder> folder;
    std::string folder_path;
    std::vector<Alternative> alternatives;  // at least one, at most most_languages; the first is the default
    bool varies_by_language = false;
    bool varies_by_coding = false;  // by what lies there; a coding made on the fly is the caller's
};

class Catalogue {
public:
    struct Bounds {
        std::size_t pages = 4096;
        std::size_t memory = 16 * 1024 * 1024;  // of what is kept of their content
        std::size_t open_files = 128;
        unsigned jobs = 1024;  // on the pool at once, whoever waits for them; what is beyond is refused
    };
    Catalogue(Root root, Bounds bounds)
        : root_(std::move(root))
        , bounds_(bounds)
        , jobs_(bounds.jobs)
    {
    }

    // The page at `path`, if it is known and its folder is unchanged; null otherwise.
    [[nodiscard]] base::Shared<Page> known(std::string_view path);
    // The same for who takes the page itself, whatever forms lie beside it: its folder may have changed less than
    // `forms_time` ago. Null, too, where there are only forms.
    [[nodiscard]] base::Shared<Page> known_itself(std::string_view path);
    static constexpr base::Duration forms_time = std::chrono::milliseconds(100);
    // Its form as it is now, if it is known and unchanged; null otherwise. Valid while the page is held.
    [[nodiscard]] const Representation* known(Page& page, Form& form);

    // What lies at `path`: a page, or a directory that is open.
    // Errors    not_found, denied, exhausted, …; not_found without an errno: neither a file nor a folder.
    struct Found {
        base::Shared<Page> page = {};
        io::Descriptor directory = {};
    };
    [[nodiscard]] io::Task<Result<Found>> find(std::string path);
    // Its form, read anew.
    [[nodiscard]] io::Task<Result<base::Shared<const Representation>>> load(base::Shared<Page> page,
                                                                            Alternative& alternative, Form& form);

    // Lets go of what nobody has asked for since the last call: an open file keeps a removed one's space.
    void tend();

    // Reads what lies there without waiting if that can be, else on the pool.
    [[nodiscard]] io::Task<Result<Representation::Loaded>> read(Representation::Presentation presentation);

    // How much is kept now, and how often the disk was looked at to see whether it is what it was.
    [[nodiscard]] std::size_t pages() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t memory() const noexcept { return memory_; }
    [[nodiscard]] std::size_t open_files() const noexcept { return open_files_; }
    [[nodiscard]] std::uint64_t looks() const noexcept { return looks_; }
    // Folders that were read so far.
    [[nodiscard]] std::uint64_t scans() const noexcept { return scanned_; }

private:
    struct Entry {
        base::Shared<Page> page;
        std::size_t memory = 0;
        std::size_t files = 0;
        bool is_used = true;
    };
    struct KnownFolder {
        base::Shared<Folder> folder;
        bool is_used = true;
    };
    using Entries = std::list<Entry>;

    [[nodiscard]] bool is_now(const char* path, const http::FileIdentity& identity);
    [[nodiscard]] bool is_current(const std::string& path, Folder& folder);
    [[nodiscard]] base::Shared<Page> used(Entries::iterator entry);
    [[nodiscard]] base::Shared<Folder> known_folder(const std::string& path);
    [[nodiscard]] io::Task<Result<base::Shared<Folder>>> folder(std::string path);
    void keep(const std::string& path, const FolderScan& scan);
    void let_go_of_folders();
    void keep(const base::Shared<Page>& page);
    void account(Entry& entry);
    void forget(Entries::iterator entry);

    Root root_;
    Bounds bounds_;
    Places jobs_;
    Entries entries_;  // the one asked for last is first
    std::unordered_map<std::string_view, Entries::iterator> by_path_;
    std::unordered_map<std::string, KnownFolder> folders_;
    std::unordered_map<std::string, base::Shared<FolderScan>> scans_;  // under way, or ended and not yet noticed
    base::Shared<FolderTally> folder_tally_ = base::make_counted<FolderTally>();
    std::uint64_t moments_ = 0;  // in which somebody came for a folder, or a scan began
    std::uint64_t looks_ = 0;
    std::uint64_t scanned_ = 0;
    std::size_t memory_ = 0;
    std::size_t open_files_ = 0;
};

}  // namespace cais::files
