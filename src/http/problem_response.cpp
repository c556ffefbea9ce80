#include "http/problem_response.h"

namespace cais::http {

Response problem_response(Request& request, Status status, std::string_view detail, std::string_view source)
{
    std::string text(reason_of(status));
    text += "\n\n";
    text += detail;
    if (!source.empty()) (text += " (") += std::string(source) + ")";
    text += "\n";
    Response response(request, status, Body(base::Bytes(std::move(text))));
    response.fields.add(Name::content_type, "text/plain; charset=utf-8");
    return response;
}

}  // namespace cais::http
