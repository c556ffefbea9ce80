#include "server/launch.h"

#include "io/signals.h"
#include "server/alone.h"
#include "server/child.h"
#include "server/parent.h"
#include "trace/log.h"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

namespace cais::server {

void say_failure(const std::string& why)
{
    trace::flush();
    // What the configuration's reader says names its file itself.
    std::cerr << (why.contains('\n') ? "" : "cais: ") << why << (why.ends_with('\n') ? "" : "\n") << std::flush;
}

int launch(const Launch& launch)
{
    io::block_signals({SIGHUP, SIGUSR1, SIGUSR2});  // they wait until it serves
    if (auto role = ChildRole::take()) return Child(launch, std::move(*role)).serve();
    [[maybe_unused]] const auto& resolved_now = Program::own();
    const bool is_trial = std::getenv("CAIS_TRIAL") != nullptr;
    ::unsetenv("CAIS_TRIAL");
    if (!is_trial && (!launch.is_file || ::geteuid() != 0))
        return Alone(launch).serve(Inheritance::take(), std::nullopt);

    base::HandedFiles files;
    std::expected<Loaded, std::string> loaded;
    {
        const base::HandedFiles::Recording recording(files);
        loaded = launch.load({});
    }
    if (!loaded) {
        say_failure(loaded.error());
        return 1;
    }
    if (is_trial) return 0;
    const std::string user = loaded->configuration->user.empty() ? "www-data" : loaded->configuration->user;
    auto account = find_account(user);
    if (!account) {
        say_failure("`user`: " + account.error());
        return 1;
    }
    if (account->user == 0) return Alone(launch).serve(Inheritance::take(), std::move(*loaded));
    return Parent(launch, std::move(*account)).run(Inheritance::take(), std::move(*loaded), std::move(files));
}

}  // namespace cais::server
