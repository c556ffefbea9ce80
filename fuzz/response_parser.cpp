// Answers to a client: how they are cut makes no difference, what is taken has one meaning (written again by us, it is
// read as the same), and a whole answer ends where it says. The first octet says where the text is cut.
#undef NDEBUG
#include "http1/response_parser.h"

#include "head.h"
#include "http1/chunked.h"
#include "http1/framing.h"

#include <cassert>
#include <string>

using namespace cais;

namespace {

struct Head {
    http1::ResponseParser::Outcome outcome = {};
    std::string error;
    http::Version version = {};
    http::Status status = {};
    std::string reason;
    fuzz::FieldTexts fields;
    std::size_t length = 0;
    std::string framing;

    bool operator==(const Head&) const = default;
};

std::string framing_of(const http1::ResponseParser& parser, const http::Fields& fields)
{
    std::string text;
    for (const char* method : {"GET", "HEAD", "CONNECT"}) {
        const auto framing = http1::received_framing(method, parser.status(), parser.version(), fields);
        if (!framing) text += framing.error().what;
        else text += std::to_string(framing->kind) + ' ' + std::to_string(framing->bytes);
        text += '|';
    }
    return text;
}

Head read(std::string_view text, std::size_t cut)
{
    const http::Limits with = fuzz::small_limits();
    base::Arena arena;
    http::Fields fields(arena);
    http1::ResponseParser parser(with);
    Head head;
    head.outcome = parser.parse(text.substr(0, cut), fields);
    if (head.outcome == http1::ResponseParser::Outcome::incomplete) head.outcome = parser.parse(text, fields);
    if (head.outcome == http1::ResponseParser::Outcome::refused) {
        head.error = parser.error().what;
        assert(!head.error.empty() && *parser.error().source != '\0');
    }
    if (head.outcome != http1::ResponseParser::Outcome::complete) return head;
    head.version = parser.version();
    head.status = parser.status();
    assert(http::is_status(http::code_of(head.status)));
    head.reason = parser.reason();
    head.length = parser.length();
    assert(head.length <= text.size() && text.substr(0, head.length).ends_with("\r\n\r\n"));
    head.fields = fuzz::texts_of(fields);
    head.framing = framing_of(parser, fields);
    return head;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Head head = read(text, text.size());
    const Head cut = read(text, std::min<std::size_t>(*data, text.size()));
    assert(cut.outcome == head.outcome);
    if (head.outcome != http1::ResponseParser::Outcome::complete) return 0;
    assert(cut == head);

    std::string again(http::text_of(head.version));
    again += ' ' + std::to_string(http::code_of(head.status)) + ' ' + head.reason + "\r\n";
    again += fuzz::lines_of(head.fields);
    Head second = read(again, 1);
    assert(second.length == again.size());
    second.length = head.length;
    assert(second == head);
    return 0;
}
