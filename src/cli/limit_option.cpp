#include "cli/limit_option.h"

#include "base/text.h"
#include "config/quantity.h"

#include <array>
#include <variant>

namespace cais::cli {
namespace {

using Size = std::uint64_t;
using Count = std::uint64_t;

struct Limit {
    enum class Kind : std::uint8_t { size, count, duration };
    std::string_view name;
    Kind kind;
    std::string_view meaning;
    std::uint64_t http::Limits::* number = nullptr;
    base::Duration http::Limits::* time = nullptr;
    bool may_be_zero = true;  // false: with 0 every request would be refused
};

using L = http::Limits;
constexpr std::array limits = {
    Limit{"request-line", Limit::Kind::size, "a request line; 414 beyond (8KiB)", &L::request_line, nullptr, false},
    Limit{"fields", Limit::Kind::size, "all field lines of a request; 431 beyond (64KiB)", &L::fields, nullptr, false},
    Limit{"field-lines", Limit::Kind::count, "their number; 431 beyond (100)", &L::field_lines, nullptr, false},
    Limit{"buffered-content", Limit::Kind::size, "content that is needed whole, as by --echo; 413 beyond (1MiB)",
          &L::buffered_content},
    Limit{"unread-content", Limit::Kind::size, "content that nobody wanted, read off; then close (64KiB)",
          &L::unread_content},
    Limit{"unread-time", Limit::Kind::duration, "the time for that (1s)", nullptr, &L::unread_time},
    Limit{"requests", Limit::Kind::count, "on one connection; 0: any number (0)", &L::requests},
    Limit{"head-time", Limit::Kind::duration, "for a request's head to come; 408 beyond (10s)", nullptr, &L::head_time},
    Limit{"idle-time", Limit::Kind::duration, "between requests, then close (60s)", nullptr, &L::idle_time},
    Limit{"content-rate", Limit::Kind::size, "of request content a second, or 408; 0B: any (256B)", &L::content_rate},
    Limit{"content-time", Limit::Kind::duration, "over which that is measured (30s)", nullptr, &L::content_time},
    Limit{"send-time", Limit::Kind::duration, "for a reader to take something, then cut (30s)", nullptr, &L::send_time},
    Limit{"send-rate", Limit::Kind::size, "that a reader takes a second, or cut; 0B: any (256B)", &L::send_rate},
    Limit{"send-rate-time", Limit::Kind::duration, "over which that is measured (60s)", nullptr, &L::send_rate_time},
};

std::optional<std::string> wrong(std::string_view name, std::string_view value, std::string_view why)
{
    return std::string(name) + "=" + std::string(value) + ": " + std::string(why);
}

std::string names()
{
    std::string all;
    for (const auto& limit : limits) (all += limit.name) += ", ";
    return all + "connections, stop-time";
}

}  // namespace

std::optional<std::string> set_limit(server::Settings& settings, std::string_view text)
{
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return "`" + std::string(text) + "` is not NAME=VALUE";
    const std::string_view name = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);

    const auto set_count = [&](std::uint64_t& to) -> std::optional<std::string> {
        const auto count = base::parse_decimal(value);
        if (!count) return wrong(name, value, "a whole number is wanted");
        to = *count;
        return std::nullopt;
    };
    const auto set_size = [&](std::uint64_t& to) -> std::optional<std::string> {
        const auto size = config::parse_size(value);
        if (!size) return wrong(name, value, size.error().what);
        to = *size;
        return std::nullopt;
    };
    const auto set_duration = [&](base::Duration& to) -> std::optional<std::string> {
        const auto duration = config::parse_duration(value);
        if (!duration) return wrong(name, value, duration.error().what);
        if (*duration <= base::Duration::zero()) return wrong(name, value, "it must be longer than nothing");
        to = *duration;
        return std::nullopt;
    };
    if (name == "connections") return set_count(settings.connections);
    if (name == "stop-time") return set_duration(settings.stop_time);
    for (const auto& limit : limits) {
        if (limit.name != name) continue;
        if (limit.kind == Limit::Kind::duration) return set_duration(settings.limits.*limit.time);
        auto fault = limit.kind == Limit::Kind::count ? set_count(settings.limits.*limit.number)
                                                      : set_size(settings.limits.*limit.number);
        if (!fault && !limit.may_be_zero && settings.limits.*limit.number == 0)
            return wrong(name, value, "with 0 every request would be refused");
        return fault;
    }
    return "there is no limit `" + std::string(name) + "`; there are " + names();
}

std::string limits_help()
{
    std::string text = "Limits (--limit NAME=VALUE, the default in brackets):\n";
    const auto line = [&](std::string_view name, std::string_view meaning) {
        text += "  ";
        text += name;
        text.append(name.size() < 20 ? 20 - name.size() : 1, ' ');
        (text += meaning) += '\n';
    };
    for (const auto& limit : limits) line(limit.name, limit.meaning);
    line("connections", "at once; 0: as many as descriptors allow (0)");
    line("stop-time", "for what is in flight after SIGTERM, then cut (30s)");
    return text;
}

}  // namespace cais::cli
