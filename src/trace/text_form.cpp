#include "trace/text_form.h"

#include "base/text.h"
#include "trace/json_form.h"
#include "trace/safe_text.h"
#include "trace/timestamp.h"

#include <fmt/format.h>
#include <iterator>

namespace cais::trace {
namespace {

constexpr std::size_t time_columns = 11;
constexpr std::size_t id_columns = 6;
constexpr std::size_t word_columns = 13;

enum class Mark : char { sent = '>', received = '<', done = '*', failed = '!', more = ' ' };

Mark mark_of(Direction direction) { return direction == Direction::sent ? Mark::sent : Mark::received; }

std::string_view colour_of(Mark mark)
{
    switch (mark) {
    case Mark::sent: return "\x1b[36m";
    case Mark::received: return "\x1b[32m";
    case Mark::failed: return "\x1b[1;31m";
    default: return "\x1b[2m";
    }
}

std::string safe(std::string_view text)
{
    std::string to;
    append_safe(to, text);
    return to;
}

std::string list_of(std::span<const std::string_view> values)
{
    std::string to;
    for (const auto value : values) {
        if (!to.empty()) to += ", ";
        append_safe(to, value);
    }
    return to;
}

// "2024-01-31 12:00 UTC"
std::string date_of(std::int64_t seconds)
{
    std::string text = utc_text(base::WallTime(std::chrono::seconds(seconds)), Fraction::none).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

std::string counted(std::uint64_t number, std::string_view what)
{
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

// The lines of each event.
class Lines {
public:
    Lines(std::string& to, const Context& context, const TextStyle& style)
        : to_(to)
        , context_(context)
        , style_(style)
    {
    }

    void operator()(const ResolveBegin& e)
    {
        line(Mark::done, "resolve", fmt::format("{}, port {}", safe(e.host), e.port));
    }
    void operator()(const ResolveAnswer& e)
    {
        line(Mark::done, "resolved", fmt::format("{} (by {})", safe(e.host), safe(e.source)));
        if (!e.canonical_name.empty()) more("alias of " + safe(e.canonical_name));
        more("IPv6: " + (e.ip6.empty() ? "none" : list_of(e.ip6)));
        more("IPv4: " + (e.ip4.empty() ? "none" : list_of(e.ip4)));
    }
    void operator()(const ResolveFailure& e)
    {
        line(Mark::failed, "resolve", fmt::format("{}: {}", safe(e.host), safe(e.why)));
    }
    void operator()(const RaceBegin& e)
    {
        if (e.addresses.size() < 2) return;  // none
        line(Mark::done, "race", fmt::format("{}; the next each {}", list_of(e.addresses), text_of(e.delay)));
    }
    void operator()(const ConnectBegin& e)
    {
        line(Mark::done, "connect", fmt::format("{}, try {}", safe(e.address), e.attempt));
    }
    void operator()(const Connected& e)
    {
        std::string text = "to " + safe(e.address);
        if (!e.local.empty()) text += " from " + safe(e.local);
        line(Mark::done, "connected", text + " in " + text_of(e.took));
    }
    void operator()(const ConnectFailure& e)
    {
        line(Mark::failed, "connect", fmt::format("{}: {} after {}", safe(e.address), safe(e.why), text_of(e.took)));
    }
    void operator()(const ConnectCancelled& e)
    {
        line(Mark::done, "connect", fmt::format("{} given up after {}", safe(e.address), text_of(e.took)));
    }
    void operator()(const ProxyUsed& e)
    {
        line(Mark::done, "proxy",
             fmt::format("{} {} for {}{}", safe(e.proxy), e.is_tunnel ? "as a tunnel" : "by absolute form",
                         safe(e.target), e.from.empty() ? "" : " (" + safe(e.from) + ")"));
    }
    void operator()(const ConnectionAccepted& e)
    {
        line(Mark::received, "connection", fmt::format("from {} to {}", safe(e.peer), safe(e.local)));
    }
    void operator()(const ConnectionOpened& e)
    {
        line(Mark::done, "connection",
             fmt::format("with {}{}: {}{}", safe(e.peer), e.local.empty() ? "" : " at " + safe(e.local),
                         safe(e.protocol), e.is_secure ? ", encrypted" : ", in the clear"));
    }
    void operator()(const ConnectionReused& e)
    {
        line(Mark::done, "connection",
             fmt::format("with {} used again: {}, after {}", safe(e.peer), safe(e.protocol),
                         counted(e.exchanges, "exchange")));
    }
    void operator()(const ConnectionKept& e)
    {
        line(Mark::done, "connection", e.limit ? "kept open for " + text_of(*e.limit) : "kept open");
    }
    void operator()(const ConnectionClosed& e)
    {
        line(e.is_failure ? Mark::failed
             : e.by_peer  ? Mark::received
                          : Mark::done,
             "connection", fmt::format("closed after {}: {}", counted(e.exchanges, "exchange"), safe(e.why)));
    }

    void operator()(const TlsOffer& e)
    {
        line(mark_of(e.direction), "tls offer",
             (e.server_name.empty() ? std::string("no server name") : "server name " + safe(e.server_name)) + "; " +
                 list_of(e.versions) + (e.has_session ? "; to resume a session" : ""));
        more("ALPN: " + (e.protocols.empty() ? std::string("not offered") : "offers " + list_of(e.protocols)));
    }
    void operator()(const TlsTrust& e)
    {
        if (!e.verifies) return line(Mark::failed, "tls trust", "nobody is verified (" + safe(e.source) + ")");
        std::string text = safe(e.source);
        if (!e.file.empty()) text += ": file " + safe(e.file);
        if (!e.folder.empty()) text += (e.file.empty() ? ": folder " : ", folder ") + safe(e.folder);
        line(Mark::done, "tls trust", text);
    }
    void operator()(const TlsMessage& e)
    {
        const bool is_alert = e.content == TlsMessage::alert;
        const bool is_end = is_alert && e.type == 0;
        const std::string name = safe(e.name);
        if (is_alert && !is_end)
            return line(
                Mark::failed, "tls alert",
                fmt::format("{} {} ({})", e.direction == Direction::sent ? "sent:" : "received:", name, e.type));
        line(mark_of(e.direction), is_alert ? "tls alert" : "tls",
             fmt::format("{}, {}", name, counted(e.octets, "octet")));
    }
    void operator()(const TlsVerification& e)
    {
        line(e.holds ? Mark::done : Mark::failed, fmt::format("certificate {}", e.depth),
             e.subject.empty() ? std::string("(no subject)") : safe(e.subject));
        if (!e.key_type.empty())
            more(fmt::format("key: {}, {} bits; signed with {}", safe(e.key_type), e.key_bits, safe(e.signature)));
        if (e.not_after != 0) more(fmt::format("valid: {} to {}", date_of(e.not_before), date_of(e.not_after)));
        if (!e.issuer.empty()) more("issuer: " + safe(e.issuer));
        more(fmt::format("verdict: {}{}", safe(e.outcome), e.is_trusted_root ? ", of the trust store" : ""));
    }
    void operator()(const TlsVerdict& e)
    {
        if (e.holds) {
            std::string text = "the peer's certificate is believed";
            if (!e.matched_name.empty())
                text = fmt::format("the certificate's name {} matches {}", safe(e.matched_name), safe(e.host));
            return line(Mark::done, "tls verified", text);
        }
        line(Mark::failed, "tls verified",
             fmt::format("{}{}", safe(e.outcome), e.is_required ? "" : "; goes on all the same (-k)"));
    }
    void operator()(const TlsEstablished& e)
    {
        std::string text = safe(e.version) + ", " + safe(e.cipher);
        if (!e.group.empty()) text += ", group " + safe(e.group);
        if (!e.signature.empty()) text += ", signature " + safe(e.signature);
        line(Mark::done, "tls", text);
        more(e.protocol.empty() ? "ALPN: nothing was agreed on" : "ALPN: " + safe(e.protocol) + " accepted");
        more(e.is_resumed ? "a session was resumed" : "a full handshake: no session was resumed");
        if (!e.peer_subject.empty()) more("client certificate: " + safe(e.peer_subject));
    }
    void operator()(const TlsKernel& e)
    {
        constexpr std::string_view texts[] = {"not used", "receives", "sends", "sends and receives"};
        line(Mark::done, "kernel tls", texts[(e.sends ? 2 : 0) + (e.receives ? 1 : 0)]);
    }
    void operator()(const TlsFailure& e) { line(Mark::failed, "tls", safe(e.why)); }

    void operator()(const Frame& e)
    {
        std::string text = e.name.empty() ? fmt::format("type {}", e.type) : safe(e.name);
        text += e.stream == 0 ? std::string(" of the connection") : fmt::format(" of stream {}", e.stream);
        text += ", " + counted(e.length, "octet");
        append_flags(text, e);
        if (e.increment) text += fmt::format(", by {}", *e.increment);
        if (e.error)
            text += fmt::format(", {}", e.error_name.empty() ? fmt::format("error {}", *e.error) : safe(e.error_name));
        if (e.last_stream) text += fmt::format(", last stream {}", *e.last_stream);
        if (e.prioritized) text += fmt::format(", for stream {}", *e.prioritized);
        line(mark_of(e.direction), e.version == Frame::http_3 ? "h3 frame" : "h2 frame", text);
        for (const auto& setting : e.settings)
            more(fmt::format("{} = {}",
                             setting.name.empty() ? fmt::format("setting {}", setting.number) : safe(setting.name),
                             setting.value));
        if (!e.text.empty()) more(safe(e.text));
    }

    void operator()(const RequestHead& e)
    {
        const Mark mark = of(Message::request);
        if (e.stream) line(mark, "stream", fmt::format("{} opened", *e.stream));
        line(mark, "request",
             fmt::format("{} {} {}", safe(e.method), safe(e.target.empty() ? e.authority : e.target), safe(e.version)));
        if (e.stream) {
            field(":method", e.method);
            if (!e.protocol.empty()) field(":protocol", e.protocol);
            if (!e.scheme.empty()) field(":scheme", e.scheme);
            if (!e.authority.empty()) field(":authority", e.authority);
            if (!e.target.empty()) field(":path", e.target);
        }
        for (const auto& one : e.fields) field(one.name, one.value);
    }
    void operator()(const ResponseHead& e)
    {
        line(of(Message::response), e.is_interim ? "interim" : "response",
             fmt::format("{} {}{}{}{}", safe(e.version), e.status, e.reason.empty() ? "" : " ", safe(e.reason),
                         e.stream ? fmt::format(", stream {}", *e.stream) : ""));
        if (e.stream) field(":status", std::to_string(e.status));
        for (const auto& one : e.fields) field(one.name, one.value);
    }
    void operator()(const ContentProgress& e)
    {
        line(of(e.of), "content",
             e.whole ? fmt::format("{} of {}", e.octets, counted(*e.whole, "octet")) : counted(e.octets, "octet"));
    }
    void operator()(const Trailers& e)
    {
        line(of(e.of), "trailers", e.of == Message::request ? "of the request" : "of the response");
        for (const auto& one : e.fields) field(one.name, one.value);
    }
    void operator()(const MessageEnd& e)
    {
        line(of(e.of), "end",
             fmt::format("of the {}, {} of content", e.of == Message::request ? "request" : "response",
                         counted(e.octets, "octet")));
    }
    void operator()(const Routing& e)
    {
        line(Mark::done, "route", fmt::format("{} at {}: {}", safe(e.site), safe(e.path), safe(e.module)));
    }
    void operator()(const Choice& e)
    {
        line(Mark::done, "choice",
             fmt::format("{}: {}{}{}", safe(e.of), safe(e.chosen),
                         e.wanted.empty() ? "" : ", wanted: " + safe(e.wanted),
                         e.why.empty() ? "" : "; " + safe(e.why)));
    }
    void operator()(const CacheDecision& e)
    {
        line(Mark::done, "cache",
             fmt::format("{}{}{}", safe(e.decision), e.age ? fmt::format(", {} s old", e.age->count()) : "",
                         e.why.empty() ? "" : ": " + safe(e.why)));
    }
    void operator()(const Redirect& e)
    {
        line(Mark::done, "redirect",
             fmt::format("{} from {} to {}, with {}", e.status, safe(e.from), safe(e.to), safe(e.method)));
        if (e.keeps_content) more("the content is sent again");
        if (e.drops_credentials) more("another origin: credentials are not sent");
    }
    void operator()(const Retry& e)
    {
        line(Mark::done, "retry", fmt::format("try {} after {}: {}", e.attempt, text_of(e.after), safe(e.why)));
    }
    void operator()(const Failure& e)
    {
        line(Mark::failed, "failed", fmt::format("({}) {}", safe(e.phase), safe(e.why)));
    }
    void operator()(const ExchangeEnd& e)
    {
        line(e.is_complete ? Mark::done : Mark::failed, e.is_complete ? "done" : "cut",
             fmt::format("{}in {}; content: {} sent, {} received",
                         e.status == 0 ? std::string("without an answer ") : fmt::format("{} ", e.status),
                         text_of(e.took), e.octets_sent, counted(e.octets_received, "octet")));
    }

private:
    // A client sends requests, a server responses.
    [[nodiscard]] Mark of(Message message) const
    {
        return (message == Message::request) == (context_.side == Side::client) ? Mark::sent : Mark::received;
    }

    void coloured(std::string_view colour, std::string_view text)
    {
        if (style_.colour == Colour::off) to_ += text;
        else ((to_ += colour) += text) += plain_colour;
    }

    // The first is behind the time that stands there already.
    void line(Mark mark, std::string_view word, std::string_view text)
    {
        if (!is_first_) to_.append(time_columns, ' ');
        is_first_ = false;
        if (style_.shows_ids) to_ += fmt::format(" {:<{}}", id_of(context_), id_columns - 1);
        to_ += ' ';
        coloured(colour_of(mark), std::string_view(reinterpret_cast<const char*>(&mark), 1));
        to_ += ' ';
        coloured(mark == Mark::failed ? colour_of(mark) : "\x1b[1m", fmt::format("{:<{}}", word, word_columns));
        (to_ += ' ') += text;
        to_ += '\n';
    }

    void more(std::string_view text)
    {
        to_.append(time_columns + (style_.shows_ids ? id_columns : 0) + 3 + word_columns + 1, ' ');
        (to_ += text) += '\n';
    }

    void field(std::string_view name, std::string_view value)
    {
        std::string text;
        const std::string shown = safe(name) + ":";
        if (style_.colour == Colour::on) ((text += "\x1b[34m") += shown) += plain_colour;
        else text += shown;
        more(text + " " + safe(shown_value(name, value, style_.secrets)));
    }

    static void append_flags(std::string& to, const Frame& frame)
    {
        if (frame.flags == 0) return;
        std::string names;
        unsigned known = 0;
        for (unsigned bit = 1; bit <= 128 && frame.version == Frame::http_2; bit *= 2) {
            if ((frame.flags & bit) == 0) continue;
            const auto name = http2_flag_name(frame.type, static_cast<std::uint8_t>(bit));
            if (name.empty()) continue;
            known |= bit;
            (names += names.empty() ? "" : " ") += name;
        }
        if (const unsigned rest = frame.flags & ~known; rest != 0)
            names += fmt::format("{}0x{:02X}", names.empty() ? "" : " ", rest);
        to += " [" + names + "]";
    }

    std::string& to_;
    const Context& context_;
    const TextStyle& style_;
    bool is_first_ = true;
};

}  // namespace

void append_text_event(std::string& to, const Context& context, const Event& event, const TextStyle& style)
{
    const std::size_t before = to.size();
    std::visit(Lines(to, context, style), event);
    // The server's half of W3C Trace Context: once, where the exchange begins.
    if (to.size() == before || context.trace_parent.empty() || !std::holds_alternative<RequestHead>(event)) return;
    to.append(time_columns + (style.shows_ids ? id_columns : 0) + 3 + word_columns + 1, ' ');
    to += "(trace " + safe(context.trace_parent) + ")\n";
}

void append_text_time(std::string& to, base::Duration since_first, const TextStyle& style)
{
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(since_first).count();
    const std::string time = fmt::format("{:>{}}.{:03}", microseconds / 1000, time_columns - 4, microseconds % 1000);
    if (style.colour == Colour::off) to += time;
    else ((to += "\x1b[2m") += time) += plain_colour;
}

void append_text_begin(std::string& to, base::WallTime time, std::string_view host, const TextStyle& style)
{
    append_text_time(to, {}, style);
    to += fmt::format("{} * {:<{}} {} on {}\n", style.shows_ids ? fmt::format(" {:<{}}", "", id_columns - 1) : "",
                      "begin", word_columns, utc_text(time, Fraction::microseconds), safe(host));
}

std::string text_of(base::Duration duration)
{
    const double microseconds = std::chrono::duration<double, std::micro>(duration).count();
    if (microseconds < 999.5) return fmt::format("{:.0f} us", microseconds);
    const double milliseconds = microseconds / 1000;
    if (milliseconds < 99.95) return fmt::format("{:.{}f} ms", milliseconds, milliseconds < 9.995 ? 2 : 1);
    if (milliseconds < 999.5) return fmt::format("{:.0f} ms", milliseconds);
    const double seconds = milliseconds / 1000;
    return fmt::format("{:.{}f} s", seconds, seconds < 9.995 ? 2 : seconds < 99.95 ? 1 : 0);
}

}  // namespace cais::trace
