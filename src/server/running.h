// A server that runs, whoever supplies it: its control socket, reloads that fold into one, stopping. What differs is in
// Alone (one process) and Child (one that root started).
#pragma once
#include "server/control.h"
#include "server/server.h"
#include "server/state_folder.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cais::server {

class Running : private ControlCommand {
public:
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

protected:
    Running() = default;
    virtual ~Running() = default;

    // What a reload came to, for who asked for it and for the log.
    using Outcome = ControlAnswer;

    // One reload, from reading to its end. Never two at once.
    virtual io::Task<Outcome> reload_once() = 0;

    // The control socket of `state`, not yet to be found.
    // Errors    a sentence.
    [[nodiscard]] std::expected<void, std::string> open_control(const StateFolder& state);
    [[nodiscard]] std::expected<void, std::string> publish_control();

    // To be spawned: does the reloads that are asked for, and answers on the control socket.
    [[nodiscard]] io::Task<void> serve_control();
    // Somebody wants a reload. Those that come while one runs are one, after it.
    void want_reload() { reload_wanted_.set(); }
    // A successor has taken over: no reload and no control socket from here on.
    void hand_over_control();

    Server server_;

private:
    io::Task<ControlAnswer> run(std::string argument) override;  // `reload`, asked on the control socket
    [[nodiscard]] io::Task<void> reload_when_wanted();
    void tell(std::uint64_t ended);

    std::unique_ptr<Control> control_;
    io::Scope answering_;
    bool is_handed_over_ = false;
    io::Event reload_wanted_;
    std::uint64_t begun_ = 0;  // reloads
    std::uint64_t ended_ = 0;
    Outcome last_;
    std::vector<io::Event*> waiting_;
};

// Says an outcome in the log: each line one, and "reload: done" where there is nothing else to say.
void log_outcome(const ControlAnswer& outcome);

// Why a reload failed, and what that means.
[[nodiscard]] std::string but_goes_on(std::string why);

// What a new configuration cannot change in a process that runs, as lines of warning.
[[nodiscard]] std::vector<std::string> wants_restart(const Configuration& old, const Configuration& fresh);

// "cais.toml: 2 sites, listening at 127.0.0.1:8080" with the warnings before it.
[[nodiscard]] std::string summary(const Configuration& configuration, const std::vector<std::string>& warnings);

}  // namespace cais::server
