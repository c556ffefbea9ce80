// Certificates by themselves: every name that is wanted has one, obtained in the background, renewed in time. One
// certificate a name, so that a name that cannot be had (its DNS points elsewhere) takes no other with it.
//
// | what happens                              | what comes of it                                                      |
// | ----------------------------------------- | --------------------------------------------------------------------- |
// | the program starts                        | what is on the disk is served at once; nothing waits for the network  |
// | two thirds of the lifetime have passed, or| another is obtained; the old one is served until the new one is on    |
// | the authority suggests it (RFC 9773)      | the disk                                                              |
// | an authority cannot be reached, or says no| the next one is tried; then all of them later (schedule.h); the log   |
// |                                           | says what is wrong and when the next try is                           |
// | a challenge is not seen by the authority  | the next type of challenge, with another order                        |
// | what is saved is of an authority that is  | it is presented, and another is obtained at once                      |
// | not configured any more                   |                                                                       |
// | a name is wanted that was not             | what is saved for it is presented from then on; else one is obtained  |
// | a name is not wanted any more             | it is no longer presented; its file stays                             |
#pragma once
#include "acme/challenges.h"
#include "acme/order.h"
#include "acme/schedule.h"
#include "acme/settings.h"
#include "acme/state.h"
#include "io/loop.h"
#include "io/scope.h"
#include "tls/certificates.h"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cais::acme {

// A name that a certificate is wanted for, and through which listeners the server could prove that it is ours.
struct Wanted {
    Name name;
    bool has_plain_listener = false;  // for http-01
    bool has_tls_listener = false;    // for tls-alpn-01
};

class Manager {
public:
    // `folder` is STATE/acme. `certificates` outlives it: what is obtained is put there, under each name.
    Manager(std::string folder, tls::Certificates& certificates);
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager();

    // Puts what is saved for these names into the table. Before run() and before the server serves; blocks on the disk,
    // never on the network; without names it touches neither. Errors: the state folder cannot be written.
    [[nodiscard]] Result<void> start(Settings settings, std::vector<Wanted> names);

    // On one loop, with its pool, until it is cancelled; once. This outlives it.
    [[nodiscard]] io::Task<void> run();

    // On run()'s loop, between its turns or before it begins: whether a certificate for it is looked after.
    [[nodiscard]] bool has(const Name& name) const { return entries_.contains(name.text); }
    // What the disk has for these, of those that can be used. Any thread; blocks on the disk.
    [[nodiscard]] std::vector<Issue> saved(const std::vector<Name>& names) const;
    // Where has() may be asked: from now on other settings and names hold. What is `saved` for a new one is in the
    // table when it returns.
    void change(Settings settings, std::vector<Wanted> names, std::vector<Issue> saved);

    // Any thread. Obtains another certificate for `name` now, whatever the schedule says. `done` is called on run()'s
    // loop once the new one is presented, or with why not: "there is no such name", what the authority said, that the
    // server stops. It throws nothing.
    using Renewed = std::expected<std::string, std::string>;  // "issued by …, until …"; or what is wrong
    void renew(std::string name, std::move_only_function<void(Renewed)> done);

    // For who answers requests in the clear: before redirects, routes and authentication. Any thread.
    [[nodiscard]] const Challenges& challenges() const noexcept { return challenges_; }

private:
    struct Entry;
    using Entries = std::map<std::string, std::shared_ptr<Entry>, std::less<>>;

    void take_posted();
    void apply(Settings settings, std::vector<Wanted> names);
    void begin(const std::string& name, std::move_only_function<void(Renewed)> done);
    [[nodiscard]] base::Duration start_what_is_due(io::Scope& scope);

    io::Task<void> attend(std::shared_ptr<Entry> entry);
    [[nodiscard]] io::Task<Outcome<void>> load(Entry& entry);
    [[nodiscard]] io::Task<void> look(Entry& entry);
    void follow(Entry& entry, const RenewalInfo& info);
    [[nodiscard]] io::Task<Outcome<void>> renew_now(Entry& entry);
    [[nodiscard]] io::Task<Outcome<Issue>> try_authority(Entry& entry, Session& session);
    [[nodiscard]] Outcome<void> install(Entry& entry, Issue issue);
    [[nodiscard]] io::Task<Outcome<std::shared_ptr<Session>>> session_for(AuthoritySettings authority);
    [[nodiscard]] std::vector<std::string> challenges_for(const Entry& entry) const;
    void plan(Entry& entry);
    void succeeded(Entry& entry);
    void failed(Entry& entry, const Failure& failure);
    void answer(Entry& entry, const Renewed& outcome);

    State state_;
    bool is_prepared_ = false;  // its folder
    tls::Certificates* certificates_;
    Challenges challenges_;
    Settings settings_;
    Entries entries_;
    std::map<std::string, std::shared_ptr<Session>> sessions_;  // by directory; gone with other settings
    std::shared_ptr<const tls::ClientContext> tls_;
    unsigned busy_ = 0;
    io::Event wake_;

    std::mutex mutex_;  // of the two below
    std::vector<std::move_only_function<void()>> posted_;
    io::Loop* loop_ = nullptr;
    bool has_ended_ = false;
};

}  // namespace cais::acme
