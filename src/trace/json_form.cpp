#include "trace/json_form.h"

#include "trace/json_object.h"
#include "trace/timestamp.h"

#include <algorithm>

namespace cais::trace {
namespace {

std::string_view text_of(Direction direction) { return direction == Direction::sent ? "sent" : "received"; }
std::string_view text_of(Message message) { return message == Message::request ? "request" : "response"; }

// [["name","value"],…]: in their order, and as often as they come, which an object could not say.
void append_fields(JsonObject& to, std::span<const Field> fields, Secrets secrets)
{
    std::string& text = to.key("fields");
    text += '[';
    bool is_first = true;
    for (const auto& field : fields) {
        text += is_first ? "[" : ",[";
        is_first = false;
        append_safe_json(text, field.name);
        text += ',';
        append_safe_json(text, shown_value(field.name, field.value, secrets));
        text += ']';
    }
    text += ']';
}

// The members of each event.
class Members {
public:
    Members(std::string& to, Secrets secrets)
        : to_(to, false)
        , secrets_(secrets)
    {
    }

    void operator()(const ResolveBegin& e) { to_.text("host", e.host).number("port", e.port); }
    void operator()(const ResolveAnswer& e)
    {
        to_.text("host", e.host).text("source", e.source).texts("ip6", e.ip6).texts("ip4", e.ip4);
        to_.text("canonical_name", e.canonical_name);
    }
    void operator()(const ResolveFailure& e) { to_.text("host", e.host).text("why", e.why); }
    void operator()(const RaceBegin& e) { to_.texts("addresses", e.addresses).time("delay", e.delay); }
    void operator()(const ConnectBegin& e) { to_.text("address", e.address).number("attempt", e.attempt); }
    void operator()(const Connected& e) { to_.text("address", e.address).text("local", e.local).time("took", e.took); }
    void operator()(const ConnectFailure& e) { to_.text("address", e.address).text("why", e.why).time("took", e.took); }
    void operator()(const ConnectCancelled& e) { to_.text("address", e.address).time("took", e.took); }
    void operator()(const ProxyUsed& e)
    {
        to_.text("proxy", e.proxy).text("target", e.target).flag("tunnel", e.is_tunnel).text("from", e.from);
    }
    void operator()(const ConnectionAccepted& e) { to_.text("peer", e.peer).text("local", e.local); }
    void operator()(const ConnectionOpened& e)
    {
        to_.text("peer", e.peer).text("local", e.local).text("protocol", e.protocol).flag("secure", e.is_secure);
    }
    void operator()(const ConnectionReused& e)
    {
        to_.text("peer", e.peer).text("protocol", e.protocol).number("exchanges", e.exchanges);
    }
    void operator()(const ConnectionKept& e)
    {
        if (e.limit) to_.time("limit", *e.limit);
    }
    void operator()(const ConnectionClosed& e)
    {
        to_.text("why", e.why).number("exchanges", e.exchanges).flag("failure", e.is_failure);
        to_.flag("by_peer", e.by_peer);
    }

    void operator()(const TlsOffer& e)
    {
        to_.text("direction", text_of(e.direction)).text("server_name", e.server_name);
        to_.texts("protocols", e.protocols).texts("versions", e.versions).flag("session", e.has_session);
    }
    void operator()(const TlsTrust& e)
    {
        to_.text("source", e.source).text("file", e.file).text("folder", e.folder).flag("verifies", e.verifies);
    }
    void operator()(const TlsMessage& e)
    {
        constexpr std::string_view contents[] = {"change_cipher_spec", "alert", "handshake"};
        to_.text("direction", text_of(e.direction))
            .text("content", contents[e.content - TlsMessage::change_cipher_spec]);
        to_.text("message", e.name).number("type", e.type).number("octets", e.octets);
    }
    void operator()(const TlsVerification& e)
    {
        to_.number("depth", static_cast<std::uint64_t>(std::max(e.depth, 0))).text("subject", e.subject);
        to_.text("issuer", e.issuer).text("key", e.key_type).number("bits", e.key_bits).text("signature", e.signature);
        append_date("not_before", e.not_before);
        append_date("not_after", e.not_after);
        to_.flag("trusted", e.is_trusted_root).flag("holds", e.holds).text("outcome", e.outcome);
    }
    void operator()(const TlsVerdict& e)
    {
        to_.flag("holds", e.holds).text("outcome", e.outcome).text("host", e.host);
        to_.text("matched_name", e.matched_name).flag("required", e.is_required);
    }
    void operator()(const TlsEstablished& e)
    {
        to_.text("version", e.version).text("cipher", e.cipher).text("group", e.group).text("signature", e.signature);
        to_.text("protocol", e.protocol).text("server_name", e.server_name).flag("resumed", e.is_resumed);
        to_.text("peer_subject", e.peer_subject);
    }
    void operator()(const TlsKernel& e) { to_.flag("sends", e.sends).flag("receives", e.receives); }
    void operator()(const TlsFailure& e) { to_.text("why", e.why); }

