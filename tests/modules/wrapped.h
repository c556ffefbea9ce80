// What the tests of small modules and wrappers share: a handler asked in a loop without a wire, one to be wrapped, and
// a table read into a Config.
#pragma once
#include "../asking.h"
#include "config/document.h"
#include "http/handler.h"
#include "io/loop.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cais::test {

struct Answer {
    int code = 0;
    std::string fields;  // "Name: value\n", in order
    std::string content;

    // The value of a field; several lines joined by "|"; empty where there is none.
    [[nodiscard]] std::string field(std::string_view name) const { return field_in(fields, name); }
};

// One request, to be changed before it is asked.
struct Exchange {
    explicit Exchange(std::string_view target, http::Method method = http::Method::get)
        : request(arena, wire)
    {
        request.method = method;
        request.method_text = http::text_of(method);
        request.target_text = arena.copy(target);
        auto parsed = http::parse_target(method, request.target_text, arena);
        if (!parsed) throw std::runtime_error("no target: " + std::string(target));
        request.target = *parsed;
        request.host = "example.com";
        request.connection = &connection;
    }
    Exchange& with(std::string_view name, std::string_view value)
    {
        request.fields.add(arena.copy(name), arena.copy(value));
        return *this;
    }

    base::Arena arena;
    NoWire wire;
    http::Connection connection;
    http::Request request;
};

inline io::Task<void> ask_and_read(http::Handler& handler, http::Request& request, Answer& answer)
{
    auto response = co_await handler.handle(request);
    answer.code = http::code_of(response.status);
    for (const auto& line : response.fields) ((answer.fields += line.name()) += ": ").append(line.value()) += '\n';
    auto content = co_await http::read_whole(response.body, 1 << 20);
    if (content) answer.content = std::move(*content);
}

inline Answer ask(http::Handler& handler, Exchange& exchange)
{
    io::Loop loop;
    Answer answer;
    loop.run(ask_and_read(handler, exchange.request, answer));
    return answer;
}

// What is wrapped: it says what it was asked for.
class Wrapped final : public http::Handler {
public:
    io::Task<http::Response> handle(http::Request& request) override
    {
        ++asked;
        path = request.target.path;
        rest = request.rest();
        query = request.target.has_query ? "?" + std::string(request.target.query) : "";
        public_path = request.public_path();
        http::Response response(request, status);
        for (const auto& [name, value] : fields) response.fields.add(name, value);
        co_return response;
    }
    int asked = 0;
    std::string path, rest, query, public_path;
    http::Status status = http::Status::ok;
    std::vector<std::pair<std::string, std::string>> fields;
};

// What reading `text` said, without excerpts.
inline std::string said_of(std::string_view text, const std::function<void(config::Table&)>& read)
{
    auto document = config::Document::of("f", std::string(text));
    auto root = document->root();
    read(root);
    document->report_unknown();
    std::string said;
    for (const auto& line : document->diagnostics().lines()) (said += said.empty() ? "" : "\n") += line;
    return said;
}

}  // namespace cais::test
