// The server as one process: it brings its own supply, takes its own signals, and upgrades by starting its successor
// beside itself.
#pragma once
#include "io/signals.h"
#include "server/launch.h"
#include "server/notify.h"
#include "server/program.h"
#include "server/running.h"

namespace cais::server {

class Alone final : private Running {
public:
    explicit Alone(const Launch& launch)
        : launch_(launch)
    {
    }
    // Gives the exit status. `loaded`: what was read already.
    [[nodiscard]] int serve(Inheritance inheritance, std::optional<Loaded> loaded);

private:
    [[nodiscard]] std::expected<void, std::string> open(Inheritance& inheritance, std::optional<Loaded> given);
    io::Task<Outcome> reload_once() override;
    static io::Task<void> beside(void* alone);
    io::Task<void> obey_signals();
    io::Task<void> upgrade();
    [[nodiscard]] Inheritance bequest();

    const Launch& launch_;
    std::shared_ptr<const Configuration> first_;  // that this process began with
    Notifier notifier_;
    std::optional<Sockets> sockets_;
    std::optional<StateFolder> state_;
    std::vector<ProcessName> old_;  // predecessors that still finish what they had begun
    io::Scope tasks_;
    io::Event upgrade_wanted_;
    bool is_stopping_ = false;
};

}  // namespace cais::server
