// Pool: the connections of one loop to all origins, used again where that may be.
//
// | a connection …                                      | what becomes of it                                          |
// | --------------------------------------------------- | ----------------------------------------------------------- |
// | has ended its exchange and takes another            | stays, for `idle` at most, and at most so many | | was closed
// by its peer while it rested              | is dropped when somebody wants it, or its time is over       | | failed,
// or cannot be used again                     | is dropped                                                   |
#pragma once
#include "client/connection.h"
#include "client/dial.h"
#include "client/resolver.h"
#include "io/scope.h"
#include "tls/client_context.h"
#include "tls/sessions.h"

#include <list>
#include <memory>
#include <string>

namespace cais::client {

struct PoolSettings {
    ResolverSettings resolver = {};
    Families families = Families::both;
    std::shared_ptr<const tls::ClientContext> tls = {};        // null: https is not spoken
    std::shared_ptr<const tls::ClientContext> proxy_tls = {};  // for proxies that are spoken to by TLS
    std::string user_agent = {};                               // for CONNECT
    DialLimits dial = {};
    ExchangeLimits exchange = {};
    base::Duration idle = std::chrono::seconds(55);  // less than most servers wait
    std::size_t most_idle = 64;                      // of all origins together
    std::size_t most_idle_of_origin = 8;
};

class Pool {
    struct Member;

public:
    // Ends by end(), on every path.
    explicit Pool(PoolSettings settings);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    // A connection for one exchange. Ends by end(), on every path.
    class Lease {
    public:
        Lease() = default;
        Lease(Lease&& other) noexcept = default;
        Lease& operator=(Lease&& other) noexcept = default;
        ~Lease() { assert(turn_ == nullptr && "a lease was left without co_await lease.end()"); }

        explicit operator bool() const noexcept { return turn_ != nullptr; }
        [[nodiscard]] Turn& turn() const noexcept { return *turn_; }
        [[nodiscard]] const Connection& connection() const noexcept;
        // Others have used it before.
        [[nodiscard]] bool is_reused() const noexcept;
        [[nodiscard]] std::uint64_t connection_number() const noexcept;  // trace::next_connection(), or 0
        // The connection goes back, or goes.
        [[nodiscard]] io::Task<void> end();

    private:
        friend class Pool;
        Pool* pool_ = nullptr;
        Member* member_ = nullptr;
        std::unique_ptr<Turn> turn_;
        trace::Context trace_;
    };

    enum class Fresh : std::uint8_t { no, yes };  // yes: one that nobody has used yet
    // A connection that is there, or another one.
    // Errors    as dial's.
    [[nodiscard]] io::Task<std::expected<Lease, Failure>> open(Way way, trace::Context trace, Fresh fresh = Fresh::no);

    // Every connection ends. The leases have ended.
    [[nodiscard]] io::Task<void> end();

    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }  // idle ones and others
    [[nodiscard]] const PoolSettings& settings() const noexcept { return settings_; }

private:
    struct Member {
        Way way;
        std::unique_ptr<Connection> connection;
        std::uint64_t exchanges = 0;
        std::uint64_t number = 0;
        base::Instant idle_since = base::never;
    };

    [[nodiscard]] Member* find(const Way& way);
    [[nodiscard]] Lease lease(Member& member, trace::Context trace);
    [[nodiscard]] io::Task<void> drop(Member& member, std::string_view why, trace::Context trace);
    [[nodiscard]] io::Task<void> drop_old(std::size_t most);
    io::Task<void> watch_idle();

    PoolSettings settings_;
    Resolver resolver_;
    tls::Sessions sessions_;
    std::list<Member> members_;
    io::Scope watching_;
};

}  // namespace cais::client
