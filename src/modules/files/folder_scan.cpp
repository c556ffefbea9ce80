#include "modules/files/folder_scan.h"

#include "io/pool.h"

#include <new>

namespace cais::files {

base::Shared<FolderScan> FolderScan::start(Root root, std::string path, Places::Place place, std::uint64_t began)
{
    io::Loop& loop = *io::Loop::current();
    auto scan = base::make_counted<FolderScan>();
    scan->began_ = began;
    scan->turn_ = loop.turn();
    // A holder of its own is moved to the pool and back, never copied there: the count belongs to this loop.
    loop.pool().submit([held = scan, root = std::move(root), &loop, path = std::move(path), place = std::move(place)]() mutable {
        try {
            held->result_.emplace(Folder::load(root, path));
        } catch (const std::bad_alloc&) {
            held->result_.emplace(fail(Error::exhausted, "no memory to read a folder"));
        }
        loop.post([held = std::move(held)] {
            held->has_ended_ = true;
            for (io::Event* event : std::exchange(held->waiting_, {})) event->set();
        });
    });
    return scan;
}

io::Task<Result<void>> FolderScan::ended(base::Shared<FolderScan> scan, base::Duration limit)
{
    if (scan->has_ended_) co_return Result<void>();
    io::Event event;
    scan->waiting_.push_back(&event);
    auto waited = co_await event.wait(limit);
    std::erase(scan->waiting_, &event);
    co_return waited;
}

}  // namespace cais::files
