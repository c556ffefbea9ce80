// The files module in a loop of its own, asked without a wire: what it answers, and what a sender would make of it.
#pragma once
#include "../../asking.h"
#include "http/content_decoder.h"
#include "http/handler.h"
#include "io/loop.h"
#include "io/pool.h"
#include "modules/files/files.h"
#include "tree.h"

#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cais::files {

// Coded content as it was.
inline std::string decoded(http::ContentCoding coding, std::string_view input)
{
    const auto decoder = http::make_decoder(coding);
    std::string output;
    for (;;) {
        const auto step = decoder->decode(input, http::Last::yes, 64 * 1024, output);
        if (!step) return "not " + std::string(http::text_of(coding));
        if (*step == http::Decoded::ended) return output;
    }
}

struct Answer {
    int code = 0;
    std::string fields;  // "Name: value\n", in order
    std::string content;
    std::optional<std::uint64_t> length;  // as the head says it
    bool was_cut = false;                 // the content ended with an error

    // The value of a field; several lines joined by "|"; empty where there is none.
    [[nodiscard]] std::string field(std::string_view name) const { return cais::test::field_in(fields, name); }
    [[nodiscard]] bool has(std::string_view name) const
    {
        return fields.starts_with(std::string(name) + ": ") || fields.contains("\n" + std::string(name) + ": ");
    }
};

using cais::test::NoWire;

// One request and all that lives as long as it.
struct Exchange {
    explicit Exchange(http::Method method, const std::string& target, const std::string& fields = {})
        : request(arena, wire)
    {
        request.method = method;
        request.target_text = arena.copy(target);
        auto parsed = http::parse_target(method, request.target_text, arena);
        if (!parsed) throw std::runtime_error("no target: " + target);
        request.target = *parsed;
        for (std::size_t at = 0; at < fields.size();) {
            const std::size_t end = std::min(fields.find('\n', at), fields.size());
            const std::string_view line = arena.copy(std::string_view(fields).substr(at, end - at));
            const std::size_t colon = line.find(": ");
            request.fields.add(line.substr(0, colon), line.substr(colon + 2));
            at = end + 1;
        }
    }
    base::Arena arena;
    NoWire wire;
    http::Request request;
};

// Sends a slice as http1 does: a file that changed is noticed before its last octets.
inline bool send_slice(const http::FileSlice& slice, std::string& to)
{
    std::string octets(slice.length, '\0');
    if (!slice.file->is_unchanged()) return false;
    const ssize_t got = ::pread(slice.file->fd(), octets.data(), octets.size(), static_cast<off_t>(slice.offset));
    if (got != static_cast<ssize_t>(octets.size())) return false;
    to += octets;
    return true;
}

inline io::Task<void> send(http::Response& response, Answer& answer)
{
    for (;;) {
        auto chunk = co_await response.body.read();
        if (!chunk) {
            answer.was_cut = true;
            co_return;
        }
        if (chunk->is_end) co_return;
        answer.content += chunk->bytes.view;
        if (chunk->file.length > 0 && !send_slice(chunk->file, answer.content)) {
            answer.was_cut = true;
            co_return;
        }
    }
}

inline io::Task<void> ask(http::Handler& handler, Exchange& exchange, Answer& answer)
{
    {
        auto response = co_await handler.handle(exchange.request);
        answer.code = http::code_of(response.status);
        for (const auto& line : response.fields) ((answer.fields += line.name()) += ": ").append(line.value()) += '\n';
        answer.length = response.body.length();
        if (exchange.request.method != http::Method::head) co_await send(response, answer);
    }
    exchange.request.reset();
}

// A turn of the loop later, as if what follows had come by itself: what was looked at in the last turn is looked at
// again.
inline io::Task<void> next_turn()
{
    for (int turns = 0; turns < 2; ++turns) {
        const bool goes_on = co_await io::yield();
        if (!goes_on) co_return;
    }
}
inline io::Task<void> ask_anew(http::Handler& handler, Exchange& exchange, Answer& answer)
{
    co_await next_turn();
    co_await ask(handler, exchange, answer);
}

class Served {
public:
    Served() { loop_.use(*pool_); }

    [[nodiscard]] http::Handler& handler()
    {
        if (!handler_) {
            config.root = tree.path();
            handler_ = std::move(*make_files(config));
        }
        return *handler_;
    }
    void run(io::Task<void> task) { loop_.run(std::move(task)); }

    Answer ask(http::Method method, const std::string& target, const std::string& fields = {})
    {
        Exchange exchange(method, target, fields);
        Answer answer;
        loop_.run(ask_anew(handler(), exchange, answer));
        return answer;
    }
    Answer get(const std::string& target, const std::string& fields = {})
    {
        return ask(http::Method::get, target, fields);
    }
    Answer head(const std::string& target, const std::string& fields = {})
    {
        return ask(http::Method::head, target, fields);
    }

    Tree tree;
    Config config;

private:
    // As in the server: the pool ends first, then the loop, then what their jobs refer to.
    std::unique_ptr<http::Handler> handler_;
    io::Loop loop_;
    std::unique_ptr<io::Pool> pool_ = std::make_unique<io::Pool>(4);
};

}  // namespace cais::files
