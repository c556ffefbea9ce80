// The child of a parent that is root: it serves as another user, with what the parent hands it, and cannot come back.
#pragma once
#include "base/handed_files.h"
#include "server/channel.h"
#include "server/launch.h"
#include "server/running.h"

namespace cais::server {

// What the parent tells its child in the environment: `CAIS_CHILD=PARENT DESCRIPTOR USER GROUP NAME`.
struct ChildRole {
    int channel = -1;
    Account account;

    // Empty: this process is nobody's child. Takes it out of the environment.
    [[nodiscard]] static std::optional<ChildRole> take();
    [[nodiscard]] std::string line() const;
};

// A supply as a message, and back. The configuration itself is read anew by the child, out of these files.
struct Handed {
    std::vector<std::uint32_t> closed;
    std::vector<std::uint32_t> numbers;
    base::HandedFiles files;

    [[nodiscard]] Result<io::Descriptor> pack() const;
    [[nodiscard]] static Result<Handed> unpack(int file);
};

class Child final : private Running {
public:
    Child(const Launch& launch, ChildRole role)
        : launch_(launch)
        , role_(std::move(role))
        , channel_(io::Descriptor(role_.channel))
    {
    }
    // Gives the exit status.
    [[nodiscard]] int serve();

private:
    struct Brought {
        Supply supply;
        std::vector<std::string> warnings;
    };
    [[nodiscard]] std::expected<void, std::string> open();
    void keep(Message message);
    [[nodiscard]] static std::expected<Brought, std::string> bring(const Launch& launch, Message message,
                                                                   std::vector<ListenerSockets> opened);
    io::Task<Outcome> reload_once() override;
    static io::Task<void> beside(void* child);
    io::Task<void> obey_parent();
    io::Task<void> obey_signals();
    io::Task<void> take_supply(Message message);
    void stop();
    void tell(std::uint32_t number, Outcome outcome);

    const Launch& launch_;
    ChildRole role_;
    Channel channel_;
    std::shared_ptr<const Configuration> first_;
    std::optional<StateFolder> state_;
    std::vector<ListenerSockets> opened_;  // that came before the supply which needs them
    io::Scope tasks_;
    std::uint32_t asked_ = 0;  // the reload that was asked for last
    std::optional<Outcome> answered_;
    io::Event has_answered_;
};

}  // namespace cais::server
