// A connection that is served while a script plays its peer, both on one loop.
#pragma once
#include "http/handler.h"
#include "http1/server.h"
#include "io/loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "memory_stream.h"

#include <string>
#include <vector>

namespace cais::http1::test {

class Conversation {
    // A handler that the test owns.
    class Lent final : public http::Entry {
    public:
        explicit Lent(http::Handler& handler)
            : handler_(&handler)
        {
        }
        [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override
        {
            return handler_->handle(request);
        }

    private:
        http::Handler* handler_;
    };

public:
    explicit Conversation(http::Handler& handler, const http::Limits& with = {})
        : limits(with)
        , service(base::make_counted<Lent>(handler), limits, "")
    {
    }

    http::Limits limits;
    http::Service service;
    Sessions sessions{service};
    MemoryStream stream;
    http::Connection about;
    io::Scope connection;
    bool has_ended = false;
    std::unique_ptr<std::string> handed_over;  // to HTTP/2

    // Plays `script`, then cancels what is still open.
    using Script = io::Task<void> (*)(Conversation&);
    void play(Script script)
    {
        io::Loop loop;
        io::Pool pool(1);
        loop.use(pool);
        loop.run(main(*this, script));
    }
    // Sends the pieces one after the other, each when the one before was dealt with; what was answered.
    std::string ask(std::vector<std::string> pieces)
    {
        pieces_ = std::move(pieces);
        play(send_pieces);
        return answer_;
    }
    // After play(): whether the connection was still open when the script ended.
    [[nodiscard]] bool was_open() const { return was_open_; }
    // What the peer received, without Date lines.
    [[nodiscard]] std::string answer() const
    {
        std::string text = stream.received;
        for (std::size_t at = 0; (at = text.find("Date: ", at)) != std::string::npos;)
            text.erase(at, text.find('\n', at) + 1 - at);
        return text;
    }

    // Until the connection waits for its peer, or has ended; or until nothing has happened for a while.
    io::Task<void> settle()
    {
        int quiet = 0;
        for (int turns = 0; turns < 100'000 && quiet < 4; ++turns) {
            const auto before = progress();
            [[maybe_unused]] const bool goes_on = co_await io::yield();
            quiet = progress() == before ? quiet + 1 : 0;
        }
    }
    // Until it has ended: what a limit of time brings about.
    io::Task<void> until_end()
    {
        [[maybe_unused]] auto ended = co_await ended_.wait(std::chrono::seconds(10));
        assert(ended && "the connection did not end");
    }

private:
    [[nodiscard]] std::size_t progress() const
    {
        return stream.received.size() + stream.left_unread() +
               static_cast<std::size_t>(stream.receives + stream.sends + stream.file_sends);
    }
    static io::Task<void> serve_to_end(Conversation& conversation)
    {
        auto unread = co_await serve(conversation.stream, conversation.about, conversation.sessions);
        conversation.handed_over = std::move(unread);
        conversation.has_ended = true;
        conversation.ended_.set();
    }
    static io::Task<void> main(Conversation& conversation, Script script)
    {
        conversation.connection.spawn(serve_to_end, conversation);
        co_await script(conversation);
        conversation.was_open_ = !conversation.has_ended;
        conversation.connection.cancel();
        co_await conversation.connection.end();
    }
    static io::Task<void> send_pieces(Conversation& conversation)
    {
        for (const auto& piece : conversation.pieces_) {
            conversation.stream.send(piece);
            co_await conversation.settle();
        }
        conversation.answer_ = conversation.answer();  // before what is open is cancelled
    }

    std::vector<std::string> pieces_;
    std::string answer_;
    io::Event ended_;
    bool was_open_ = false;
};

}  // namespace cais::http1::test
