// Handler: answers requests. A module is one; what wraps it (auth, cache, …) is one that holds the next.
#pragma once
#include "base/shared.h"
#include "http/request.h"
#include "http/response.h"
#include "io/task.h"

namespace cais::http {

class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    // One request to one response. Called by any number of exchanges at once, all on one loop. What must go on after it
    // has returned lives in request.scope(). What it throws becomes 500 and closes the connection.
    virtual io::Task<Response> handle(Request& request) = 0;

    // Called by the server every few seconds, on the loop: time to let go of what nobody asks for any more.
    virtual void tend() {}
};

// Where requests enter: the outermost handler, and the owner of all others. Each exchange holds the one that it began
// with until its end, so that another may take its place under way; the count is the loop's own.
class Entry : public Handler, public base::Counted {
public:
    // Puts on an answer that the wire makes itself what every answer to whom `request` asks gets: 500 after something
    // was thrown, a refusal of a head whose host is known. Of `request` its connection and host are set. By itself:
    // nothing.
    virtual void complete([[maybe_unused]] const Request& request, [[maybe_unused]] Response& response) const {}
};

}  // namespace cais::http
