#include "http/media_type.h"
#include "modules/respond/respond.h"

namespace cais::respond {
namespace {

using http::Status;

// Why this status cannot be a fixed answer; empty where it can.
std::string_view why_not(std::uint64_t status)
{
    if (!http::is_status(static_cast<unsigned>(status)) || status < 200) return "a final status is from 200 to 599";
    const auto code = static_cast<Status>(status);
    if (code == Status::unauthorized) return "401 needs a challenge; `auth` is what asks for a password";
    if (code == Status::partial_content || code == Status::not_modified || code == Status::range_not_satisfiable)
        return "this status answers a field of the request; it cannot be fixed";
    if (http::is_redirection(code)) return "`redirect` is what sends a client elsewhere";
    return {};
}

}  // namespace

Config Config::read(config::Table& table)
{
    table.described_in("docs/modules/respond.md");
    Config config;
    if (table.has("status")) {
        const std::uint64_t status = table.number("status", 0, 999, 200);
        if (const auto why = why_not(status); !why.empty()) table.error("status", std::string(why));
        else config.status = static_cast<Status>(status);
    }
    config.content = table.text("content").value_or("");
    if (!config.content.empty() && !http::may_have_content(config.status))
        table.error("content", "a " + std::to_string(http::code_of(config.status)) + " has no content");
    if (auto type = table.text("type")) {
        if (!http::MediaType::parse(*type))
            table.error("type", "this is no media type", "as in `text/html; charset=utf-8`");
        else config.type = std::move(*type);
    }
    return config;
}

}  // namespace cais::respond
