// A whole connection: whatever a peer sends, cut in whatever way, comes to the same answers, and what we send is
// well-formed HTTP. The first octets say where the text is cut: each a length, a zero ends them.
//
// The handler answers with what it was asked, so that a request with two meanings would show in two answers.
#undef NDEBUG
#include "../tests/http1/conversation.h"
#include "http1/request_parser.h"
#include "trace/log.h"

#include <cassert>
#include <string>
#include <vector>

using namespace cais;

namespace {

// What a request is, as we would write it.
std::string written(const http::Request& request)
{
    std::string text;
    ((((text += request.method_text) += ' ') += request.target_text) += ' ') += http::text_of(request.version);
    text += "\r\n";
    for (const auto& line : request.fields) ((text += line.name()) += ": ").append(line.value()) += "\r\n";
    return text + "\r\n";
}

class Echo final : public http::Handler {
public:
    std::vector<std::string> heads;

    io::Task<http::Response> handle(http::Request& request) override
    {
        heads.push_back(written(request));
        if (request.target.query == "unread" && !request.fields.has(http::Name::expect)) {
            http::Response response(request, http::Status::ok, http::Body(base::Bytes(std::string_view("unread"))));
            co_return response;
        }
        auto content = co_await http::read_whole(request.body, 100'000);
        if (!content) {
            http::Response response(request, http::Status::bad_request,
                                    http::Body(base::Bytes(std::string_view("not whole"))));
            co_return response;
        }
        http::Response response(request, http::Status::ok, http::Body(base::Bytes(heads.back() + *content)));
        response.fields.add(http::Name::location, request.arena().copy(request.target.path));
        co_return response;
    }
};

http::Limits limits()
{
    http::Limits with;
    with.request_line = 200;
    with.fields = 2000;
    with.field_lines = 10;
    with.unread_content = 100'000;  // more than comes: else what is read off depends on the cut
    with.requests = 20;
    return with;
}

// The responses, one after the other: each head is well-formed, and its content of the length that it says. Gives them
// without Date and without 100 (Continue), which is needed or not as the content comes.
std::string checked(std::string_view answer, const std::vector<std::string>& heads)
{
    std::string kept;
    std::size_t count = 0;
    while (!answer.empty()) {
        constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
        if (answer.starts_with(interim)) {
            answer.remove_prefix(interim.size());
            continue;
        }
        assert(answer.starts_with("HTTP/1.1 "));
        const std::size_t end = answer.find("\r\n\r\n");
        assert(end != std::string_view::npos);
        std::string_view lines = answer.substr(0, end + 2);
        answer.remove_prefix(end + 4);
        const std::size_t status = lines.find("\r\n") + 2;
        kept += lines.substr(0, status);
        lines.remove_prefix(status);
        base::Arena arena;
        http::Fields fields(arena);
        while (!lines.empty()) {
            const std::size_t line = lines.find("\r\n");
            assert(line != std::string_view::npos);
            const auto fault = http1::parse_field_line(lines.substr(0, line), fields);
            assert(!fault);
            if (fields.lines().back().known != http::Name::date) kept += lines.substr(0, line + 2);
            lines.remove_prefix(line + 2);
        }
        kept += "\r\n";
        const auto length = base::parse_decimal(fields.one(http::Name::content_length).value_or(""));
        assert(length && !fields.has(http::Name::transfer_encoding));
        // One that was refused has no entry in `heads`, and is the last: a HEAD that was has no content behind it.
        const bool is_refusal = count >= heads.size();
        const bool is_to_head = is_refusal ? answer.empty() : heads[count].starts_with("HEAD ");
        if (!is_to_head) {
            assert(*length <= answer.size());
            kept += answer.substr(0, static_cast<std::size_t>(*length));
            answer.remove_prefix(static_cast<std::size_t>(*length));
        }
        ++count;
        const auto option = fields.one(http::Name::connection);
        assert((!is_refusal && option != "close") || answer.empty());
    }
    assert(count == heads.size() || count == heads.size() + 1);
    return kept;
}

// What the peer gets that sends these pieces and then ends.
std::string answer_to(const std::vector<std::string>& pieces, std::vector<std::string>& heads)
{
    Echo echo;
    http1::test::Conversation conversation(echo, limits());
    static const std::vector<std::string>* to_send;
    to_send = &pieces;
    conversation.play([](http1::test::Conversation& with) -> io::Task<void> {
        for (const auto& piece : *to_send) {
            with.stream.send(piece);
            co_await with.settle();
        }
        with.stream.finish();
        co_await with.settle();
    });
    assert(conversation.has_ended && !conversation.was_open() && !conversation.stream.is_aborted);
    heads = std::move(echo.heads);
    return checked(conversation.stream.received, heads);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    trace::set_sink([](trace::Level, std::string_view) {});
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::vector<std::size_t> cuts;
    for (; size > 0 && *data != 0 && cuts.size() < 16; ++data, --size) cuts.push_back(*data);
    if (size == 0 || size > 20'000) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::vector<std::string> pieces;
    std::size_t at = 0;
    for (const std::size_t bytes : cuts) {
        if (at >= text.size()) break;
        pieces.emplace_back(text.substr(at, bytes));
        at += bytes;
    }
    if (at < text.size()) pieces.emplace_back(text.substr(at));

    std::vector<std::string> heads;
    const std::string answer = answer_to({std::string(text)}, heads);
    std::vector<std::string> heads_of_pieces;
    const std::string answer_to_pieces = answer_to(pieces, heads_of_pieces);
    assert(answer_to_pieces == answer && heads_of_pieces == heads);

    // What was taken, written again by us, is taken as the same.
    http::Limits with = limits();
    with.fields += 1000;  // our way to write it may be longer
    for (const auto& head : heads) {
        base::Arena arena;
        http::Fields fields(arena);
        http1::RequestParser parser(with);
        const auto outcome = parser.parse(head, fields);
        assert(outcome == http1::RequestParser::Outcome::complete && parser.length() == head.size());
    }
    return 0;
}
