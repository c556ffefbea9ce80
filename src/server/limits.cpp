#include "server/limits.h"

#include "base/text.h"
#include "config/quantity.h"

#include <array>
#include <fmt/format.h>

namespace cais::server {
namespace {

struct Limit {
    enum class Kind : std::uint8_t { size, count, duration };
    std::string_view name;
    Kind kind;
    std::string_view meaning;
    std::uint64_t& (*number)(Limits&) = nullptr;
    base::Duration& (*time)(Limits&) = nullptr;
    bool may_be_zero = true;     // false: with 0 every request would be refused
    std::string_view also = {};  // a shorter name
};

template <std::uint64_t http::Limits::* member>
constexpr auto number = +[](Limits& limits) -> std::uint64_t& { return limits.http.*member; };
template <base::Duration http::Limits::* member>
constexpr auto duration = +[](Limits& limits) -> base::Duration& { return limits.http.*member; };

using L = http::Limits;
using Kind = Limit::Kind;
constexpr std::array limits_by_name = {
    Limit{"request-line", Kind::size, "a request line; 414 beyond", number<&L::request_line>, nullptr, false},
    Limit{"fields", Kind::size, "all field lines of a request; 431 beyond", number<&L::fields>, nullptr, false},
    Limit{"field-lines", Kind::count, "their number; 431 beyond", number<&L::field_lines>, nullptr, false},
    Limit{"buffered-content", Kind::size, "content that is needed whole; 413 beyond", number<&L::buffered_content>},
    Limit{"unread-content", Kind::size, "content that nobody wanted, read off; then close", number<&L::unread_content>},
    Limit{"unread-time", Kind::duration, "the time for that", nullptr, duration<&L::unread_time>},
    Limit{"requests", Kind::count, "on one connection; 0: any number", number<&L::requests>},
    Limit{"tls-handshake", Kind::duration, "for a handshake of TLS, then close", nullptr, duration<&L::handshake_time>},
    Limit{"head-time", Kind::duration, "for a request's head to come; 408 beyond", nullptr, duration<&L::head_time>},
    Limit{"idle-time", Kind::duration, "between requests, then close", nullptr, duration<&L::idle_time>, true, "idle"},
    Limit{"content-rate", Kind::size, "of request content a second, or 408; 0B: any", number<&L::content_rate>},
    Limit{"content-time", Kind::duration, "over which that is measured", nullptr, duration<&L::content_time>},
    Limit{"send-time", Kind::duration, "for a reader to take something, then cut", nullptr, duration<&L::send_time>},
    Limit{"send-rate", Kind::size, "that a reader takes a second, or cut; 0B: any", number<&L::send_rate>},
    Limit{"send-rate-time", Kind::duration, "over which that is measured", nullptr, duration<&L::send_rate_time>},
    Limit{"connections", Kind::count, "at once; 0: as many as descriptors allow",
          [](Limits& limits) -> std::uint64_t& { return limits.connections; }},
    Limit{"stop-time", Kind::duration, "for what is in flight after SIGTERM, then cut", nullptr,
          [](Limits& limits) -> base::Duration& { return limits.stop_time; }},
};

constexpr std::string_view zero = "with 0 every request would be refused";

std::string names()
{
    std::string all;
    for (const auto& limit : limits_by_name) all += fmt::format("{}{}", all.empty() ? "" : ", ", limit.name);
    return all;
}

// Gives what is wrong.
std::string_view set(const Limit& limit, Limits& limits, std::string_view value)
{
    if (limit.kind == Kind::duration) {
        const auto time = config::parse_duration(value);
        if (!time) return time.error().what;
        if (*time <= base::Duration::zero()) return "it must be longer than nothing";
        limit.time(limits) = *time;
        return {};
    }
    std::uint64_t number = 0;
    if (limit.kind == Kind::size) {
        const auto size = config::parse_size(value);
        if (!size) return size.error().what;
        number = *size;
    } else {
        const auto count = base::parse_decimal(value);
        if (!count) return "a whole number is wanted";
        number = *count;
    }
    if (number == 0 && !limit.may_be_zero) return zero;
    limit.number(limits) = number;
    return {};
}

// The largest unit that gives a whole number: "64KiB", "30s".
std::string text_of(const Limit& limit, Limits& limits)
{
    if (limit.kind == Kind::count) return std::to_string(limit.number(limits));
    if (limit.kind == Kind::duration) return config::text_of_duration(limit.time(limits));
    return config::text_of_size(limit.number(limits));
}

}  // namespace

std::optional<std::string> set_limit(Limits& limits, std::string_view text)
{
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return fmt::format("`{}` is not NAME=VALUE", text);
    const std::string_view name = text.substr(0, equals);
    for (const auto& limit : limits_by_name) {
        if (limit.name != name && (limit.also.empty() || limit.also != name)) continue;
        const auto fault = set(limit, limits, text.substr(equals + 1));
        if (fault.empty()) return std::nullopt;
        return fmt::format("{}: {}", text, fault);
    }
    return fmt::format("there is no limit `{}`; there are {}", name, names());
}

void read_limits(Limits& limits, config::Table& table)
{
    for (const auto& limit : limits_by_name) {
        std::string_view key = limit.name;
        if (!limit.also.empty() && !table.has(key) && table.has(limit.also)) key = limit.also;
        if (limit.kind == Kind::duration) {
            limit.time(limits) = table.duration(key, limit.time(limits));
            continue;
        }
        std::uint64_t& to = limit.number(limits);
        const std::uint64_t before = to;
        to = limit.kind == Kind::size ? table.size(key, before) : table.number(key, 0, INT64_MAX, before);
        if (to != 0 || limit.may_be_zero) continue;
        table.error(key, fmt::format("`{}`: {}", key, zero));
        to = before;
    }
}

std::string limits_help()
{
    std::string text = "Limits (--limit NAME=VALUE, the default in brackets):\n";
    Limits defaults;
    for (const auto& limit : limits_by_name)
        text += fmt::format("  {:<19} {} ({})\n", limit.name, limit.meaning, text_of(limit, defaults));
    return text;
}

}  // namespace cais::server
