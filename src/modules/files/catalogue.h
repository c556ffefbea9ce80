// What one loop knows of the tree: pages with their forms, each checked against the disk once a turn of the loop by one
// statx by path (and one of its folder, where forms may appear and go), so that a change shows in the next request.
#pragma once
#include "base/shared.h"
#include "io/task.h"
#include "modules/files/folder.h"
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

// A path that leads to a file.
class Page final : public base::Counted {
public:
    std::string path;  // below the root
    base::Shared<Folder> folder;
    std::string folder_path;
    std::vector<Alternative> alternatives;  // at least one; the first is the default
    bool varies_by_language = false;
    bool varies_by_coding = false;  // by what lies there; a coding made on the fly is the caller's
};

class Catalogue {
public:
    struct Bounds {
        std::size_t pages = 4096;
        std::size_t memory = 16 * 1024 * 1024;  // of what is kept of their content
        std::size_t open_files = 128;
    };
    Catalogue(const Root& root, Bounds bounds)
        : root_(&root)
        , bounds_(bounds)
    {
    }

    // The page at `path`, if it is known and its folder is unchanged; null otherwise.
    [[nodiscard]] base::Shared<Page> known(std::string_view path);
    // Its form as it is now, if it is known and unchanged; null otherwise. Valid while the page is held.
    [[nodiscard]] const Representation* known(Page& page, Form& form);

    // What lies at `path`: a page, or a directory that is open.
    // Errors    not_found, denied, exhausted, ….
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

private:
    struct Entry {
        base::Shared<Page> page;
        std::size_t memory = 0;
        std::size_t files = 0;
        bool is_used = true;
    };
    using Entries = std::list<Entry>;

    [[nodiscard]] bool is_current(const std::string& path, Folder& folder);
    [[nodiscard]] io::Task<Result<base::Shared<Folder>>> folder(std::string path);
    void keep(const base::Shared<Page>& page);
    void account(Entry& entry);
    void forget(Entries::iterator entry);

    const Root* root_;
    Bounds bounds_;
    Entries entries_;  // the one asked for last is first
    std::unordered_map<std::string_view, Entries::iterator> by_path_;
    std::unordered_map<std::string, base::Shared<Folder>> folders_;
    std::size_t memory_ = 0;
    std::size_t open_files_ = 0;
};

}  // namespace cais::files
