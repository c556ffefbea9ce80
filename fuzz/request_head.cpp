// Heads of requests: how they are cut makes no difference, and what is taken has one meaning: written again by us, it
// is read as the same. The first octet says where the text is cut.
#undef NDEBUG
#include "head.h"
#include "http1/framing.h"
#include "http1/request_parser.h"

#include <cassert>
#include <string>

using namespace cais;

namespace {

struct Head {
    http1::RequestParser::Outcome outcome = {};
    http1::Refusal refusal = {};
    std::string method, target;
    http::Version version = {};
    fuzz::FieldTexts fields;
    std::size_t length = 0;
    std::string framing;

    bool operator==(const Head& other) const
    {
        return outcome == other.outcome && refusal.status == other.refusal.status && method == other.method &&
               target == other.target && version == other.version && fields == other.fields && framing == other.framing;
    }
};

std::string framing_of(http::Version version, const http::Fields& fields)
{
    const auto framing = http1::request_framing(version, fields);
    if (!framing) return framing.error().what;
    assert(framing->kind != http1::Framing::chunked || version == http::Version::http_1_1);
    return std::to_string(framing->kind) + ' ' + std::to_string(framing->bytes);
}

Head read(std::string_view text, std::size_t cut)
{
    const http::Limits with = fuzz::small_limits();
    base::Arena arena;
    http::Fields fields(arena);
    http1::RequestParser parser(with);
    Head head;
    head.outcome = parser.parse(text.substr(0, cut), fields);
    if (head.outcome == http1::RequestParser::Outcome::incomplete) head.outcome = parser.parse(text, fields);
    if (head.outcome == http1::RequestParser::Outcome::refused) {
        head.refusal = parser.refusal();
        assert(http::code_of(head.refusal.status) >= 400 && head.refusal.what != nullptr &&
               head.refusal.source != nullptr);
    }
    if (head.outcome != http1::RequestParser::Outcome::complete) return head;
    head.method = parser.method();
    head.target = parser.target();
    head.version = parser.version();
    head.length = parser.length();
    head.fields = fuzz::texts_of(fields);
    head.framing = framing_of(head.version, fields);
    return head;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Head head = read(text, text.size());
    assert(read(text, std::min<std::size_t>(*data, text.size())) == head);
    if (head.outcome != http1::RequestParser::Outcome::complete) return 0;

    // Nothing behind the head is looked at, and all of it before its end.
    assert(head.length <= text.size() && text.substr(0, head.length).ends_with("\r\n"));
    assert(read(text.substr(0, head.length), 0) == head);
    assert(read(text.substr(0, head.length - 1), 0).outcome == http1::RequestParser::Outcome::incomplete);

    std::string again = head.method + ' ' + head.target + ' ' + std::string(http::text_of(head.version)) + "\r\n";
    again += fuzz::lines_of(head.fields);
    const Head second = read(again, 0);
    assert(second == head && second.length == again.size());
    return 0;
}
