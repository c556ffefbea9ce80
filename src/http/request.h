// Request: what one exchange asks for, and what belongs to the exchange while it lasts.
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "http/body.h"
#include "http/connection.h"
#include "http/fields.h"
#include "http/method.h"
#include "http/status.h"
#include "http/target.h"
#include "http/version.h"
#include "io/address.h"
#include "io/scope.h"

#include <optional>
#include <string_view>
#include <utility>

namespace cais::http {

// The wire that a request came over, whatever its version.
class Wire {
public:
    // Sends an interim response (1xx, not 101) at once; nothing where the version has none.
    virtual io::Task<Result<void>> inform(Status status, const Fields& fields) = 0;
    // Ends when the peer is gone (reset or failed), or cancelled: for long work that nobody may wait for any more.
    virtual io::Task<Result<void>> peer_gone() = 0;

protected:
    ~Wire() = default;
};

// Text is as the peer sent it, and lives as long as the exchange: in the wire's buffer or the arena.
class Request {
public:
    // `arena` holds what belongs to the exchange; it is reset after finish().
    Request(base::Arena& arena, Wire& wire) noexcept : fields(arena), arena_(&arena), wire_(&wire) {}
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() { forget_kept(); }

    Method method = Method::other;
    Version version = Version::http_1_1;
    Status answered = Status::ok;      // for the record, once there is a response
    std::string_view method_text;      // of a method that nobody registered, too
    std::string_view target_text;      // as it was sent
    Target target;
    std::string_view host;             // the authority that is asked: of an absolute target, else Host's value
    Fields fields;
    Body body;                         // its content
    const Connection* connection = nullptr;  // what it came over; outlives the exchange
    const trace::Context* trace = nullptr;   // by which is told what is done for it; null: nobody listens
    io::Address client;                // whose request it is: the peer, or whom a trusted proxy names; without a port then
    std::string_view user;             // who was authenticated; empty: nobody
    // Of target.path: what its route matched literally, up to which a module that looks below a root does not look.
    std::uint32_t matched = 1;
    // The path that the client asked for, where a wrapper has put another one into `target`; else empty.
    std::string_view asked_path;
    base::WallTime received{};
    base::Instant started{};

    // The path without what its route matched: what lies below a module's root. Its first segment has no slash before
    // it.
    [[nodiscard]] std::string_view rest() const noexcept
    {
        return target.path.substr(matched < target.path.size() ? matched : target.path.size());
    }
    // The route is a folder's and the path lacks its last slash: /sub where the route is /sub/.
    [[nodiscard]] bool lacks_slash() const noexcept { return matched > target.path.size(); }
    // The path for whom it is shown to, or who follows a link made of it.
    [[nodiscard]] std::string_view public_path() const noexcept { return asked_path.empty() ? target.path : asked_path; }

    [[nodiscard]] base::Arena& arena() const noexcept { return *arena_; }
    [[nodiscard]] Wire& wire() const noexcept { return *wire_; }

    // Tasks that go on after the handler has returned: they end with the exchange, after the last octet or the reset,
    // when they are cancelled.
    [[nodiscard]] io::Scope& scope() noexcept
    {
        if (!scope_) scope_.emplace();
        return *scope_;
    }
    [[nodiscard]] bool has_scope() const noexcept { return scope_.has_value(); }

    // Keeps `object` until the scope has ended; what tasks in the scope refer to.
    template <class T>
    T& keep(T object)
    {
        struct Kept final : Keeper {
            explicit Kept(T&& given) : value(std::move(given)) {}
            T value;
        };
        auto* kept = new (arena_->allocate(sizeof(Kept), alignof(Kept))) Kept(std::move(object));
        kept->next = kept_;
        kept_ = kept;
        return kept->value;
    }

    // An interim response: 103 (Early Hints), 102 (Processing). Sent at once.
    [[nodiscard]] [[clang::coro_wrapper]] io::Task<Result<void>> inform(Status status, const Fields& with)
    {
        return wire_->inform(status, with);
    }

    // For the wire: makes it as new. The scope has ended.
    void reset() noexcept;

private:
    struct Keeper {
        Keeper* next = nullptr;
        virtual ~Keeper() = default;
    };
    void forget_kept() noexcept;

    base::Arena* arena_;
    Wire* wire_;
    Keeper* kept_ = nullptr;
    std::optional<io::Scope> scope_;
};

}  // namespace cais::http
