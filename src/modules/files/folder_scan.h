// One look through a folder on the pool, for all who wait for it: a folder may hold a million names, and everybody asks
// for something in it again as soon as it has changed.
#pragma once
#include "io/loop.h"
#include "modules/files/folder.h"
#include "modules/files/places.h"

#include <optional>
#include <string>
#include <vector>

namespace cais::files {

class FolderScan final : public base::Counted {
public:
    // Begins at once. `began` orders scans and those who wait for them.
    [[nodiscard]] static base::Shared<FolderScan> start(Root root, std::string path, Places::Place place,
                                                        std::uint64_t began);

    // Until it has ended; it goes on where nobody waits any more.
    // Errors    timed_out, cancelled: this wait ended, not the scan.
    [[nodiscard]] static io::Task<Result<void>> ended(base::Shared<FolderScan> scan, base::Duration limit);

    [[nodiscard]] std::uint64_t began() const noexcept { return began_; }
    [[nodiscard]] std::uint64_t began_in_turn() const noexcept { return turn_; }
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    // Once it has ended.
    [[nodiscard]] const Result<base::Shared<Folder>>& result() const noexcept { return *result_; }

private:
    std::uint64_t began_ = 0;
    std::uint64_t turn_ = 0;
    bool has_ended_ = false;
    std::optional<Result<base::Shared<Folder>>> result_;  // the pool's until has_ended_
    std::vector<io::Event*> waiting_;
};

}  // namespace cais::files
