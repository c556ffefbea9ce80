// The control socket: how `cais reload` and others speak to the server that runs. It is `control.sock` in the state
// folder (0600); who is neither root nor the server's own user is refused by the kernel's word for who connects.
//
// One line of JSON (RFC 8259) each way, then the connection closes:
//
//   {"command":"reload"}                           {"done":true,"text":"cais.toml: 2 sites"}
//   {"command":"renew","argument":"example.com"}   {"done":false,"text":"no site has that name"}
//                                                  {"done":false,"text":"…","again":true}: a successor answers now
//
// A question has at most 4 KiB and comes within 10 s; the answer comes when there is one, which may take minutes.
// A command is added by who knows what it does: `control.add("renew", command)`.
#pragma once
#include "io/descriptor.h"
#include "io/loop.h"
#include "io/scope.h"

#include <expected>
#include <map>
#include <memory>
#include <string>

namespace cais::io {
class Listener;
}

namespace cais::server {

class StateFolder;

struct ControlAnswer {
    bool is_done = false;
    std::string text = {};   // for people: what was done, or why not; several lines where there is much to say
    bool ask_again = false;  // another server has taken over meanwhile, and can answer
};

// What the server does when it is told to.
class ControlCommand {
public:
    // On the server's first loop; it may await whatever it likes, each wait with its limit. What it throws is an
    // answer.
    virtual io::Task<ControlAnswer> run(std::string argument) = 0;

protected:
    ~ControlCommand() = default;
};

class Control {
public:
    static constexpr std::size_t most_question = 4 * 1024;
    static constexpr std::size_t most_answer = 256 * 1024;
    static constexpr std::size_t most_connections = 16;  // at once; others wait

    // Listens, under a name that nobody looks for until publish().
    // Errors    a sentence.
    [[nodiscard]] static std::expected<std::unique_ptr<Control>, std::string> open(const StateFolder& state);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    // `command` outlives this.
    void add(std::string name, ControlCommand& command);
    // From now on it is found; whoever listened there before is not any more.
    // Errors    a sentence.
    [[nodiscard]] std::expected<void, std::string> publish();

    // Until it is cancelled: then it ends with those that are being answered.
    [[nodiscard]] io::Task<void> serve();

    // Another server has published its own: this one's name is not ours to remove any more.
    void hand_over() noexcept { is_published_ = false; }

private:
    Control(int folder, io::Descriptor socket, std::string name);
    io::Task<void> connection(io::Descriptor socket);
    io::Task<ControlAnswer> answer(std::string question);

    io::Descriptor folder_;
    std::unique_ptr<io::Listener> listener_;
    std::string name_;
    bool is_published_ = false;
    std::map<std::string, ControlCommand*, std::less<>> commands_;
    io::Scope connections_;
    io::Event one_less_;
};

// Asks the server whose state folder this is, and waits for its answer, for at most `limit`; asks again where another
// server took over meanwhile. Blocks: for a command
// line. Errors    a sentence: no server runs there, it may not be asked, it does not answer.
[[nodiscard]] std::expected<ControlAnswer, std::string> ask_server(const std::string& state, const std::string& command,
                                                                   const std::string& argument, base::Duration limit);

}  // namespace cais::server
