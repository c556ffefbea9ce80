// Lets pages of other origins read what is served here: the CORS protocol of the Fetch standard, "HTTP extensions".
//
// It stands before `auth`: a browser sends no credentials with a preflight, so one that had to be authenticated would
// end every request that needs it; and a 401 that says who may read it can be told from a server that is down. What a
// preflight learns here is this configuration and nothing of what is served.
#pragma once
#include "config/table.h"
#include "http/handler.h"

#include <string>
#include <vector>

namespace cais::cors {

struct Config {
    std::vector<std::string> origins;  // as browsers write them, "https://app.example"; empty: any
    std::string methods;               // a list; empty: those that the module has, or any
    std::string fields;                // request fields; empty: whichever are asked for
    std::string expose = "*";          // response fields that pages may read beyond the usual; empty: none
    bool credentials = false;          // with cookies and passwords; only with `origins`
    base::Duration max_age = std::chrono::minutes(10);  // so long a browser asks no second time

    // `cors = true`, or a table with any of: origins, methods, headers, expose, credentials, max_age.
    static constexpr config::Table::Shorter shorter{.true_is_empty = true};
    static Config read(config::Table& table);
};

class Cors final : public http::Handler {
public:
    // `offered`: the methods that the module has. `next` outlives this.
    Cors(Config config, http::MethodSet offered, http::Handler& next);
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;

private:
    enum class Origin : std::uint8_t { none, allowed, other };
    [[nodiscard]] Origin origin_of(const http::Request& request) const;
    [[nodiscard]] io::Task<http::Response> answer_preflight(http::Request& request) const;
    [[nodiscard]] io::Task<http::Response> ask_and_allow(http::Request& request);
    void allow_origin(const http::Request& request, http::Response& response) const;

    Config config_;
    std::string max_age_;
    http::Handler* next_;
};

}  // namespace cais::cors
