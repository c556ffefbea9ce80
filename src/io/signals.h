// Signals as events of a loop (signalfd): blocked in every thread, read by one.
#pragma once
#include "io/loop.h"

#include <initializer_list>

namespace cais::io {

// Blocks them for this thread and those that it starts from now on; SIGPIPE is ignored for the whole program, since
// sendfile has no flag against it.
void block_signals(std::initializer_list<int> signals);

class Signals {
public:
    // Errors are thrown: without signals a server does not start.
    explicit Signals(std::initializer_list<int> signals);

    // The next signal's number. Errors: cancelled.
    [[nodiscard]] Task<Result<int>> next();

private:
    Source source_;
};

}  // namespace cais::io
