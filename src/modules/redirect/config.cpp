#include "modules/redirect/redirect.h"

namespace cais::redirect {

Config Config::read(config::Table& table)
{
    table.described_in("docs/modules/redirect.md");
    Config config;
    if (const auto to = table.text("to")) {
        auto parsed = http::TargetTemplate::parse(*to, http::TargetTemplate::Of::location);
        if (parsed) config.to = std::move(*parsed);
        else table.error("to", "`to`: " + parsed.error());
    } else if (!table.has("to")) {
        table.error_here("`redirect` wants `to`");
    }
    const auto status = static_cast<http::Status>(table.number("status", 300, 399, http::code_of(config.status)));
    switch (status) {
    case http::Status::moved_permanently:
    case http::Status::found:
    case http::Status::see_other:
    case http::Status::temporary_redirect:
    case http::Status::permanent_redirect: config.status = status; break;
    default:
        table.error("status", "`status` of a redirect is 301, 302, 303, 307 or 308",
                    "308 and 307 keep the method; 308 and 301 are for ever");
    }
    return config;
}

}  // namespace cais::redirect
