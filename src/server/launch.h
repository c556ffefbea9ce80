// How a server becomes processes.
//
// | started by, with                   | it is                                                                     |
// | ---------------------------------- | ------------------------------------------------------------------------- |
// | anybody, a folder                  | one process, which takes no lock and has no control socket                |
// | another than root, a configuration | one process                                                               |
// | root, a configuration whose `user` | one process, root for as long as it runs                                  |
// | is root                            |                                                                           |
// | root, any other configuration      | two: a parent that binds, reads, takes the signals and never sees a peer's|
// |                                    | octet (parent.h), and a child that serves as `user` (child.h)             |
//
// | signal          | one process                                      | two: sent to the parent                      |
// | --------------- | ------------------------------------------------ | -------------------------------------------- |
// | SIGTERM, SIGINT | stops; the second ends it at once                | the same, with all children                  |
// | SIGHUP          | a configuration: reloads it, opens logs again;   | reloads it, opens logs again                 |
// |                 | a folder: ends it at once, as any program, but   |                                              |
// |                 | for what nohup started                           |                                              |
// | SIGUSR1         | opens logs again                                 | the same                                     |
// | SIGUSR2         | starts the program anew at the same sockets, and | becomes the new program, keeping its number; |
// |                 | ends when what was in flight has                 | the child is replaced as on the left         |
//
// The last three wait for one that starts until it serves.
#pragma once
#include "server/configuration.h"

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cais::server {

struct Loaded {
    std::shared_ptr<const Configuration> configuration;
    std::vector<std::string> warnings = {};  // a line each
};

struct Launch {
    struct Reading {
        std::vector<io::Address> handed_in = {};  // where sockets that were handed in listen
        bool inspects = true;  // looks at what the configuration names; not where somebody who may has done so
    };
    // Makes the configuration, each time anew. On any thread.
    // Errors    what is wrong, as a person reads it; several lines.
    std::function<std::expected<Loaded, std::string>(const Reading& reading)> load;
    bool is_file = false;  // a configuration that may be reloaded, and whose state is locked

    struct Announcement {
        const Configuration& configuration;
        const std::vector<io::Address>& addresses;  // where it listens
        bool as_root = false;                       // who answers peers is root, and stays so
    };
    // Called once it serves.
    std::function<void(const Announcement& announcement)> announce;
};

// Runs it to its end. Gives the exit status; why it could not start is on standard error.
[[nodiscard]] int launch(const Launch& launch);

// Says on standard error, as `cais: …`, why it cannot start.
void say_failure(const std::string& why);

}  // namespace cais::server
