// Fields that every response gets, or loses: for a route as a wrapper, for a site by the server.
//
//   headers = { "X-Frame-Options" = "DENY", "Link" = ["</a>; rel=x", "</b>; rel=y"], "Server" = false }
//
// They are set on every response, errors too, in the place of what was there with that name. Vary is added to: what a
// module chose by is not hidden from caches.
#pragma once
#include "config/table.h"
#include "http/handler.h"

#include <string>
#include <vector>

namespace cais::headers {

class Rules {
public:
    // Names are tokens, values field values. Several values are as many lines.
    void set(std::string name, std::vector<std::string> values);
    void remove(std::string name);

    // Those for fields that `others` says nothing about.
    [[nodiscard]] Rules without(const Rules& others) const;

    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }

    // Borrows   the rules' text: they outlive the exchange.
    // Cost      one pass over the response's fields for each name that is there already.
    void apply(const http::Request& request, http::Response& response) const;

private:
    struct Rule {
        std::string name;
        http::Name known;
        std::vector<std::string> values;  // empty: it is removed
    };
    static void add_to_vary(const http::Request& request, http::Response& response, const Rule& rule);

    std::vector<Rule> rules_;
};

struct Config {
    Rules rules;
    static Config read(config::Table& table);
};

class Headers final : public http::Handler {
public:
    // `next` outlives it.
    Headers(Config config, http::Handler& next) noexcept
        : config_(std::move(config))
        , next_(&next)
    {
    }
    io::Task<http::Response> handle(http::Request& request) override;

private:
    Config config_;
    http::Handler* next_;
};

}  // namespace cais::headers
