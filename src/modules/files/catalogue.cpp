#include "modules/files/catalogue.h"

#include "io/loop.h"
#include "io/pool.h"

#include <algorithm>

#include <sys/stat.h>

namespace cais::files {
namespace {

constexpr std::size_t most_folders = 512;
constexpr std::size_t most_folder_memory = std::size_t{16} << 20;
constexpr auto read_limit = std::chrono::seconds(30);  // a disk that takes longer is as good as none

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string name_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

bool Catalogue::is_now(const char* path, const http::FileIdentity& identity)
{
    struct ::statx status;
    ++looks_;
    return root_.status(path, status) && http::FileIdentity::of(status) == identity;
}

bool Catalogue::is_current(const std::string& path, Folder& folder)
{
    const auto& loop = *io::Loop::current();
    if (folder.checked_turn == loop.turn()) return true;
    if (!is_now(path.c_str(), folder.identity())) return false;
    folder.checked_turn = loop.turn();
    folder.checked = loop.now();
    return true;
}

base::Shared<Page> Catalogue::known(std::string_view path)
{
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return {};
    const auto entry = found->second;
    if (!is_current(entry->page->folder_path, *entry->page->folder)) {
        // Somebody may have read it anew already.
        const auto folder = folders_.find(entry->page->folder_path);
        if (folder != folders_.end() && folder->second.folder.get() == entry->page->folder.get())
            folders_.erase(folder);
        forget(entry);
        return {};
    }
    return used(entry);
}

base::Shared<Page> Catalogue::known_itself(std::string_view path)
{
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return {};
    const Page& page = *found->second->page;
    const bool is_there = page.alternatives.front().language.empty();
    if (!is_there || io::Loop::current()->now() - page.folder->checked >= forms_time) return {};
    return used(found->second);
}

base::Shared<Page> Catalogue::used(Entries::iterator entry)
{
    entry->is_used = true;
    if (entry != entries_.begin()) entries_.splice(entries_.begin(), entries_, entry);
    return entry->page;
}

const Representation* Catalogue::known(Page& page, Form& form)
{
    if (!form.loaded) return nullptr;
    const std::uint64_t turn = io::Loop::current()->turn();
    if (form.checked_turn == turn) return form.loaded.get();
    if (!is_now(form.name.c_str(), form.loaded->identity())) {
        form.loaded = {};
        if (const auto found = by_path_.find(page.path); found != by_path_.end() && found->second->page.get() == &page)
            account(*found->second);
        return nullptr;
    }
    form.checked_turn = turn;
    return form.loaded.get();
}

io::Task<Result<Representation::Loaded>> Catalogue::read(Representation::Presentation presentation)
{
    auto loaded = Representation::load(root_, presentation, Blocking::no);
    if (loaded || loaded.error().kind != Error::busy) co_return loaded;
    auto place = jobs_.take();
    if (!place) co_return fail(Error::exhausted, "too many files are being read");
    auto read = co_await io::Loop::current()->pool().run(
        [root = root_, presentation = std::move(presentation), place = std::move(place)] {
            return Representation::load(root, presentation, Blocking::yes);
        },
        read_limit);
    if (!read) co_return std::unexpected(read.error());
    co_return std::move(*read);
}

base::Shared<Folder> Catalogue::known_folder(const std::string& path)
{
    const auto found = folders_.find(path);
    if (found == folders_.end()) return {};
    if (!is_current(path, *found->second.folder)) {
        folders_.erase(found);
        return {};
    }
    found->second.is_used = true;
    return found->second.folder;
}

// A scan that is known to have begun after we came saw all that was there when we came. One that was under way already
// may have missed what was changed since: then it counts only if the folder is still what it was, and else one more
// scan, for all who have come meanwhile, says what is there.
io::Task<Result<base::Shared<Folder>>> Catalogue::folder(std::string path)
{
    const std::uint64_t came = ++moments_;
    for (;;) {
        if (auto folder = known_folder(path)) co_return folder;
        base::Shared<FolderScan> scan;
        if (const auto found = scans_.find(path); found != scans_.end() && !found->second->has_ended()) {
            scan = found->second;
        } else {
            // What is not there, or is no folder, needs no thread.
            auto there = root_.open_file((path + "/").c_str(), Blocking::no);
            if (!there && there.error().kind == Error::not_found) co_return std::unexpected(there.error());
            auto place = jobs_.take();
            if (!place) co_return fail(Error::exhausted, "too many folders are being read");
            scan = FolderScan::start(root_, path, std::move(place), ++moments_);
            scans_[path] = scan;
            ++scanned_;
        }
        auto waited = co_await FolderScan::ended(scan, read_limit);
        if (!waited) co_return std::unexpected(waited.error());
        if (const auto found = scans_.find(path); found != scans_.end() && found->second.get() == scan.get()) {
            scans_.erase(found);
            if (scan->result()) keep(path, *scan);
        }
        if (scan->began() > came) co_return scan->result();
    }
}

void Catalogue::keep(const std::string& path, const FolderScan& scan)
{
    const base::Shared<Folder>& folder = *scan.result();
    // Not that of now: it was looked at in that turn, and this is a later one.
    folder->checked_turn = scan.began_in_turn();
    folder->count_in(folder_tally_);
    if (!folder->may_be_kept()) return;
    if (folders_.size() >= most_folders) let_go_of_folders();
    if (folders_.size() >= most_folders) folders_.clear();
    // Pages hold folders too.
    if (folder_tally_->memory > most_folder_memory) {
        folders_.clear();
        while (!entries_.empty()) forget(entries_.begin());
    }
    folders_[path] = {folder};
}

// Of those that nobody has asked for since the last call.
void Catalogue::let_go_of_folders()
{
    std::erase_if(folders_, [](const auto& entry) { return !entry.second.is_used; });
    for (auto& entry : folders_) entry.second.is_used = false;
}

io::Task<Result<Catalogue::Found>> Catalogue::find(std::string path)
{
    const std::string folder_path = folder_of(path);
    const std::string name = name_of(path);
    auto beside = co_await folder(folder_path);
    if (!beside) co_return std::unexpected(beside.error());
    // While we waited another may have found it.
    if (auto page = known(path)) co_return Found{std::move(page), {}};

    const Representation::Presentation plain{path, &http::type_of_file(name), http::ContentCoding::identity, {}};
    const std::uint64_t turn = io::Loop::current()->turn();
    auto loaded = co_await read(plain);
    if (loaded && loaded->directory) co_return Found{{}, std::move(loaded->directory)};
    if (auto page = known(path)) co_return Found{std::move(page), {}};
    const bool is_there = loaded.has_value();
    // What is neither a file nor a folder is as if nothing were there, and so are its variants.
    if (!is_there && (loaded.error().kind != Error::not_found || loaded.error().number == 0))
        co_return std::unexpected(loaded.error());
    const auto variants = (*beside)->variants_of(name);
    if (!is_there && variants.empty()) co_return std::unexpected(loaded.error());

    auto page = base::make_counted<Page>();
    page->path = path;
    page->folder_path = folder_path;
    page->folder = *beside;
    const std::string prefix = folder_path == "." ? std::string() : folder_path + "/";
    const auto alternative_of = [&](const std::string& language) -> Alternative* {
        for (auto& alternative : page->alternatives)
            if (alternative.language == language) return &alternative;
        if (page->alternatives.size() == most_languages) return nullptr;
        auto& added = page->alternatives.emplace_back();
        added.language = language;
        added.type = plain.type;
        return &added;
    };
    if (is_there) {
        auto& form = alternative_of({})->forms[0];
        form.name = path;
        form.loaded = loaded->representation;
        form.checked_turn = turn;
    }
    for (const auto& variant : variants) {
        Alternative* alternative = alternative_of(variant.language);
        if (alternative == nullptr) continue;
        alternative->forms[static_cast<std::size_t>(variant.coding)].name = prefix + variant.name;
        if (variant.coding != http::ContentCoding::identity) alternative->has_codings = true;
    }
    // A coded form alone is no page: who takes no coding could not read it.
    std::erase_if(page->alternatives, [](const Alternative& alternative) { return alternative.forms[0].name.empty(); });
    if (page->alternatives.empty()) co_return std::unexpected(loaded.error());
    std::sort(page->alternatives.begin(), page->alternatives.end(),
              [](const auto& a, const auto& b) { return a.language < b.language; });
    page->varies_by_language = page->alternatives.size() > 1 || !page->alternatives.front().language.empty();
    page->varies_by_coding =
        std::any_of(page->alternatives.begin(), page->alternatives.end(), [](const auto& a) { return a.has_codings; });
    if (page->folder->may_be_kept() && (!is_there || loaded->representation->may_be_kept())) keep(page);
    co_return Found{std::move(page), {}};
}

io::Task<Result<base::Shared<const Representation>>> Catalogue::load(base::Shared<Page> page, Alternative& alternative,
                                                                     Form& form)
{
    const auto coding = static_cast<http::ContentCoding>(&form - alternative.forms.data());
    const std::uint64_t turn = io::Loop::current()->turn();
    auto loaded = co_await read({form.name, alternative.type, coding, alternative.language});
    if (!loaded) co_return std::unexpected(loaded.error());
    if (!loaded->representation) co_return fail(Error::not_found, "a folder where a file was");
    // While we waited another may have read it: one open file is enough.
    if (known(*page, form) != nullptr) co_return form.loaded;
    if (loaded->representation->may_be_kept()) {
        form.loaded = loaded->representation;
        form.checked_turn = turn;
        if (const auto found = by_path_.find(page->path);
            found != by_path_.end() && found->second->page.get() == page.get())
            account(*found->second);
    }
    co_return std::move(loaded->representation);
}

void Catalogue::keep(const base::Shared<Page>& page)
{
    if (const auto found = by_path_.find(page->path); found != by_path_.end()) forget(found->second);
    entries_.push_front(Entry{page});
    by_path_.emplace(entries_.front().page->path, entries_.begin());
    account(entries_.front());
}

// Counts anew what an entry holds, and makes room.
void Catalogue::account(Entry& entry)
{
    memory_ -= entry.memory;
    open_files_ -= entry.files;
    const Page& page = *entry.page;
    entry.memory = sizeof(Page) + 256 + page.path.capacity() + page.folder_path.capacity() +
                   page.alternatives.capacity() * sizeof(Alternative);
    entry.files = 0;
    for (const auto& alternative : page.alternatives) {
        for (const auto& form : alternative.forms) {
            entry.memory += form.name.capacity();
            if (!form.loaded) continue;
            entry.memory += form.loaded->memory();
            if (form.loaded->file()) ++entry.files;
        }
    }
    memory_ += entry.memory;
    open_files_ += entry.files;
    while (entries_.size() > 1 &&
           (entries_.size() > bounds_.pages || memory_ > bounds_.memory || open_files_ > bounds_.open_files))
        forget(std::prev(entries_.end()));
}

void Catalogue::forget(Entries::iterator entry)
{
    memory_ -= entry->memory;
    open_files_ -= entry->files;
    by_path_.erase(entry->page->path);
    entries_.erase(entry);
}

void Catalogue::tend()
{
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        const auto next = std::next(entry);
        if (!entry->is_used) forget(entry);
        else entry->is_used = false;
        entry = next;
    }
    let_go_of_folders();
    std::erase_if(scans_, [](const auto& entry) { return entry.second->has_ended(); });
}

}  // namespace cais::files
