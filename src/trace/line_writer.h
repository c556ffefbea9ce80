// Lines to a descriptor, written by a thread of their own: whoever hands them over never waits for a disk, a pipe that
// nobody reads or a stopped terminal. Both logs stand on it: the program's own (log.h) and the access log.
//
// | the descriptor          | what happens                                                                           |
// | ----------------------- | -------------------------------------------------------------------------------------- |
// | blocks                  | `capacity` octets wait in memory; what comes after is lost, counted, told              |
// | fails (ENOSPC, EPIPE)   | told once; tried again each second and on replace(); meanwhile as if it blocked        |
// | fails within a line     | the line's rest is written first; after replace() it is left out and counted as lost   |
// | blocks when we end      | what waits is lost after `closing`; the thread is left behind and ends when it can     |
#pragma once
#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

namespace cais::trace {

class LineWriter {
public:
    struct Report {
        enum Kind : std::uint8_t {
            failed,     // a write failed with `number`; not said again before `recovered`
            recovered,  // what waited has been written
            lost,       // `lines` were lost since the last such report; once a second at most
        };
        Kind kind;
        int number = 0;           // errno
        std::uint64_t lines = 0;  // lost
    };
    struct Options {
        const char* thread;                                // its name in lists of threads, at most 15 octets
        std::size_t capacity;                              // octets that may wait
        std::function<void(const Report&)> report;         // see below
        base::Duration closing = std::chrono::seconds(2);  // how long the destructor waits
    };

    // Owns `descriptor`. The thread starts with the first line; it takes no signal.
    // `report` is called by the thread and by whoever calls write(), by two at once too. It owns all that it refers to,
    // since a thread that was left behind may still call it, and does not call back into the writer.
    LineWriter(int descriptor, Options options);
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;
    // Writes what waits, for at most `options.closing`.
    ~LineWriter();

    // Hands over whole lines, each with its '\n'; `count` of them. Copied. False: no room, all of them are lost.
    // Any thread. Cost: a lock that is never held over a system call, a copy; no allocation once the queue has grown.
    bool write(std::string_view lines, std::uint64_t count);

    // From now on to this descriptor, which is owned; the old one is closed when what is being written has ended.
    // Any thread.
    void replace(int descriptor);

    // Waits until all that was handed over before is written; false where that takes longer than `limit`, or fails.
    bool flush(base::Duration limit);

private:
    struct State;
    void start(State& state);

    std::shared_ptr<State> state_;  // the thread holds it too
    std::thread thread_;            // guarded by the state's mutex
};

}  // namespace cais::trace
