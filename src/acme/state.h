// What is kept on disk: STATE/acme/, 0700, files 0600.
//
//     accounts/DIGEST.json    an authority's account: its directory, our key, and the account's URL once known
//     orders/NAME.json        an order that was about to be finalized: its URL, and the key of the certificate to come
//     certificates/NAME.pem   key and chain of one issue (issue.h)
//
// Each file is replaced whole or not at all, and nothing refers from one to another, so that whenever the program ends
// what is there can be used: an account's key without its URL finds the account again (RFC 8555 §7.3.1), an order goes
// on or is forgotten, and a certificate is there with its key.
#pragma once
#include "acme/issue.h"

#include <map>
#include <string>
#include <vector>

namespace cais::acme {

struct Account {
    std::string directory;
    std::string key;  // PEM
    std::string url;  // empty: not known to the authority yet
};

struct PendingOrder {
    Name name;
    std::string directory;
    std::string url;
    std::string challenge;
    std::string key;  // PEM
};

// All calls block on the disk. Copies are cheap, for jobs of the pool.
class State {
public:
    explicit State(std::string folder)
        : folder_(std::move(folder))
    {
    }

    // Makes the folders, and clears what interrupted writes have left. Before anything is saved.
    [[nodiscard]] Result<void> prepare() const;

    // Errors of reading    not_found; malformed: it is not what we write (it is left where it is).
    [[nodiscard]] Result<Account> account(const std::string& directory) const;
    [[nodiscard]] Result<void> save(const Account& account) const;
    [[nodiscard]] Result<PendingOrder> order(const Name& name) const;
    [[nodiscard]] Result<void> save(const PendingOrder& order) const;
    [[nodiscard]] Result<void> forget_order(const Name& name) const;
    [[nodiscard]] Result<Issue> issue(const Name& name) const;
    [[nodiscard]] Result<void> save(const Issue& issue) const;

    // Every certificate that is there; with what is wrong of those that cannot be read.
    struct Listed {
        std::string file;  // its path
        Result<Issue> issue;
    };
    [[nodiscard]] std::vector<Listed> issues() const;

private:
    [[nodiscard]] std::string account_file(const std::string& directory) const;
    [[nodiscard]] std::string order_file(const Name& name) const;
    [[nodiscard]] std::string issue_file(const Name& name) const;

    std::string folder_;
};

}  // namespace cais::acme
