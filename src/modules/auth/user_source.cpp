#include "modules/auth/user_source.h"

#include "io/pool.h"
#include "trace/log.h"

#include <filesystem>

namespace cais::auth {
namespace {

constexpr auto read_limit = std::chrono::seconds(10);
constexpr std::size_t most_told = 20;  // mistakes of one file

void tell(const std::string& path, const std::vector<Users::Mistake>& mistakes)
{
    for (std::size_t i = 0; i < mistakes.size() && i < most_told; ++i)
        trace::log(trace::Level::error, path + ":" + std::to_string(mistakes[i].line) + ": " + mistakes[i].what +
                                            "; this line lets nobody in");
    if (mistakes.size() > most_told)
        trace::log(trace::Level::error,
                   path + ": and " + std::to_string(mistakes.size() - most_told) + " more lines are broken");
}

}  // namespace

UserSource::UserSource(const std::string& folder, std::string realm)
    : path_((std::filesystem::absolute(folder) / "users").string())
    , realm_(std::move(realm))
{
}

std::shared_ptr<const UserState> UserSource::load()
{
    const std::scoped_lock lock(mutex_);
    if (current_ && current_->is_settled) {
        const auto identity = identify(path_);
        if (identity && *identity == current_->identity) return current_;
    }
    current_ = read();
    return current_;
}

std::shared_ptr<const UserState> UserSource::read()
{
    auto text = read_users(path_);
    if (!text) {
        trace::log(trace::Level::error, trace::Key{"users cannot be read"},
                   path_ + ": " + base::describe(text.error()) + "; nobody can log in");
        return std::make_shared<UserState>(std::string_view{}, realm_);
    }
    auto state = std::make_shared<UserState>(text->text, realm_);
    state->is_readable = true;
    state->is_settled = text->is_settled;
    state->identity = text->identity;
    state->file = std::move(text->file);
    if (!state->identity.exists && !has_told_absence_) {
        has_told_absence_ = true;
        trace::log(trace::Level::warning, path_ + ": there are no users yet; `cais user add NAME` makes one");
    }
    // A file that is not settled is read again and again, and said once.
    if (!current_ || current_->identity != state->identity) tell(path_, state->users.mistakes());
    return state;
}

base::Shared<const HeldUsers> UserView::in_this_turn()
{
    const std::uint64_t turn = io::Loop::current()->turn();
    if (!current_) return {};
    if (turn_ == turn) return current_;
    const auto identity = identify(source_->path());
    const UserState& state = *current_->state;
    if (!identity || !state.is_settled || *identity != state.identity) return {};
    turn_ = turn;
    return current_;
}

io::Task<Result<base::Shared<const HeldUsers>>> UserView::now()
{
    for (;;) {
        if (auto users = in_this_turn()) co_return users;
        if (is_loading_) {
            // It began before we came, perhaps before what we ought to see: looked at again afterwards.
            auto waited = co_await loaded_.wait(read_limit);
            if (!waited) co_return std::unexpected(waited.error());
            continue;
        }
        is_loading_ = true;
        loaded_.clear();
        auto state =
            co_await io::Loop::current()->pool().run([source = source_] { return source->load(); }, read_limit);
        is_loading_ = false;
        if (state) {
            current_ = base::Shared<const HeldUsers>(base::make_counted<HeldUsers>(std::move(*state)));
            turn_ = io::Loop::current()->turn();
        }
        loaded_.set();
        if (!state) co_return std::unexpected(state.error());
        co_return current_;
    }
}

}  // namespace cais::auth
