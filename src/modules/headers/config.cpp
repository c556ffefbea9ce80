#include "modules/headers/headers.h"

#include <algorithm>

namespace cais::headers {
namespace {

using http::Name;

// Why nobody but the wire writes this field; empty where a rule may.
std::string_view why_not(std::string_view name)
{
    switch (http::name_of(name)) {
    case Name::connection:
    case Name::keep_alive:
    case Name::proxy_connection:
    case Name::te:
    case Name::trailer:
    case Name::transfer_encoding:
    case Name::upgrade: return "is about one connection; the server writes it itself (RFC 9110 §7.6.1)";
    case Name::content_length:
    case Name::content_range:
    case Name::content_encoding: return "says how the content is to be read; only who makes the content knows";
    case Name::date: return "is the time of each response";
    case Name::www_authenticate: return "is what `auth` writes";
    default: return {};
    }
}

}  // namespace

Config Config::read(config::Table& table)
{
    using Kind = config::Table::Kind;
    table.described_in("docs/modules/headers.md");
    Config config;
    std::vector<std::string> seen;
    for (const auto& name : table.keys()) {
        if (!http::is_token(name)) {
            table.error_at_key(name, "this is no name of a field", "RFC 9110 §5.1");
            continue;
        }
        if (const auto why = why_not(name); !why.empty()) {
            table.error_at_key(name, name + " " + std::string(why));
            continue;
        }
        const auto is_same = [&name](const std::string& other) { return base::equals_ignoring_case(name, other); };
        if (std::ranges::any_of(seen, is_same)) {
            table.error_at_key(name, "this field is given a second time: names of fields have no case");
            continue;
        }
        seen.push_back(name);
        if (table.kind(name) == Kind::flag) {
            if (table.flag(name, false))
                table.error(name, "`true` is no value of a field", "`false` takes the field out; text sets it");
            else config.rules.remove(name);
            continue;
        }
        std::vector<std::string> values;
        if (table.kind(name) == Kind::text) values.push_back(table.text(name).value_or(""));  // which may be empty
        else values = table.texts(name);
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!http::is_field_value(values[i]))
                table.error(name, i, "a field's value holds no control characters, and no space at its ends");
        if (!values.empty()) config.rules.set(name, std::move(values));
    }
    return config;
}

}  // namespace cais::headers
