#include "trace/timeline.h"

#include "base/text.h"
#include "trace/safe_text.h"
#include "trace/text_form.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

#include <sys/ioctl.h>

namespace cais::trace {
namespace {

constexpr std::array<std::string_view, 6> names = {"dns", "connect", "tls", "send", "wait", "receive"};
constexpr std::array<std::string_view, 6> colours = {"\x1b[34m", "\x1b[36m", "\x1b[35m",
                                                     "\x1b[33m", "\x1b[2m",  "\x1b[32m"};
constexpr std::size_t name_columns = 8;  // with a space behind it
constexpr std::size_t time_columns = 9;  // with a space before it
constexpr std::size_t least_bar = 8;     // fewer columns say nothing
constexpr std::size_t longest_bar = 200;

std::string title_of(const RequestHead& head)
{
    std::string_view authority = head.authority;
    for (const auto& field : head.fields)
        if (authority.empty() && base::equals_ignoring_case(field.name, "host")) authority = field.value;
    std::string title;
    append_safe(title, head.method);
    title += ' ';
    if (!head.scheme.empty()) {
        append_safe(title, head.scheme);
        title += "://";
    }
    if (head.target.starts_with('/') || head.target.empty()) append_safe(title, authority);
    append_safe(title, head.target);
    return title;
}

// At most so many columns of it, which is safe to be looked at; never half a character.
std::string clipped(std::string text, std::size_t columns)
{
    if (columns_of(text) <= columns) return text;
    while (!text.empty() && columns_of(text) + 3 > columns) {
        while (!text.empty() && (text.back() & 0xC0) == 0x80) text.pop_back();
        if (!text.empty()) text.pop_back();
    }
    return text + std::string(std::min<std::size_t>(columns, 3), '.');
}

}  // namespace

Timeline::Exchange* Timeline::exchange_of(const Context& context)
{
    if (context.exchange == 0) {  // of a connection: of who waits for it
        if (exchanges_.empty()) exchanges_.emplace_back();
        return &exchanges_.back();
    }
    const auto found = std::ranges::find(exchanges_, context.exchange, &Exchange::number);
    if (found != exchanges_.end()) return &*found;
    if (exchanges_.empty() || exchanges_.back().number != 0) {
        if (exchanges_.size() == most_exchanges) return nullptr;
        exchanges_.emplace_back();
    }
    exchanges_.back().number = context.exchange;
    return &exchanges_.back();
}

void Timeline::begin(Exchange& exchange, Phase phase, base::Instant at)
{
    Span& span = exchange.phases[phase];
    if (!span.begin) span.begin = at;
}

void Timeline::end(Exchange& exchange, Phase phase, base::Instant at)
{
    Span& span = exchange.phases[phase];
    if (span.begin) span.end = at;
}

void Timeline::end_all(Exchange& exchange, base::Instant at)
{
    for (auto& span : exchange.phases)
        if (span.begin && !span.end) span.end = at;
}

void Timeline::hear(const Context& context, base::Instant at, const Event& event) noexcept
try {
    Exchange* const found = exchange_of(context);
    if (found == nullptr) return;
    Exchange& exchange = *found;
    if (std::holds_alternative<ResolveBegin>(event)) begin(exchange, dns, at);
    if (std::holds_alternative<ResolveAnswer>(event) || std::holds_alternative<ResolveFailure>(event))
        end(exchange, dns, at);
    if (std::holds_alternative<ConnectBegin>(event)) begin(exchange, connect, at);
    if (std::holds_alternative<Connected>(event)) end(exchange, connect, at);
    if (std::holds_alternative<TlsMessage>(event)) begin(exchange, tls, at);
    if (std::holds_alternative<TlsEstablished>(event) || std::holds_alternative<TlsFailure>(event))
        end(exchange, tls, at);
    if (const auto* head = std::get_if<RequestHead>(&event)) {
        exchange.title = title_of(*head);
        begin(exchange, send, at);
    }
    if (const auto* message = std::get_if<MessageEnd>(&event)) {
        end(exchange, message->of == Message::request ? send : receive, at);
        if (message->of == Message::request && exchange.status == 0) begin(exchange, wait, at);
    }
    if (const auto* head = std::get_if<ResponseHead>(&event); head != nullptr && !head->is_interim) {
        exchange.status = head->status;
        end(exchange, wait, at);
        begin(exchange, receive, at);
    }
    if (std::holds_alternative<Failure>(event) || std::holds_alternative<ExchangeEnd>(event)) end_all(exchange, at);
} catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): what cannot be kept is not shown
}

std::string Timeline::picture(const Style& style) const
{
    base::Instant first = base::never, last = base::Instant::min();
    for (const auto& exchange : exchanges_) {
        for (const auto& span : exchange.phases) {
            if (!span.begin) continue;
            first = std::min(first, *span.begin);
            last = std::max(last, span.end.value_or(*span.begin));
        }
    }
    if (first > last) return {};
    const double whole = std::max<double>(static_cast<double>((last - first).count()), 1);
    const std::size_t rest = style.columns - std::min(style.columns, name_columns + time_columns);
    const std::size_t width = rest < least_bar ? 0 : std::min(rest, longest_bar);
    const auto column = [&](base::Instant at) {
        return static_cast<double>((at - first).count()) / whole * static_cast<double>(width);
    };

    std::string text;
    for (const auto& exchange : exchanges_) {
        const std::string status = exchange.status == 0 ? "" : " " + std::to_string(exchange.status);
        text += clipped(exchange.title.empty() ? "(no request)" : exchange.title,
                        style.columns - std::min(style.columns, status.size()));
        text += status + "\n";
        for (std::size_t phase = 0; phase < count; ++phase) {
            const Span& span = exchange.phases[phase];
            if (!span.begin) continue;
            const base::Instant end = span.end.value_or(*span.begin);
            text += fmt::format("{:<{}}", names[phase], name_columns);
            if (width > 0) {
                // At least one column, which is within the width.
                const auto from = std::min(static_cast<std::size_t>(std::floor(column(*span.begin))), width - 1);
                const auto to = std::clamp(static_cast<std::size_t>(std::ceil(column(end))), from + 1, width);
                text.append(from, ' ');
                if (style.colour == Colour::on) text += colours[phase];
                for (std::size_t i = from; i < to; ++i) text += style.has_blocks ? "\xE2\x96\x88" : "#";
                if (style.colour == Colour::on) text += plain_colour;
                text.append(width - to, ' ');
            }
            text += fmt::format("{:>{}}\n", text_of(end - *span.begin), time_columns);
        }
    }
    text += fmt::format("{:<{}}{:>{}}\n", "total", name_columns, text_of(last - first), width + time_columns);
    return text;
}

std::size_t terminal_columns(int descriptor) noexcept
{
    constexpr std::size_t usual = 80, most = 1000;
    if (const char* text = std::getenv("COLUMNS"))
        if (const auto columns = base::parse_decimal(text); columns && *columns > 0)
            return std::min<std::size_t>(*columns, most);
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return usual;
}

bool has_utf8_locale() noexcept
{
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* const value = std::getenv(name);
        if (value == nullptr || *value == 0) continue;
        std::string_view text = value;
        const auto dot = text.find('.');
        text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
        return text.starts_with("UTF-8") || text.starts_with("utf8") || text.starts_with("utf-8");
    }
    return false;
}

}  // namespace cais::trace
