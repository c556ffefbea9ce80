#include "server/privileges.h"

#include <cerrno>
#include <cstdint>
#include <grp.h>
#include <system_error>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace cais::server {
namespace {

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }

constexpr std::uint64_t for_a_parent = bit(CAP_NET_BIND_SERVICE) | bit(CAP_DAC_READ_SEARCH) | bit(CAP_DAC_OVERRIDE) |
                                       bit(CAP_CHOWN) | bit(CAP_FOWNER) | bit(CAP_SETUID) | bit(CAP_SETGID) |
                                       bit(CAP_SETPCAP) | bit(CAP_KILL);

// Nothing that is started later can have what is not in this set. EINVAL: beyond the last one; EPERM: a container has
// taken CAP_SETPCAP from its root.
void bound_to(std::uint64_t kept)
{
    for (int capability = 0; capability < 64; ++capability)
        if ((kept & bit(capability)) == 0 &&
            ::prctl(PR_CAPBSET_DROP, static_cast<unsigned long>(capability), 0, 0, 0) != 0)
            break;
}

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
    bound_to(0);  // while we still may; where we may not, no_new_privs stands for it
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

std::expected<void, std::string> keep_what_a_parent_needs()
{
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    bound_to(for_a_parent);
    __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2] = {};
    if (::syscall(SYS_capget, &head, sets) != 0) return fails("its capabilities cannot be seen");
    for (int i = 0; i < 2; ++i) {
        sets[i].permitted &= static_cast<std::uint32_t>(for_a_parent >> (32 * i));
        sets[i].effective = sets[i].permitted;
        sets[i].inheritable = 0;
    }
    if (::syscall(SYS_capset, &head, sets) != 0) return fails("capabilities cannot be given up");
    return {};
}

}  // namespace cais::server
