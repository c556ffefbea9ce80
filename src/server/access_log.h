// The access log: one line for each exchange that has ended, out of the way of whoever serves it.
//
//   loop 1 ─ Buffer ─┐ 32 KiB, no lock          a queue of at most 4 MiB
//   loop 2 ─ Buffer ─┼──────────────────────▶ trace::LineWriter ─ its thread ─▶ file or standard output
//   loop 3 ─ Buffer ─┘ when full, or 1 s old
//
// A disk that is full or a pipe that nobody reads never stops the server: lines that find no room are lost, whole, and
// a warning says how many. Lines of one loop keep their order; those of two loops may be up to a second apart.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "io/descriptor.h"
#include "server/log_format.h"
#include "trace/line_writer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace cais::server {

class AccessLog {
public:
    struct Config {
        LogFormat format = LogFormat::common;
        std::string file = {};                             // empty: standard output
        std::size_t waiting_bytes = std::size_t{4} << 20;  // beyond what the loops' buffers hold
        bool operator==(const Config&) const = default;
    };
    class Buffer;

    // Opens the file to append to it (0640 where it is new), or takes standard output as it is.
    // `opened`, where it is given, is the file, which somebody else may open.
    // Errors    those of open(2); exhausted.
    [[nodiscard]] static Result<std::unique_ptr<AccessLog>> open(Config config, io::Descriptor opened = {});
    // The file as it is opened here.
    [[nodiscard]] static Result<io::Descriptor> open_file(const std::string& file);

    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    // All Buffers are gone. Writes what waits, for at most 2 s.
    ~AccessLog() = default;

    // Opens the file by its name again: it was renamed to be kept, as logrotate does. Lines that were recorded before
    // may come to either file. False, with a warning, where that fails: then the old one goes on. Standard output
    // stays. Any thread.
    bool reopen(io::Descriptor opened = {});

    [[nodiscard]] const Config& config() const noexcept { return config_; }

    // Waits until all that the Buffers handed over is written.
    bool flush(base::Duration limit) { return writer_.flush(limit); }

private:
    AccessLog(Config config, int descriptor);

    const Config config_;
    const bool terminal_;
    trace::LineWriter writer_;
};

// A loop's own. Not thread-safe.
class AccessLog::Buffer {
public:
    static constexpr std::size_t bytes = std::size_t{32} << 10;
    static constexpr base::Duration oldest = std::chrono::seconds(1);

    // `log` outlives it.
    explicit Buffer(AccessLog& log);
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { hand_over(); }

    // Writes the line into this buffer. `now` is the loop's. Cost: log_format.h; no lock and no system call, but for
    // one line in some hundred that finds the buffer full.
    void record(const http::ExchangeRecord& record, base::Instant now);

    // To be called at the end of each turn of the loop: hands over what is due, which on a terminal is all.
    void turn_ended(base::Instant now)
    {
        if (now >= due()) hand_over();
    }

    // When the loop is to call turn_ended() at the latest; base::never where nothing waits.
    [[nodiscard]] base::Instant due() const { return due_; }

    // Gives the lines to the writer.
    void hand_over();

private:
    AccessLog& log_;
    LineFormatter formatter_;
    std::unique_ptr<char[]> begin_;
    char* at_;
    std::uint64_t lines_ = 0;
    base::Instant due_ = base::never;
};

}  // namespace cais::server
