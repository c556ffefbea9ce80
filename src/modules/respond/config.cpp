#include "http/media_type.h"
#include "modules/respond/respond.h"

namespace cais::respond {

Config Config::read(config::Table& table)
{
    Config config;
    config.status = static_cast<http::Status>(table.number("status", 200, 599, http::code_of(config.status)));
    if (auto content = table.text("content")) {
        if (!http::may_have_content(config.status) && !content->empty())
            table.error("content", "a response with this `status` has no content", "RFC 9110 §6.4.1");
        config.content = std::move(*content);
    }
    if (auto type = table.text("type")) {
        if (!http::MediaType::parse(*type))
            table.error("type", "`type` is a media type, such as \"text/html; charset=utf-8\"");
        config.type = std::move(*type);
    } else if (!config.content.empty()) {
        config.type = "text/plain; charset=utf-8";
    }
    return config;
}

}  // namespace cais::respond
