// What a server's connections of one loop have in common, whatever the version of HTTP.
#pragma once
#include "base/shared.h"
#include "http/exchange_observer.h"
#include "http/handler.h"
#include "http/limits.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cais::http {

// It outlives the connections.
class Service {
public:
    // How far the server has gone in stopping.
    enum class Stage : std::uint8_t {
        serving,
        last_answers,  // every connection hears that it takes no more; who rests may still ask once
        closing,       // and who rests is closed
    };

    // Hears of each stage, for who has something to say to a peer that asks nothing. Leaves when it goes.
    class Watcher {
    public:
        explicit Watcher(Service& service) noexcept;
        Watcher(const Watcher&) = delete;
        Watcher& operator=(const Watcher&) = delete;
        virtual void stage_changed() noexcept = 0;

    protected:
        ~Watcher();

    private:
        friend class Service;
        Watcher** previous_;
        Watcher* next_;
    };

    // `server` is what the Server field says; empty: there is none.
    Service(base::Shared<Entry> to, const Limits& with, std::string_view server)
        : entry(std::move(to))
        , limits(with)
        , server(server)
    {
    }

    // What the next exchange enters; those that have begun hold their own.
    base::Shared<Entry> entry;
    const Limits& limits;                  // may change between two turns
    ExchangeObserver* observer = nullptr;  // may stay null
    const std::string server;

    [[nodiscard]] Stage stage() const noexcept { return stage_; }
    void enter(Stage stage) noexcept;

private:
    Stage stage_ = Stage::serving;
    Watcher* watchers_ = nullptr;
};

}  // namespace cais::http
