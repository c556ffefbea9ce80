// One answer to every request: a page that says "soon", a 410 for what has gone, a health check's "ok".
#pragma once
#include "config/table.h"
#include "http/handler.h"

#include <string>

namespace cais::respond {

struct Config {
    http::Status status = http::Status::ok;
    std::string content;                             // empty, with an error's status: the page that cais has for it
    std::string type = "text/plain; charset=utf-8";  // of the content

    // `respond = { status = 503, content = "Soon." }`, or `respond = 410`.
    static constexpr config::Table::Shorter shorter{.key = "status"};
    static Config read(config::Table& table);
};

class Respond final : public http::Handler {
public:
    explicit Respond(Config config);
    io::Task<http::Response> handle(http::Request& request) override;

private:
    Config config_;
    base::Bytes content_;  // counted by this loop's exchanges alone
};

}  // namespace cais::respond
