#include "client/dial.h"

#include "client/race.h"
#include "client/resolver.h"
#include "http1/client.h"
#include "io/listener.h"
#include "io/within.h"
#include "tls/client_context.h"
#include "tls/connect.h"

namespace cais::client {

io::Stream& Path::stream() noexcept
{
    if (secure_) return *secure_;
    if (to_proxy_) return *to_proxy_;
    return *tcp_;
}

void Path::close() noexcept
{
    stream().shut_down();
    tcp_->close();
}

class Dial {
public:
    Dial(const Way& way, const DialSettings& settings, const trace::Context& trace)
        : way_(&way)
        , settings_(&settings)
        , trace_(&trace)
        , path_(std::make_unique<Path>())
    {
        path_->times.begun = base::now();
    }

    // All of it, one after the other.
    io::Task<Result<void>> run()
    {
        auto done = co_await connect();
        is_of_proxy_ = false;
        if (done && way_->proxy) {
            if (*trace_) say_proxy();
            if (way_->proxy->at.is_secure) {
                auto secured = co_await secure(way_->proxy->at, settings_->proxy_tls, path_->to_proxy_, *path_->tcp_);
                done = secured;
                is_of_proxy_ = !secured;
            }
            if (done && way_->is_tunnel()) {
                auto opened = co_await open_tunnel();
                done = opened;
            }
        }
        if (done && way_->origin.is_secure) {
            auto secured = co_await secure(way_->origin, settings_->tls, path_->secure_, path_->stream());
            done = secured;
        }
        path_->times.secured = base::now();
        co_return done;
    }

    [[nodiscard]] std::unique_ptr<Path> take() { return std::move(path_); }
    [[nodiscard]] Failure failure(const Error& error) const
    {
        return {error, phase_, doing_ + ": " + (why_.empty() ? base::describe(error) : why_), is_of_proxy_};
    }

private:
    io::Task<void> look_up(Addresses& addresses, Result<void>& found)
    {
        const Origin& to = way_->first();
        auto looked = co_await settings_->resolver.look_up(to.host, to.port, settings_->families,
                                                           settings_->limits.resolve, addresses, *trace_);
        if (!looked) {
            found = looked;
            addresses.fault = looked.error();
            addresses.has_ip6 = addresses.has_ip4 = true;
        }
        addresses.changed.set();
    }

    io::Task<Result<void>> connect()
    {
        is_of_proxy_ = way_->proxy.has_value();
        phase_ = Phase::resolve;
        doing_ = std::string("look up ") + (way_->proxy ? "the proxy " : "") + way_->first().host;
        // Both go on side by side: who answers first is connected to first (RFC 8305 §3).
        Addresses addresses;
        Result<void> found;
        io::Scope scope;
        scope.spawn(&Dial::look_up, *this, addresses, found);
        RaceSettings settings;
        settings.attempt = settings_->limits.attempt;
        settings.trace = *trace_;
        auto connected = co_await race(addresses, settings);
        scope.cancel();
        co_await scope.end();
        if (!connected) {
            const RaceLost& lost = connected.error();
            if (lost.tried.family != io::Address::Family::none) {
                phase_ = Phase::connect;
                doing_ = std::string("connect to ") + (way_->proxy ? "the proxy " : "") + lost.tried.text();
            }
            co_return std::unexpected(lost.error);
        }
        path_->times.resolved = connected->began;
        path_->times.connected = base::now();
        path_->tcp_ = std::move(connected->stream);
        path_->peer = connected->peer;
        path_->local = io::local_address(path_->tcp_->fd());
        co_return Result<void>();
    }

    io::Task<Result<void>> secure(const Origin& origin, const tls::ClientContext* context,
                                  std::optional<tls::Stream>& stream, io::Stream& below)
    {
        phase_ = Phase::tls;
        doing_ = "make a TLS connection to " + origin.host_and_port();
        if (context == nullptr) co_return fail(Error::unsupported, "TLS is not spoken here");
        stream.emplace(below);
        const tls::Destination destination{.context = *context,
                                           .host = origin.host,
                                           .limit = settings_->limits.handshake,
                                           .trace = *trace_,
                                           .port = origin.port,
                                           .sessions = settings_->sessions};
        auto done = co_await tls::connect(*stream, destination);
        if (!done && done.error().kind == Error::denied) phase_ = Phase::certificate;
        co_return done;
    }

    // CONNECT: RFC 9110 §9.3.6.
    io::Task<Result<void>> open_tunnel()
    {
        phase_ = Phase::proxy;
        doing_ = "have the proxy " + way_->proxy->at.host_and_port() + " connect to " + way_->origin.host_and_port();
        const std::string target = way_->origin.host_and_port();
        base::Arena arena;
        http::OutgoingRequest request(arena);
        request.method = "CONNECT";
        request.target = request.authority = target;
        if (!way_->proxy->authorization.empty())
            request.fields.add(http::Name::proxy_authorization, way_->proxy->authorization);
        if (!settings_->user_agent.empty()) request.fields.add(http::Name::user_agent, settings_->user_agent);
        http1::ClientLimits limits;
        limits.answer_time = settings_->limits.handshake;
        http1::Client client(path_->stream(), limits);
        auto answer = co_await client.ask(request);
        Result<void> done;
        if (!answer) {
            done = std::unexpected(answer.error());
        } else if (!http::is_successful(answer->status)) {
            why_ = "it answered " + std::to_string(http::code_of(answer->status)) +
                   (answer->reason.empty() ? "" : " " + std::string(answer->reason));
            done = fail(answer->status == http::Status::proxy_authentication_required ? Error::denied : Error::failed,
                        "the proxy refused to connect");
        } else if (!client.unread().empty()) {
            // Who speaks before TLS has begun is not whom we mean to speak to.
            done = fail(Error::malformed, "octets came before the tunnel was used", "RFC 9110 §9.3.6");
        }
        co_await client.end();
        co_return done;
    }

    void say_proxy() const
    {
        const Proxy& proxy = *way_->proxy;
        const std::string at = (proxy.at.is_secure ? "https://" : "http://") + proxy.at.host_and_port();
        const std::string target = way_->origin.host_and_port();
        trace_->say(trace::ProxyUsed{at, target, way_->is_tunnel(), proxy.from});
    }

    const Way* way_;
    const DialSettings* settings_;
    const trace::Context* trace_;
    std::unique_ptr<Path> path_;
    Phase phase_ = Phase::resolve;
    std::string doing_;
    std::string why_;  // where it is more than the error says
    bool is_of_proxy_ = false;
};

io::Task<std::expected<std::unique_ptr<Path>, Failure>> dial(Way way, DialSettings settings, trace::Context trace)
{
    Dial dial(way, settings, trace);
    auto done = co_await io::within(settings.limits.whole, dial.run());
    if (done) co_return dial.take();
    co_return std::unexpected(dial.failure(done.error()));
}

}  // namespace cais::client
