// This program as a process: how to start it again, and what one process hands to the next: listening sockets, the lock
// of the state folder, by descriptors that stay open and a line of the environment that names them.
//
//   CAIS_INHERITED=4711 lock=5 ready=6 socket=7,127.0.0.1:80,0 socket=8,127.0.0.1:443,0 old=4700:123456
//
// The line counts only for the process that it was written for: a child of the one that is named, or that one itself.
// systemd's LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)) are read the same way.
#pragma once
#include "io/address.h"
#include "io/descriptor.h"

#include <expected>
#include <string>
#include <vector>

#include <sys/types.h>

namespace cais::server {

struct Program {
    std::string path;  // as it was called, so that a link which has been turned leads to the new one
    std::vector<std::string> arguments;

    // Found out once, at the start: later the name may lead elsewhere, or nowhere.
    [[nodiscard]] static const Program& own();
};

// A process, told from a later one with the same number.
struct ProcessName {
    pid_t pid = 0;
    unsigned long long began = 0;  // in ticks since the machine's start; proc(5)

    [[nodiscard]] static ProcessName of(pid_t pid);
    [[nodiscard]] bool is_alive() const { return pid > 0 && began != 0 && of(pid).began == began; }
};

struct Inheritance {
    struct Socket {
        io::Descriptor socket;
        io::Address asked = {};  // none: as it is bound
        bool is_lent = false;    // systemd's
    };
    std::vector<Socket> sockets = {};
    io::Descriptor lock = {};                 // of the state folder
    io::Descriptor ready = {};                // an octet to it says that we serve
    std::vector<ProcessName> old = {};        // predecessors that still finish what they had begun, the oldest first
    std::vector<io::Descriptor> others = {};  // whatever the text names
    std::string text = {};                    // whatever else one version of this program says to the next

    // What this process was started with; takes it out of the environment.
    [[nodiscard]] static Inheritance take();
};

// Starts the program anew beside this process, with this inheritance.
// Errors    a sentence.
[[nodiscard]] std::expected<pid_t, std::string> start_beside(const Program& program, const Inheritance& inheritance);
// The program takes the place of this process. It comes back only where it failed; then nothing has changed.
[[nodiscard]] std::string become(const Program& program, const Inheritance& inheritance);

// Starts `path` with these arguments, and `environment` in front of our own; `descriptors` stay open in it under their
// numbers.
[[nodiscard]] std::expected<pid_t, std::string> start(const std::string& path,
                                                      const std::vector<std::string>& arguments,
                                                      const std::vector<std::string>& environment,
                                                      const std::vector<int>& descriptors);

}  // namespace cais::server
