// The channel between the parent that root started and the child that serves: messages that keep their borders, with
// descriptors beside them (SCM_RIGHTS, unix(7)). What is large goes in a file in memory.
//
// A child that was taken over by peers may write what it likes here; the parent looks at a kind, a number, and text
// that it only prints.
#pragma once
#include "io/descriptor.h"
#include "io/loop.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cais::server {

struct Message {
    // Fixed numbers: the child of one version may have a parent of the next.
    enum Kind : std::uint32_t {
        // to the child
        sockets = 1,  // a listener's: number, addresses, descriptors; before the supply that needs it
        supply = 2,   // what to serve: a file in memory, the access log where there is one
        refused = 3,  // what was asked for cannot be served; why
        stop = 4,
        stop_now = 5,
        drain = 6,
        reopen_log = 7,  // the log's file, opened again
        // to the parent
        ready = 101,   // it serves; to `supply`: so does it now
        failed = 102,  // it cannot serve that; why
        reload = 103,  // somebody asks for it
        upgraded = 104,
    };
    Kind kind = stop;
    std::uint32_t number = 0;  // of the reload that this belongs to; of a listener
    std::string text = {};
    std::vector<io::Descriptor> descriptors = {};
};

class Channel {
public:
    static constexpr std::size_t most_text = std::size_t{48} << 10;
    static constexpr std::size_t most_descriptors = 250;

    explicit Channel(io::Descriptor socket) noexcept
        : source_(std::move(socket))
    {
    }
    struct Pair {
        io::Descriptor ours;
        io::Descriptor theirs;
    };
    // Errors    exhausted, ….
    [[nodiscard]] static Result<Pair> make();

    // The next message. Errors: ended, where the other side has gone; cancelled; malformed.
    [[nodiscard]] io::Task<Result<Message>> receive();
    // The same for who has no loop yet; waits at most `limit`.
    [[nodiscard]] Result<Message> receive_blocking(base::Duration limit);

    // Sends it; waits up to some seconds where the other side is slow, for it reads nothing else meanwhile. Text and
    // descriptors beyond what a message may have are an error of ours. Borrows the descriptors.
    bool send(Message::Kind kind, std::uint32_t number = 0, std::string_view text = {},
              const std::vector<int>& descriptors = {});

    [[nodiscard]] int fd() const noexcept { return source_.fd(); }
    void close() noexcept { source_.close(); }

private:
    [[nodiscard]] std::optional<Result<Message>> try_receive();
    io::Source source_;
};

// A list of texts, as octets in a file in memory.
[[nodiscard]] Result<io::Descriptor> pack(const std::vector<std::string>& texts);
// Errors    malformed, too_large: more than 64 MiB.
[[nodiscard]] Result<std::vector<std::string>> unpack(int file);

}  // namespace cais::server
