// A router over a configuration that a test writes, asked without a wire.
#pragma once
#include "../asking.h"
#include "http/handler.h"
#include "io/loop.h"
#include "io/pool.h"
#include "server/router.h"

#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace cais::server::test {

using cais::test::NoWire;

struct Answer {
    int code = 0;
    bool close = false;
    std::string fields;  // "Name: value\n"
    std::string content;
    std::string client;  // request.client

    [[nodiscard]] std::string field(std::string_view name) const { return cais::test::field_in(fields, name); }
};

// Who asks what.
struct Ask {
    const char* target = "/";
    const char* host = "a.example";
    std::uint32_t listener = 0;
    const http::Security* security = nullptr;
    http::Method method = http::Method::get;
    std::vector<std::pair<const char*, const char*>> fields = {};
};

inline std::shared_ptr<const Configuration> configuration_of(std::string_view text)
{
    auto document = config::Document::of("f", std::string(text));
    auto configuration = std::make_shared<Configuration>(read_configuration(*document));
    if (document->diagnostics().has_errors()) throw std::runtime_error(document->diagnostics().text());
    return configuration;
}

class Routed {
public:
    // Listeners are numbered in the order of the file. `given` may say the rest.
    explicit Routed(std::string_view text, Circumstances given = {})
    {
        loop_.use(pool_);
        auto configuration = configuration_of(text);
        std::vector<std::uint32_t> numbers(listeners(*configuration).size());
        std::iota(numbers.begin(), numbers.end(), 0u);
        if (given.listeners.empty()) given.listeners = numbers;
        auto made = Router::make(std::move(configuration), given);
        if (!made) throw std::runtime_error(made.error());
        router_ = std::move(*made);
    }

    Answer ask(const Ask& asked)
    {
        base::Arena arena;
        NoWire wire;
        http::Request request(arena, wire);
        http::Connection connection{*io::Address::parse("192.0.2.1:5000"), asked.listener, asked.security};
        request.connection = &connection;
        request.client = connection.peer;
        request.method = asked.method;
        request.method_text = http::text_of(asked.method);
        request.target_text = asked.target;
        request.host = asked.host;
        for (const auto& [name, value] : asked.fields) request.fields.add(name, value);
        Answer answer;
        auto target = http::parse_target(asked.method, asked.target, arena);
        if (!target) {
            answer.code = 400;  // as the wire would
            return answer;
        }
        request.target = *target;
        loop_.run(read(*router_, request, answer));
        answer.client = request.client.text();
        return answer;
    }
    Router& router() { return *router_; }

private:
    static io::Task<void> read(http::Handler& handler, http::Request& request, Answer& answer)
    {
        {
            auto response = co_await handler.handle(request);
            answer.code = http::code_of(response.status);
            answer.close = response.close;
            for (const auto& line : response.fields)
                ((answer.fields += line.name()) += ": ").append(line.value()) += '\n';
            auto content = co_await http::read_whole(response.body, 1 << 20);
            if (content) answer.content = std::move(*content);
        }
        request.reset();
    }

    io::Pool pool_{1};
    io::Loop loop_;
    std::unique_ptr<Router> router_;
};

}  // namespace cais::server::test
