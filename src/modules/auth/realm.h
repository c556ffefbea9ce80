// Realm: the protection space (RFC 9110 §11.5) of the program. Whom it knows, what it remembers of them, and how hard
// anybody may try. One for all loops and all routes, since the stored form of Digest contains its name; it outlives a
// reload that leaves the state folder and the name as they are, so that nobody is asked again.
//
// | what grows             | bound                                                                       |
// | ---------------------- | --------------------------------------------------------------------------- |
// | verified passwords     | 4,096 for ten minutes each (remembered.h)                                   |
// | addresses that failed  | 16,384 (failures.h)                                                         |
// | nonces that were used  | 4,096 for five minutes each (nonces.h)                                      |
// | hashes                 | four at once, with those 64 that wait, 16 of them from one address (hashing.h) |
// | the file `users`       | 16 MiB (users.h)                                                            |
#pragma once
#include "modules/auth/failures.h"
#include "modules/auth/hashing.h"
#include "modules/auth/nonces.h"
#include "modules/auth/remembered.h"
#include "modules/auth/user_source.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace cais::auth {

class Realm {
public:
    struct Settings {
        std::string state;          // the state folder
        std::string name = "cais";  // `[auth] realm`: neither " nor \, about which clients of Digest disagree
        Hashing::Bounds hashing = {};
    };
    // It outlives the exchanges that it was used for.
    explicit Realm(const Settings& settings);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    // That of the loop that runs on this thread; as long as the realm.
    [[nodiscard]] UserView& view();

    Remembered remembered;
    Failures failures;
    Nonces nonces;
    Hashing hashing;
    const Key key;  // for what has to look like something that is stored
    // How many passwords have been hashed.
    std::atomic<std::uint64_t> hashes{0};

private:
    const std::string name_;
    const std::shared_ptr<UserSource> source_;
    std::mutex mutex_;
    std::map<const io::Loop*, UserView> views_;
};

// Whether `password` is the one that is stored; remembers it where it is. `user` is null for one that there is not,
// which takes as long. `address` is a subscriber's. Errors    those of Hashing::run.
[[nodiscard]] io::Task<Result<bool>> verify(std::shared_ptr<Realm> realm, const User* user, Secret password,
                                            io::Address address);

}  // namespace cais::auth
