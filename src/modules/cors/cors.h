// Lets pages of any origin read what is served here: the CORS protocol of the Fetch standard, without credentials.
#pragma once
#include "config/table.h"
#include "http/handler.h"

#include <string>
#include <vector>

namespace cais::cors {

struct Config {                             // `cors = true`, or `cors = { origins = ["https://example.com"] }`
    std::vector<std::string> origins = {};  // who may read; empty: every origin
    static Config read(config::Table& table);
};

class Cors final : public http::Handler {
public:
    // `next` outlives it.
    explicit Cors(http::Handler& next) noexcept
        : next_(&next)
    {
    }
    io::Task<http::Response> handle(http::Request& request) override;

private:
    http::Handler* next_;
};

}  // namespace cais::cors
