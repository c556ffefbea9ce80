#include "http/problem.h"

#include "base/text.h"
#include "http/list.h"
#include "http/problem_page.h"

#include <utility>

namespace cais::http {
namespace {

// Whether a page at `/` may be what the client was looking for.
bool offers_start(unsigned status) noexcept { return status == 403 || status == 404 || status == 410; }

std::string page(unsigned status, std::string_view reason, std::string_view detail, std::string_view hint)
{
    std::string body;
    body.reserve(problem_style.size() + 1024);
    body += "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
    base::append_decimal(body, status);
    body += ' ';
    base::append_html(body, reason);
    body += "</title>\n<style>";
    body += problem_style;
    body += "</style>\n<main>\n<p class=\"status\">";
    base::append_decimal(body, status);
    body += "</p>\n<h1>";
    base::append_html(body, reason);
    body += "</h1>\n";
    const auto paragraph = [&body](std::string_view name, std::string_view text) {
        if (text.empty()) return;
        ((body += "<p class=\"") += name) += "\">";
        base::append_html(body, text);
        body += "</p>\n";
    };
    paragraph("detail", detail);
    paragraph("hint", hint);
    if (offers_start(status)) body += "<p class=\"start\"><a href=\"/\">Go to the start page</a></p>\n";
    body += "</main>\n</html>\n";
    return body;
}

std::string text(unsigned status, std::string_view reason, std::string_view detail, std::string_view hint)
{
    std::string body;
    base::append_decimal(body, status);
    (body += ' ') += reason;
    body += '\n';
    for (const auto line : {detail, hint})
        if (!line.empty()) (body += line) += '\n';
    return body;
}

// RFC 9457 §3.1. The type stays about:blank (§4.2.1): the status code says it all, and `title` is its phrase.
std::string json(unsigned status, std::string_view reason, std::string_view detail, std::string_view hint)
{
    std::string told(detail);
    if (!told.empty() && !hint.empty()) told += ' ';
    told += hint;

    std::string body = "{\"type\":\"about:blank\",\"title\":";
    base::append_json_string(body, reason);
    body += ",\"status\":";
    base::append_decimal(body, status);
    if (!told.empty()) {
        body += ",\"detail\":";
        base::append_json_string(body, told);
    }
    body += "}\n";
    return body;
}

}  // namespace

ProblemFormat choose_problem_format(std::string_view accept) noexcept
{
    ProblemFormat format = ProblemFormat::text;
    for (std::string_view member; next_member(accept, member);) {
        const auto type = base::trim(member.substr(0, member.find(';')));
        if (base::equals_ignoring_case(type, "text/html")) return ProblemFormat::html;
        if (base::equals_ignoring_case(type, "application/json") ||
            base::equals_ignoring_case(type, "application/problem+json"))
            format = ProblemFormat::json;
    }
    return format;
}

std::string_view content_type(ProblemFormat format) noexcept
{
    switch (format) {
    case ProblemFormat::text: return "text/plain; charset=utf-8";
    case ProblemFormat::html: return "text/html; charset=utf-8";
    case ProblemFormat::json: return "application/problem+json";
    }
    std::unreachable();
}

std::string_view problem_csp() noexcept { return problem_policy; }

std::string problem_body(ProblemFormat format, unsigned status, std::string_view reason, std::string_view detail,
                         std::string_view hint)
{
    switch (format) {
    case ProblemFormat::text: return text(status, reason, detail, hint);
    case ProblemFormat::html: return page(status, reason, detail, hint);
    case ProblemFormat::json: return json(status, reason, detail, hint);
    }
    std::unreachable();
}

}  // namespace cais::http
