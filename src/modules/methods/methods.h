// Which methods a route takes: all others are 405 before its module hears of them (RFC 9110 §15.5.6).
//
// What Allow says is true: the methods of the route that its module has, too. A module's own Allow, in its answer to
// OPTIONS say, loses those that the route does not take.
#pragma once
#include "config/table.h"
#include "http/handler.h"

namespace cais::methods {

struct Config {
    http::MethodSet allowed = {};  // HEAD is in it wherever GET is

    // `methods = ["GET", "HEAD"]`: reads `key` of the route's table.
    static Config read(config::Table& route, std::string_view key);
};

class Methods final : public http::Handler {
public:
    // `offered`: those that the module has. `next` outlives this.
    Methods(const Config& config, http::MethodSet offered, http::Handler& next) noexcept;
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;

private:
    [[nodiscard]] io::Task<http::Response> refuse(http::Request& request) const;
    [[nodiscard]] io::Task<http::Response> ask_and_narrow(http::Request& request);

    http::MethodSet taken_;
    http::MethodSet allowed_;
    http::Handler* next_;
};

}  // namespace cais::methods
