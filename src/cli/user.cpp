#include "cli/user.h"

#include "base/text.h"
#include "cli/password_prompt.h"
#include "modules/auth/bearer.h"
#include "modules/auth/digest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>
#include <iostream>
#include <pwd.h>

#include <unistd.h>

namespace cais::cli {
namespace {

std::string ticked(std::string_view name)
{
    std::string text = "`";
    base::append_printable(text, name);
    return text += '`';
}

// "2026-11-23", UTC.
std::string date_of(base::Seconds time)
{
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    char text[16];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

constexpr const char* digest_warning =
    "cais: what is stored for Digest is weaker: whoever reads the file `users` can log in with it, and try passwords\n"
    "      against it quickly. Over https, Basic is the better choice.\n";

}  // namespace

void UserCommand::add_options(CLI::App& app)
{
    app.require_subcommand(0, 1);
    const auto command = [&](const char* name, const char* what) -> CLI::App& {
        return option_.add_command(app, name, what, chosen_);
    };
    const auto with_name = [&](CLI::App& one) {
        one.add_option("NAME", name_, "The user.")->type_name("")->required();
    };
    const auto with_groups = [](CLI::App& one, const char* option, std::vector<std::string>& to, const char* what) {
        one.add_option(option, to, what)
            ->type_name("GROUP")
            ->option_text("GROUP")
            ->type_size(1)
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    };
    CLI::App& add = command("add", "Adds a user. The password is asked for, or one line of standard input.");
    with_name(add);
    with_groups(add, "--group", groups_, "A group that the user is in; may be given more than once.");
    add.add_flag("--digest", digest_, "Lets the user log in by Digest, too, whose stored form is weaker.");
    with_name(command("passwd", "Gives a user another password."));
    with_name(command("remove", "Removes a user, with all tokens."));
    CLI::App& group = command("group", "Puts a user into groups and takes him out of others, at once.");
    with_name(group);
    with_groups(group, "--add", groups_, "A group that the user gets into; may be given more than once.");
    with_groups(group, "--remove", groups_to_leave_, "A group that the user leaves; may be given more than once.");
    command("list", "Prints the users: name, groups, how they can log in.");
    CLI::App& token = command("token", "Makes a token for Bearer and prints it; nobody can print it again.");
    with_name(token);
    token.add_flag("--revoke", revoke_, "Makes none, and all of the user's tokens worthless.");
}

int UserCommand::run()
{
    if (chosen_ == nullptr) {
        std::cerr << "cais: user: a command is missing; there are add, passwd, remove, group, list, token.\nTry `cais "
                     "user --help`.\n";
        return 2;
    }
    if (chosen_->get_name() == "group" && groups_.empty() && groups_to_leave_.empty()) {
        std::cerr << "cais: user group: say which, by --add GROUP or --remove GROUP.\nTry `cais user group --help`.\n";
        return 2;
    }
    auto done = obey();
    if (done) return 0;
    std::cerr << "cais: user " << chosen_->get_name() << ": " << done.error()
              << (done.error().ends_with('\n') ? "" : "\n");
    return 1;
}

UserCommand::Done UserCommand::obey()
{
    auto state = option_.choose();
    if (!state) return std::unexpected(state.error());
    state_ = std::move(*state);
    std::cerr << told(state_);
    const std::string what = chosen_->get_name();
    if (what == "list") return list();
    if (const auto wrong = auth::wrong_with_name(name_); !wrong.empty())
        return std::unexpected(ticked(name_) + " cannot be a user's name: " + std::string(wrong));
    if (what == "add") return add();
    if (what == "passwd") return change_password();
    if (what == "remove") return remove();
    if (what == "group") return change_groups();
    return make_token();
}

UserCommand::Done UserCommand::add()
{
    if (groups_.size() > auth::most_groups) return std::unexpected("a user has at most 64 groups");
    auth::User user;
    user.name = name_;
    for (auto& group : groups_) {
        if (const auto wrong = auth::wrong_with_name(group); !wrong.empty())
            return std::unexpected(ticked(group) + " cannot be a group's name: " + std::string(wrong));
        if (!user.is_in(group)) user.groups.push_back(std::move(group));
    }
    // Before the password is asked for, and again when nobody else can add one.
    const auto is_there = [this](const auth::UserFileChange& change) {
        return find(change.lines, name_) < change.lines.size();
    };
    const std::string taken = ticked(name_) + " is there already; `cais user passwd` gives another password";
    {
        auto change = open();
        if (!change) return std::unexpected(change.error());
        if (is_there(*change)) return std::unexpected(taken);
    }
    if (auto done = set_password(user, digest_); !done) return done;
    auto change = open();
    if (!change) return std::unexpected(change.error());
    if (is_there(*change)) return std::unexpected(taken);
    change->lines.push_back(auth::line_of(user));
    return commit(*change);
}

UserCommand::Done UserCommand::change_password()
{
    {
        auto change = open();
        if (!change) return std::unexpected(change.error());
        auto user = existing(*change);
        if (!user) return std::unexpected(user.error());
        digest_ = user->digest.has_value();
    }
    auth::User with_password;
    with_password.name = name_;
    if (auto done = set_password(with_password, digest_); !done) return done;
    auto change = open();
    if (!change) return std::unexpected(change.error());
    auto user = existing(*change);  // groups and tokens as they are now
    if (!user) return std::unexpected(user.error());
    user->password = std::move(with_password.password);
    user->digest = std::move(with_password.digest);
    change->lines[find(change->lines, name_)] = auth::line_of(*user);
    return commit(*change);
}

UserCommand::Done UserCommand::remove()
{
    auto change = open();
    if (!change) return std::unexpected(change.error());
    // A line that is broken goes, too, and so do two of one name.
    const auto removed =
        std::erase_if(change->lines, [this](const std::string& line) { return auth::name_in(line) == name_; });
    if (removed == 0) return std::unexpected("there is no user " + ticked(name_));
    return commit(*change);
}

// A group that the user is in already is no mistake; one to leave that he is not in may be a slip, after which he would
// still have what was to be taken away.
UserCommand::Done UserCommand::change_groups()
{
    for (const auto* groups : {&groups_, &groups_to_leave_}) {
        for (const auto& group : *groups)
            if (const auto wrong = auth::wrong_with_name(group); !wrong.empty())
                return std::unexpected(ticked(group) + " cannot be a group's name: " + std::string(wrong));
    }
    for (const auto& group : groups_to_leave_)
        if (std::ranges::find(groups_, group) != groups_.end())
            return std::unexpected(ticked(group) + " is to be added and removed");
    auto change = open();
    if (!change) return std::unexpected(change.error());
    auto user = existing(*change);
    if (!user) return std::unexpected(user.error());
    for (const auto& group : groups_to_leave_)
        if (!user->is_in(group)) return std::unexpected(ticked(name_) + " is not in the group " + ticked(group));
    std::erase_if(user->groups, [this](const std::string& group) {
        return std::ranges::find(groups_to_leave_, group) != groups_to_leave_.end();
    });
    for (auto& group : groups_)
        if (!user->is_in(group)) user->groups.push_back(std::move(group));
    if (user->groups.size() > auth::most_groups) return std::unexpected("a user has at most 64 groups");
    change->lines[find(change->lines, name_)] = auth::line_of(*user);
    return commit(*change);
}

UserCommand::Done UserCommand::list() const
{
    const auto read = auth::read_users(state_.folder + "/users");
    if (!read) return std::unexpected(base::describe(read.error()));
    const auth::Users users(read->text, state_.realm);
    const auto width = [&](auto length) {
        std::size_t longest = 0;
        for (const auto& user : users.all()) longest = std::max(longest, length(user));
        return longest + 2;
    };
    const auto groups_of = [](const auth::User& user) {
        std::string text;
        for (const auto& group : user.groups) (text += text.empty() ? "@" : ",@") += group;
        return text.empty() ? "-" : text;
    };
    const auto padded = [](std::string text, std::size_t to) { return text.append(to - text.size(), ' '); };
    const std::size_t names = width([](const auth::User& user) { return user.name.size(); });
    const std::size_t groups = width([&](const auth::User& user) { return groups_of(user).size(); });
    for (const auto& user : users.all()) {
        std::string ways = user.password ? "password" : "no password";
        if (user.digest)
            ways +=
                user.digest->realm == state_.realm ? ", digest" : ", digest of another realm (passwd makes it anew)";
        for (std::size_t i = 0; i < user.tokens.size(); ++i)
            (ways += i == 0 ? ", tokens of " : " ") += date_of(user.tokens[i].made);
        std::cout << padded(user.name, names) << padded(groups_of(user), groups) << ways << "\n";
    }
    std::cout << std::flush;
    std::string wrong;
    for (const auto& mistake : users.mistakes())
        wrong += (wrong.empty() ? "" : "\n") + state_.folder + "/users:" + std::to_string(mistake.line) + ": " +
                 mistake.what;
    if (!wrong.empty()) return std::unexpected("lines that let nobody in:\n" + wrong);
    return {};
}

UserCommand::Done UserCommand::make_token()
{
    auto change = open();
    if (!change) return std::unexpected(change.error());
    auto user = existing(*change);
    if (!user) return std::unexpected(user.error());
    const auto token = auth::make_token();
    if (revoke_) {
        user->tokens.clear();
    } else {
        if (user->tokens.size() == auth::most_tokens)
            return std::unexpected("there are 64 tokens already; --revoke makes them worthless");
        user->tokens.push_back(
            {std::chrono::floor<std::chrono::seconds>(base::wall_now()), auth::hash_of_token(token.view())});
    }
    change->lines[find(change->lines, name_)] = auth::line_of(*user);
    if (auto done = commit(*change); !done) return done;
    if (!revoke_) std::cout << token.view() << std::endl;
    return {};
}

std::expected<auth::UserFileChange, std::string> UserCommand::open() const
{
    auth::StateOwner owner;
    if (::geteuid() == 0 && !state_.user.empty()) {
        if (const passwd* account = ::getpwnam(state_.user.c_str()); account != nullptr)
            owner = {account->pw_uid, account->pw_gid};
        else
            return std::unexpected("there is no user " + ticked(state_.user) +
                                   " on this machine, whom the server is to become");
    }
    auto change = auth::UserFileChange::open(state_.folder, owner);
    if (change) return std::move(*change);
    std::string why = base::describe(change.error());
    if (change.error().kind == Error::denied && ::geteuid() != 0)
        why += "; run it as root, or as the user that the server runs as";
    return std::unexpected(why);
}

std::size_t UserCommand::find(const std::vector<std::string>& lines, std::string_view name)
{
    const auto found =
        std::ranges::find_if(lines, [&](const std::string& line) { return auth::name_in(line) == name; });
    return static_cast<std::size_t>(found - lines.begin());
}

std::expected<auth::User, std::string> UserCommand::existing(const auth::UserFileChange& change) const
{
    const std::size_t at = find(change.lines, name_);
    if (at == change.lines.size())
        return std::unexpected("there is no user " + ticked(name_) + "; `cais user add` makes one");
    const auto count =
        std::ranges::count_if(change.lines, [this](const std::string& line) { return auth::name_in(line) == name_; });
    const std::string where = "users:" + std::to_string(at + 1) + ": ";
    if (count > 1)
        return std::unexpected(where + ticked(name_) + " is there more than once; remove it and add it again");
    auto user = auth::parse_user(change.lines[at]);
    if (!user) return std::unexpected(where + base::describe(user.error()) + "; remove the user and add it again");
    return std::move(*user);
}

UserCommand::Done UserCommand::commit(auth::UserFileChange& change) const
{
    if (auto done = change.commit(); !done) return std::unexpected(base::describe(done.error()));
    return {};
}

UserCommand::Done UserCommand::set_password(auth::User& user, bool with_digest) const
{
    if (with_digest) std::cerr << digest_warning;
    const auto password = ask_password(user.name);
    if (!password) return std::unexpected(password.error());
    auto hash = auth::PasswordHash::make(password->view());
    if (!hash) return std::unexpected(base::describe(hash.error()));
    user.password = std::move(*hash);
    if (with_digest)
        user.digest = auth::User::Digest{state_.realm, auth::digest_hash(user.name, state_.realm, password->view())};
    return {};
}

}  // namespace cais::cli
