#include "base/text.h"
#include "http/fields.h"
#include "modules/headers/headers.h"

#include <algorithm>
#include <array>

namespace cais::headers {
namespace {

// Those that say how the message is framed, or where it goes: whoever writes the message says them.
constexpr std::array framing = {"Connection", "Content-Length", "Transfer-Encoding",
                                "Upgrade",    "Trailer",        "Keep-Alive"};

bool is_framing(std::string_view name)
{
    return std::ranges::any_of(framing,
                               [&](std::string_view other) { return base::equals_ignoring_case(name, other); });
}

}  // namespace

Config Config::read(config::Table& table)
{
    Config config;
    for (const auto& name : table.keys()) {
        if (!http::is_token(name)) {
            table.error_at_key(name, "this is no name of a field", "RFC 9110 §5.1");
            continue;
        }
        if (is_framing(name)) {
            table.error_at_key(name, "this field is written by the server alone");
            continue;
        }
        const auto is_same = [&](const Rule& rule) { return base::equals_ignoring_case(rule.name, name); };
        if (std::ranges::any_of(config.rules, is_same)) {
            table.error_at_key(name, "this field is given a second time: names of fields have no case");
            continue;
        }
        if (table.kind(name) == config::Table::Kind::flag) {
            if (table.flag(name, false)) table.error(name, "a field has a text, or `false` to take it away");
            config.rules.push_back({name, std::nullopt});
        } else if (auto value = table.text(name)) {
            if (!http::is_field_value(*value)) table.error(name, "this is no value of a field", "RFC 9110 §5.5");
            config.rules.push_back({name, std::move(*value)});
        }
    }
    return config;
}

}  // namespace cais::headers