    void operator()(const Frame& e)
    {
        to_.number("http", e.version).text("direction", text_of(e.direction)).number("stream", e.stream);
        to_.text("frame", e.name).number("type", e.type).number("flags", e.flags);
        append_flag_names(e);
        to_.number("length", e.length);
        if (!e.settings.empty()) append_settings(e.settings);
        to_.number("increment", e.increment).number("error", e.error).text("error_name", e.error_name);
        to_.number("last_stream", e.last_stream).number("prioritized", e.prioritized).text("text", e.text);
    }

    void operator()(const RequestHead& e)
    {
        to_.text("method", e.method).text("target", e.target).text("version", e.version);
        to_.text("scheme", e.scheme).text("authority", e.authority).text("protocol", e.protocol);
        to_.number("stream", e.stream);
        append_fields(to_, e.fields, secrets_);
    }
    void operator()(const ResponseHead& e)
    {
        to_.number("status", e.status).text("reason", e.reason).text("version", e.version);
        to_.flag("interim", e.is_interim).number("stream", e.stream);
        append_fields(to_, e.fields, secrets_);
    }
    void operator()(const ContentProgress& e)
    {
        to_.text("of", text_of(e.of)).number("octets", e.octets).number("whole", e.whole);
    }
    void operator()(const Trailers& e)
    {
        to_.text("of", text_of(e.of));
        append_fields(to_, e.fields, secrets_);
    }
    void operator()(const MessageEnd& e) { to_.text("of", text_of(e.of)).number("octets", e.octets); }
    void operator()(const Routing& e) { to_.text("site", e.site).text("path", e.path).text("module", e.module); }
    void operator()(const Choice& e)
    {
        to_.text("of", e.of).text("chosen", e.chosen).text("wanted", e.wanted).text("why", e.why);
    }
    void operator()(const CacheDecision& e)
    {
        to_.text("decision", e.decision).text("why", e.why);
        if (e.age) to_.number("age", static_cast<std::uint64_t>(std::max<std::int64_t>(e.age->count(), 0)));
    }
    void operator()(const Redirect& e)
    {
        to_.number("status", e.status).text("from", e.from).text("to", e.to).text("method", e.method);
        to_.flag("keeps_content", e.keeps_content).flag("drops_credentials", e.drops_credentials);
    }
    void operator()(const Retry& e) { to_.number("attempt", e.attempt).text("why", e.why).time("after", e.after); }
    void operator()(const Failure& e) { to_.text("phase", e.phase).text("why", e.why); }
    void operator()(const ExchangeEnd& e)
    {
        if (e.status != 0) to_.number("status", e.status);
        to_.flag("complete", e.is_complete).number("sent", e.octets_sent).number("received", e.octets_received);
        to_.time("took", e.took);
    }

private:
    void append_date(std::string_view name, std::int64_t seconds)
    {
        if (seconds == 0) return;
        to_.text(name, utc_text(base::WallTime(std::chrono::seconds(seconds)), Fraction::none));
    }
    // Of HTTP/2; HTTP/3 has none.
    void append_flag_names(const Frame& frame)
    {
        if (frame.version != Frame::http_2 || frame.flags == 0) return;
        std::string_view names[8];
        std::size_t count = 0;
        for (unsigned bit = 1; bit <= 128; bit *= 2)
            if ((frame.flags & bit) != 0)
                if (const auto name = http2_flag_name(frame.type, static_cast<std::uint8_t>(bit)); !name.empty())
                    names[count++] = name;
        to_.texts("flag_names", {names, count});
    }
    void append_settings(std::span<const Setting> settings)
    {
        std::string& text = to_.key("settings");
        char before = '[';
        for (const auto& setting : settings) {
            (text += before) += '{';
            JsonObject(text).text("name", setting.name).number("number", setting.number).number("value", setting.value);
            text += '}';
            before = ',';
        }
        text += ']';
    }

    JsonObject to_;
    Secrets secrets_;
};

}  // namespace

std::string_view text_of(Side side) noexcept { return side == Side::client ? "client" : "server"; }

std::string id_of(const Context& context)
{
    if (context.exchange != 0) return "x" + std::to_string(context.exchange);
    if (context.connection != 0) return "c" + std::to_string(context.connection);
    return "trace";
}

void append_json_event(std::string& to, const Context& context, const Event& event, Secrets secrets)
{
    JsonObject members(to, false);
    members.text("event", name_of(event)).text("id", id_of(context)).text("side", text_of(context.side));
    if (context.exchange != 0 && context.connection != 0)
        members.text("connection", "c" + std::to_string(context.connection));
    members.text("traceparent", context.trace_parent);
    std::visit(Members(to, secrets), event);
    to += "}\n";
}

void append_json_time(std::string& to, base::Duration since_first, base::Duration earlier)
{
    to += '{';
    JsonObject members(to);
    members.time("t", since_first);
    if (earlier > base::Duration::zero()) members.time("earlier", earlier);
}

void append_json_begin(std::string& to, Side side, base::WallTime time, std::string_view host)
{
    append_json_time(to, {});
    JsonObject members(to, false);
    members.text("event", "trace.begin").text("id", "trace").text("side", text_of(side));
    members.text("time", utc_text(time, Fraction::microseconds)).time("wall", time.time_since_epoch());
    members.text("host", host);
    to += "}\n";
}

}  // namespace cais::trace
