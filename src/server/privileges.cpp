#include "server/privileges.h"

#include <cerrno>
#include <grp.h>
#include <system_error>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cais::server {
namespace {

std::unexpected<std::string> fails(const char* what, int number = errno)
{
    return std::unexpected(std::string("giving up root: ") + what + ": " + std::generic_category().message(number));
}

// Whether any capability is left, of any kind.
bool has_capabilities()
{
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2] = {};
    if (::syscall(SYS_capget, &head, sets) != 0) return true;
    for (const auto& set : sets)
        if ((set.effective | set.permitted | set.inheritable) != 0) return true;
    return false;
}

}  // namespace

std::expected<void, std::string> become_for_good(const Account& account)
{
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fails("new privileges cannot be forbidden");
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    // While we still may: nothing that is started later can have what is not in this set. EINVAL: beyond the last one;
    // EPERM: a container has taken CAP_SETPCAP from its root, and no_new_privs stands for it.
    for (unsigned long capability = 0; capability < 64; ++capability)
        if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;
    if (::initgroups(account.name.c_str(), account.group) != 0) return fails("its groups cannot be taken");
    if (::setresgid(account.group, account.group, account.group) != 0) return fails("its group cannot be taken");
    if (::setresuid(account.user, account.user, account.user) != 0) return fails("the user cannot be taken");

    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0 || real != account.user || effective != account.user ||
        saved != account.user)
        return fails("the user was not taken", EPERM);
    if (::setuid(0) == 0 || ::seteuid(0) == 0 || (account.group != 0 && ::setegid(0) == 0))
        return fails("root could be taken again", EPERM);
    if (has_capabilities()) return fails("capabilities are left", EPERM);
    return {};
}

}  // namespace cais::server
