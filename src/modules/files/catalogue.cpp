#include "modules/files/catalogue.h"

#include "io/loop.h"
#include "io/pool.h"

#include <algorithm>

#include <sys/stat.h>

namespace cais::files {
namespace {

constexpr std::size_t most_folders = 512;
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

bool Catalogue::is_current(const std::string& path, Folder& folder)
{
    const std::uint64_t turn = io::Loop::current()->turn();
    if (folder.checked_turn == turn) return true;
    struct ::statx status;
    if (!root_->status(path.c_str(), status) || !(http::FileIdentity::of(status) == folder.identity())) return false;
    folder.checked_turn = turn;
    return true;
}

base::Shared<Page> Catalogue::known(std::string_view path)
{
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return {};
    const auto entry = found->second;
    if (!is_current(entry->page->folder_path, *entry->page->folder)) {
        folders_.erase(entry->page->folder_path);
        forget(entry);
        return {};
    }
    entry->is_used = true;
    if (entry != entries_.begin()) entries_.splice(entries_.begin(), entries_, entry);
    return entry->page;
}

const Representation* Catalogue::known(Page& page, Form& form)
{
    if (!form.loaded) return nullptr;
    const std::uint64_t turn = io::Loop::current()->turn();
    if (form.checked_turn == turn) return form.loaded.get();
    struct ::statx status;
    if (!root_->status(form.name.c_str(), status) || !(http::FileIdentity::of(status) == form.loaded->identity())) {
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
    auto loaded = Representation::load(*root_, presentation, Blocking::no);
    if (loaded || loaded.error().kind != Error::busy) co_return loaded;
    // The root outlives the pool's jobs: it is the server's, as long as its loops run.
    auto read = co_await io::Loop::current()->pool().run(
        [root = root_, presentation = std::move(presentation)]() mutable {
            return Representation::load(*root, std::move(presentation), Blocking::yes);
        },
        read_limit);
    if (!read) co_return std::unexpected(read.error());
    co_return std::move(*read);
}

io::Task<Result<base::Shared<Folder>>> Catalogue::folder(std::string path)
{
    if (const auto found = folders_.find(path); found != folders_.end()) {
        if (is_current(path, *found->second)) co_return found->second;
        folders_.erase(found);
    }
    auto read = co_await io::Loop::current()->pool().run([root = root_, path] { return Folder::load(*root, path); },
                                                         read_limit);
    if (!read) co_return std::unexpected(read.error());
    if (!*read) co_return std::unexpected(read->error());
    auto folder = std::move(**read);
    folder->checked_turn = io::Loop::current()->turn();
    if (folder->may_be_kept()) {
        if (folders_.size() >= most_folders) folders_.clear();
        folders_[path] = folder;
    }
    co_return folder;
}

io::Task<Result<Catalogue::Found>> Catalogue::find(std::string path)
{
    const std::string folder_path = folder_of(path);
    const std::string name = name_of(path);
    Representation::Presentation plain{path, &http::type_of_file(name), http::ContentCoding::identity, {}};
    auto loaded = co_await read(plain);
    if (loaded && loaded->directory) co_return Found{{}, std::move(loaded->directory)};
    const bool is_there = loaded.has_value();
    // What is neither a file nor a folder is as if nothing were there, and so are its variants.
    if (!is_there && (loaded.error().kind != Error::not_found || loaded.error().number == 0))
        co_return std::unexpected(loaded.error());

    auto beside = co_await folder(folder_path);
    if (!beside) co_return std::unexpected(beside.error());
    const auto variants = (*beside)->variants_of(name);
    if (!is_there && variants.empty()) co_return std::unexpected(loaded.error());

    auto page = base::make_counted<Page>();
    page->path = path;
    page->folder_path = folder_path;
    page->folder = *beside;
    const std::string prefix = folder_path == "." ? std::string() : folder_path + "/";
    const auto alternative_of = [&](const std::string& language) -> Alternative& {
        for (auto& alternative : page->alternatives)
            if (alternative.language == language) return alternative;
        auto& added = page->alternatives.emplace_back();
        added.language = language;
        added.type = plain.type;
        return added;
    };
    if (is_there) {
        auto& form = alternative_of({}).forms[0];
        form.name = path;
        form.loaded = loaded->representation;
        form.checked_turn = io::Loop::current()->turn();
    }
    for (const auto& variant : variants) {
        auto& alternative = alternative_of(variant.language);
        alternative.forms[static_cast<std::size_t>(variant.coding)].name = prefix + variant.name;
        if (variant.coding != http::ContentCoding::identity) alternative.has_codings = true;
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
    auto loaded = co_await read({form.name, alternative.type, coding, alternative.language});
    if (!loaded) co_return std::unexpected(loaded.error());
    if (!loaded->representation) co_return fail(Error::not_found, "a folder where a file was");
    if (loaded->representation->may_be_kept()) {
        form.loaded = loaded->representation;
        form.checked_turn = io::Loop::current()->turn();
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
    entry.memory = sizeof(Page);
    entry.files = 0;
    for (const auto& alternative : entry.page->alternatives) {
        for (const auto& form : alternative.forms) {
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
    if (entries_.empty()) folders_.clear();
}

}  // namespace cais::files
