// Tracing: who hears what happens on this server, as the command line says: `--trace`, `--key-log`. One for all loops
// and all configurations of a process; where nobody asked there is none, and a connection costs a null check.
#pragma once
#include "io/address.h"
#include "io/descriptor.h"
#include "server/network.h"
#include "tls/key_log.h"
#include "trace/line_writer.h"
#include "trace/story.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cais::server {

class Tracing {
public:
    struct Options {
        std::optional<trace::Form> form = {};  // empty: no story is told
        std::string file = {};                 // its name, for people; empty: standard error
        io::Descriptor output = {};            // where it goes, opened
        trace::Secrets secrets = trace::Secrets::hidden;
        trace::Colour colour = trace::Colour::off;
        // Which connections and requests; a connection from one of the networks, a request at or below one of the
        // paths, as they were sent. Empty: all.
        std::vector<Network> networks = {};
        std::vector<std::string> paths = {};
        std::string key_log_file = {};
        io::Descriptor key_log = {};  // opened; empty: none
    };
    explicit Tracing(Options options);
    ~Tracing();
    Tracing(const Tracing&) = delete;
    Tracing& operator=(const Tracing&) = delete;

    // In the process that serves, before it does: the story begins. Once; further calls do nothing.
    void start();

    // Whether this connection's story may be told: then it needs a ConnectionStory.
    [[nodiscard]] bool wants(const io::Address& peer) const;
    [[nodiscard]] bool wants_path(std::string_view target) const;
    [[nodiscard]] bool asks_for_paths() const noexcept { return !options_.paths.empty(); }
    // Once it has started, and where `wants` was true.
    [[nodiscard]] trace::Story& story() noexcept { return *story_; }

    // Null: nobody asked.
    [[nodiscard]] const std::shared_ptr<tls::KeyLog>& key_log() const noexcept { return key_log_; }

private:
    Options options_;
    std::once_flag once_;
    std::unique_ptr<trace::LineWriter> writer_;  // after it the story goes
    std::unique_ptr<trace::Story> story_;
    std::shared_ptr<tls::KeyLog> key_log_;
};

// One connection's part of it: what its context is made of, and whether anybody wants to hear of it. Where only some
// paths are wanted, what happens before the first request for one of them is held back, up to a bound.
class ConnectionStory final : public trace::Listener {
public:
    static constexpr std::size_t most_held = std::size_t{64} << 10;  // octets of lines; further ones are not told

    // Begins: the connection was accepted.
    ConnectionStory(Tracing& tracing, const io::Address& peer, const io::Address& local);
    // Says that it has closed, where nobody did.
    ~ConnectionStory();
    ConnectionStory(const ConnectionStory&) = delete;
    ConnectionStory& operator=(const ConnectionStory&) = delete;

    [[nodiscard]] const trace::Context& context() const noexcept { return context_; }

    void hear(const trace::Context& context, base::Instant at, const trace::Event& event) noexcept override;

private:
    struct Held {
        base::Instant at;
        std::string lines;
    };
    // Whether the event is to be told now.
    [[nodiscard]] bool is_wanted(const trace::Context& context, const trace::Event& event);

    Tracing& tracing_;
    trace::Context context_;
    bool is_told_;  // one of its requests was wanted, or all are
    bool has_closed_ = false;
    std::vector<Held> held_;
    std::size_t held_octets_ = 0;
    std::vector<std::uint64_t> wanted_;  // exchanges under way
};

}  // namespace cais::server
