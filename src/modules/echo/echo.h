// Answers with what was received: for whoever tests a client, a proxy, or this server.
//
// | request                | answer                                                                                |
// | ---------------------- | ------------------------------------------------------------------------------------- |
// | any, with content      | 200, the same content, piece by piece as it comes, with its Content-Type and trailers  |
// | any, without           | 200, the request's line and fields as text                                             |
// | `?whole`               | 200, the content once it is there whole; 413 over `buffered_content`                   |
// | `?ignore`              | 200, without reading the content                                                      |
#pragma once
#include "config/table.h"
#include "http/handler.h"
#include "http/limits.h"

namespace cais::echo {

struct Config {  // `echo = true`
    static Config read(config::Table& table);
};

class Echo final : public http::Handler {
public:
    explicit Echo(const http::Limits& limits) noexcept
        : limits_(&limits)
    {
    }
    io::Task<http::Response> handle(http::Request& request) override;

private:
    const http::Limits* limits_;
};

// The request's line and fields, as they came; without those that hold a secret.
[[nodiscard]] std::string head_as_text(const http::Request& request);

}  // namespace cais::echo
