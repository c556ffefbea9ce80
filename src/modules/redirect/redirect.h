// Sends the client elsewhere: RFC 9110 §15.4, §10.2.2.
#pragma once
#include "config/table.h"
#include "http/handler.h"
#include "http/target_template.h"

namespace cais::redirect {

struct Config {
    http::TargetTemplate to;
    // 307: the method stays, and nobody remembers it. 308 is remembered by browsers for long, so it is asked for.
    http::Status status = http::Status::temporary_redirect;

    // `redirect = { to = "/new/{rest}", status = 308 }`, or `redirect = "/new/{rest}"`.
    static constexpr config::Table::Shorter shorter{.key = "to"};
    static Config read(config::Table& table);
};

class Redirect final : public http::Handler {
public:
    explicit Redirect(Config config) noexcept
        : config_(std::move(config))
    {
    }
    io::Task<http::Response> handle(http::Request& request) override;

private:
    Config config_;
};

}  // namespace cais::redirect
