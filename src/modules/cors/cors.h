// Lets pages of any origin read what is served here: the CORS protocol of the Fetch standard, without credentials.
#pragma once
#include "http/handler.h"

namespace cais::cors {

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
