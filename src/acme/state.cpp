#include "acme/state.h"

#include "acme/key.h"
#include "base/text.h"
#include "io/files.h"

#include <algorithm>
#include <boost/json.hpp>
#include <initializer_list>
#include <memory>
#include <utility>

#include <dirent.h>

namespace cais::acme {
namespace {

constexpr std::size_t most_octets = 256 * 1024;  // of a file

using Members = std::initializer_list<std::pair<const char*, const std::string&>>;

std::string written(Members members)
{
    std::string text = "{";
    for (const auto& [name, value] : members) {
        text += text.size() == 1 ? "\n  " : ",\n  ";
        base::append_json_string(text, name);
        text += ": ";
        base::append_json_string(text, value);
    }
    return text + "\n}\n";
}

// All members are text, and all are there.
Result<void> read(const std::string& path, std::initializer_list<std::pair<const char*, std::string*>> members)
{
    auto text = io::read_file(path, most_octets);
    if (!text) return std::unexpected(text.error());
    boost::json::error_code error;
    const auto value = boost::json::parse(*text, error);
    const auto* object = error ? nullptr : value.if_object();
    if (object == nullptr) return fail(Error::malformed, "it is no JSON object");
    for (const auto& [name, to] : members) {
        const auto* member = object->if_contains(name);
        if (member == nullptr || !member->is_string()) return fail(Error::malformed, "it lacks one of its members");
        to->assign(member->get_string().data(), member->get_string().size());
    }
    return {};
}

std::string hexadecimal(std::string_view octets)
{
    std::string text;
    for (const char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        (text += "0123456789abcdef"[octet >> 4]) += "0123456789abcdef"[octet & 15];
    }
    return text;
}

}  // namespace

Result<void> State::prepare() const
{
    for (const char* name : {"/accounts", "/orders", "/certificates"}) {
        auto made = io::make_folder(folder_ + name);
        if (!made) return made;
        io::remove_leftovers(folder_ + name);
    }
    return {};
}

std::string State::account_file(const std::string& directory) const
{
    return folder_ + "/accounts/" + hexadecimal(sha256(directory)).substr(0, 32) + ".json";
}
std::string State::order_file(const Name& name) const { return folder_ + "/orders/" + name.file_name() + ".json"; }
std::string State::issue_file(const Name& name) const { return folder_ + "/certificates/" + name.file_name() + ".pem"; }

Result<Account> State::account(const std::string& directory) const
{
    Account account;
    auto done = read(account_file(directory),
                     {{"directory", &account.directory}, {"key", &account.key}, {"url", &account.url}});
    if (!done) return std::unexpected(done.error());
    if (account.directory != directory) return fail(Error::malformed, "it is of another authority");
    return account;
}

Result<void> State::save(const Account& account) const
{
    return io::replace_file(account_file(account.directory),
                            written({{"directory", account.directory}, {"key", account.key}, {"url", account.url}}));
}

Result<PendingOrder> State::order(const Name& name) const
{
    PendingOrder order;
    auto done = read(order_file(name), {{"name", &order.name.text},
                                        {"directory", &order.directory},
                                        {"url", &order.url},
                                        {"challenge", &order.challenge},
                                        {"key", &order.key}});
    if (!done) return std::unexpected(done.error());
    if (order.name != name) return fail(Error::malformed, "it is of another name");
    return order;
}

Result<void> State::save(const PendingOrder& order) const
{
    return io::replace_file(order_file(order.name), written({{"name", order.name.text},
                                                             {"directory", order.directory},
                                                             {"url", order.url},
                                                             {"challenge", order.challenge},
                                                             {"key", order.key}}));
}

Result<void> State::forget_order(const Name& name) const { return io::remove_file(order_file(name)); }

Result<Issue> State::issue(const Name& name) const
{
    auto text = io::read_file(issue_file(name), most_octets);
    if (!text) return std::unexpected(text.error());
    auto issue = Issue::parse(*text);
    if (issue && issue->name != name) return fail(Error::malformed, "it is of another name");
    return issue;
}

Result<void> State::save(const Issue& issue) const { return io::replace_file(issue_file(issue.name), issue.file()); }

std::vector<State::Listed> State::issues() const
{
    const std::string folder = folder_ + "/certificates";
    std::vector<std::string> files;
    {
        const std::unique_ptr<DIR, int (*)(DIR*)> opened(::opendir(folder.c_str()), ::closedir);
        while (const dirent* entry = opened ? ::readdir(opened.get()) : nullptr) {
            const std::string_view name = entry->d_name;
            if (!name.starts_with('.') && name.ends_with(".pem")) files.push_back(folder + "/" + std::string(name));
        }
    }
    std::ranges::sort(files);
    std::vector<Listed> listed;
    for (auto& file : files) {
        auto text = io::read_file(file, most_octets);
        Result<Issue> issue = text ? Issue::parse(*text) : std::unexpected(text.error());
        listed.push_back({std::move(file), std::move(issue)});
    }
    return listed;
}

}  // namespace cais::acme
