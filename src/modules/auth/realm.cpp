#include "modules/auth/realm.h"

namespace cais::auth {

Realm::Realm(const Settings& settings)
    : hashing(settings.hashing)
    , name_(settings.name)
    , source_(std::make_shared<UserSource>(settings.state, settings.name))
{
}

UserView& Realm::view()
{
    const std::scoped_lock lock(mutex_);
    return views_.try_emplace(io::Loop::current(), source_).first->second;
}

io::Task<Result<bool>> verify(std::shared_ptr<Realm> realm, const User* user, Secret password, io::Address address)
{
    const bool is_known = user != nullptr && user->password;
    const Sha256 tag = is_known ? realm->remembered.tag_of(*user, password.view()) : Sha256{};
    auto work = [realm, is_known, tag, stored = is_known ? *user->password : PasswordHash::nobody(),
                 password = std::move(password)]() -> Result<bool> {
        // A browser comes over six connections at once: the first one's hash is enough.
        if (is_known && realm->remembered.has(tag, base::now())) return true;
        ++realm->hashes;
        auto fits = stored.fits(password.view());
        if (fits && *fits) realm->remembered.add(tag, base::now());
        return fits;
    };
    auto verified = co_await realm->hashing.run(address, std::move(work));
    co_return verified;
}

}  // namespace cais::auth
