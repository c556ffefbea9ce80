// The users as they are now. Each loop looks at the file once in a turn in which somebody asks; where it has changed,
// it is read on the pool, and who asked waits for that: a request that comes after `cais user` has returned is never
// answered by what was before. What is read by one loop is taken by the others.
//
// A file that cannot be read lets nobody in; none at all is one without users. Both, and each broken line, are told in
// the log once for each state of the file.
#pragma once
#include "base/shared.h"
#include "io/loop.h"
#include "modules/auth/user_file.h"
#include "modules/auth/users.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cais::auth {

// One state of the file; immutable.
struct UserState {
    Users users;
    bool is_readable = false;
    bool is_settled = false;
    FileIdentity identity;
    io::Descriptor file;

    UserState(std::string_view text, std::string_view realm)
        : users(text, realm)
    {
    }
};

// The same, held by exchanges of one loop.
struct HeldUsers final : base::Counted {
    explicit HeldUsers(std::shared_ptr<const UserState> given) noexcept
        : state(std::move(given))
    {
    }
    std::shared_ptr<const UserState> state;
};

// Shared by all loops.
class UserSource {
public:
    // `folder` is the state folder.
    UserSource(const std::string& folder, std::string realm);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    // What is there now; reads the file unless another thread just did. May wait for a disk.
    [[nodiscard]] std::shared_ptr<const UserState> load();

private:
    [[nodiscard]] std::shared_ptr<const UserState> read();

    const std::string path_;
    const std::string realm_;
    std::mutex mutex_;
    std::shared_ptr<const UserState> current_;
    bool has_told_absence_ = false;
};

// A loop's own. It outlives every exchange that asks it.
class UserView {
public:
    explicit UserView(std::shared_ptr<UserSource> source) noexcept
        : source_(std::move(source))
    {
    }

    // The users as of this turn, where that is known already; empty where it has to be asked for.
    [[nodiscard]] base::Shared<const HeldUsers> in_this_turn();
    // The users as they are now, or a little later.
    // Errors    cancelled, timed_out (a disk that does not answer within ten seconds).
    [[nodiscard]] io::Task<Result<base::Shared<const HeldUsers>>> now();

private:
    std::shared_ptr<UserSource> source_;  // so do those that read it
    base::Shared<const HeldUsers> current_;
    std::uint64_t turn_ = 0;
    bool is_loading_ = false;
    io::Event loaded_;
};

}  // namespace cais::auth
