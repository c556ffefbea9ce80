// Sessions: what a client may resume, by server: for one loop, within one process. A session of TLS 1.3 is given out
// once, since a second use shows whoever watches that both are the same client (RFC 8446 §C.4).
//
// What is in it was verified when it began; so it is for connections of one ClientContext only.
#pragma once
#include <cstddef>
#include <list>
#include <string>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace cais::tls {

class Sessions {
public:
    static constexpr std::size_t most = 64;           // of all servers
    static constexpr std::size_t most_of_server = 4;  // a server sends two or so at once

    Sessions() = default;
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;
    // Outlives the connections that were made with it.
    ~Sessions();

    // For this folder. Connections of this context may leave sessions here.
    static void install(ssl_ctx_st* context);
    // Has `ssl` resume a session of `server`, where there is one, and leave here what it is given.
    void use(ssl_st* ssl, const std::string& server);
    void put(const std::string& server, ssl_session_st* session);  // owned from here on

private:
    struct Kept {
        std::string server;
        ssl_session_st* session;
    };
    std::list<Kept> kept_;  // the newest first
};

}  // namespace cais::tls
