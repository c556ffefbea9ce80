// Giving up root for good, or what of it is not needed.
#pragma once
#include "server/state_folder.h"

#include <expected>
#include <string>

namespace cais::server {

// From here on this process is `account`, with the groups that it has and no capability, and nothing that it starts can
// be more (PR_SET_NO_NEW_PRIVS). It tries to come back, and must fail. For a process with one thread.
// Errors    a sentence: what could not be given up. The process must end then.
[[nodiscard]] std::expected<void, std::string> become_for_good(const Account& account);

// From here on this process, which stays root, may do of all that only root may what a parent does (parent.h):
//
// | it keeps                     | to                                                                         |
// | ---------------------------- | -------------------------------------------------------------------------- |
// | CAP_NET_BIND_SERVICE         | bind ports below 1024                                                      |
// | CAP_DAC_READ_SEARCH          | read the configuration, certificates and keys, whosever they are           |
// | CAP_DAC_OVERRIDE             | open the access log where another user's folder is the place for it        |
// | CAP_CHOWN, CAP_FOWNER        | give the state folder away                                                 |
// | CAP_SETUID, _SETGID, _SETPCAP| become the user, in the child, without a way back                          |
// | CAP_KILL                     | end a child                                                                |
//
// It holds for all that is started from here, and for the program that this one becomes.
// Errors    a sentence: all is as it was.
[[nodiscard]] std::expected<void, std::string> keep_what_a_parent_needs();

}  // namespace cais::server
