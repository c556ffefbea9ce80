// The parent: a small process that stays root. It binds, reads the configuration and the keys, takes the signals, and
// starts the child that serves as another user; it never reads a peer's octet. Its number never changes: for an upgrade
// it becomes the new program, which starts a new child while the old one finishes what it had begun.
//
// | the child …                     | the parent …                                                                  |
// | ------------------------------- | ----------------------------------------------------------------------------- |
// | cannot start                    | ends with 1, as one process would; after an upgrade the old child goes on      |
// | dies                            | says how, and starts another after 0.1 s, twice as long each time up to 30 s; |
// |                                 | who connects meanwhile waits in the sockets, which the parent holds            |
// | ends after SIGTERM to the parent| ends with 0                                                                   |
#pragma once
#include "io/signals.h"
#include "server/child.h"
#include "server/notify.h"
#include "server/program.h"

#include <memory>
#include <vector>

namespace cais::server {

class Parent {
public:
    Parent(const Launch& launch, Account account)
        : launch_(launch)
        , account_(std::move(account))
    {
    }
    // Gives the exit status. `inheritance` and `loaded` are what the launch began with; `files` were read for it.
    [[nodiscard]] int run(Inheritance inheritance, Loaded loaded, base::HandedFiles files);

private:
    enum class Stage : std::uint8_t { starting, serving, draining, stopping };
    struct Offspring {
        Offspring(pid_t its_pid, io::Descriptor socket)
            : pid(its_pid)
            , channel(std::move(socket))
        {
        }
        pid_t pid;
        Channel channel;
        Stage stage = Stage::starting;
        base::Instant began = base::now();
        std::string failure = {};  // what it said before it ended
        bool has_ended = false;
        bool is_awaited = false;  // start_child() refers to it
    };
    struct Asked {
        bool by_signal = false;
        std::uint32_t by_child = 0;
    };

    [[nodiscard]] std::expected<void, std::string> open(Inheritance& inheritance);
    void adopt(Inheritance& inheritance);
    io::Task<void> main();
    io::Task<bool> start_child();
    [[nodiscard]] std::expected<Offspring*, std::string> give_birth();
    bool supply(Offspring& child, const std::vector<ListenerSockets>& opened, const std::vector<std::uint32_t>& closed,
                const std::vector<std::uint32_t>& numbers, std::uint32_t number);
    io::Task<void> listen(Offspring& child);
    io::Task<void> see_off(Offspring& child);
    io::Task<void> replace_later();
    io::Task<void> obey_signals();
    io::Task<void> reload_when_wanted();
    io::Task<ControlAnswer> reload(std::uint32_t number);
    io::Task<void> upgrade_when_wanted();
    io::Task<std::string> try_program();
    [[nodiscard]] Inheritance bequest();
    void forget_ended();
    void drain(Offspring& child);
    void stop();
    io::Task<void> stop_hard();
    void reopen_log();
    [[nodiscard]] Offspring* serving() noexcept;
    [[nodiscard]] io::Descriptor open_log() const;

    const Launch& launch_;
    Account account_;
    Notifier notifier_;
    std::shared_ptr<const Configuration> configuration_;
    std::shared_ptr<const Configuration> first_;
    base::HandedFiles files_;
    std::optional<Sockets> sockets_;
    std::vector<std::uint32_t> numbers_;
    std::optional<StateFolder> state_;
    std::vector<std::unique_ptr<Offspring>> children_;  // the oldest first
    io::Loop loop_;
    io::Scope tasks_;
    io::Event changed_;  // something has happened to a child
    io::Event reload_wanted_;
    Asked asked_;
    struct Answer {
        std::uint32_t number;
        ControlAnswer answer;
    };
    std::optional<Answer> answer_;
    io::Event has_answered_;
    io::Event upgrade_wanted_;
    base::Duration back_off_{};
    bool is_upgraded_ = false;
    bool is_stopping_ = false;
    int status_ = 0;
};

}  // namespace cais::server
