#include "http/problem_response.h"

#include "http/negotiation.h"
#include "http/problem.h"

#include <array>

namespace cais::http {
namespace {

// In this order where the client likes two as much: what sends */* is seldom a person.
constexpr std::array formats = {ProblemFormat::text, ProblemFormat::html, ProblemFormat::json};

ProblemFormat format_for(const Request& request)
{
    constexpr std::array<std::string_view, formats.size()> types = {"text/plain", "text/html", "application/problem+json"};
    if (!request.fields.has(Name::accept)) return ProblemFormat::text;
    const Accept accept(request.fields.all(Name::accept));
    if (const auto chosen = accept.choose(types)) return formats[*chosen];
    // Who asks for JSON and does not know this type of it.
    return accept.quality_of("application/json") > 0 ? ProblemFormat::json : ProblemFormat::text;
}

// Errors are phrases ("a dot segment in the path"); here they are said to a person.
std::string sentence(std::string_view phrase)
{
    std::string text(phrase);
    if (text.empty()) return text;
    if (text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (text.back() != '.') text += '.';
    return text;
}

}  // namespace

Response problem_response(Request& request, Status status, std::string_view detail, std::string_view source)
{
    const ProblemFormat format = format_for(request);
    Response response(request, status,
                      Body(base::Bytes(problem_body(format, code_of(status), reason_of(status), sentence(detail), source))));
    response.fields.add(Name::content_type, content_type(format));
    response.fields.add(Name::x_content_type_options, "nosniff");
    if (format == ProblemFormat::html) response.fields.add(Name::content_security_policy, problem_csp());
    response.fields.add(Name::vary, "Accept");
    return response;
}

}  // namespace cais::http
