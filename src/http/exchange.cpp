#include "http/exchange.h"

#include "base/text.h"
#include "http/list.h"
#include "http/problem_response.h"
#include "trace/log.h"

namespace cais::http {

Refusal refusal_of(const Error& error)
{
    switch (error.kind) {
    case Error::unsupported: return {Status::not_implemented, error.what, error.source};
    case Error::too_large: return {Status::request_header_fields_too_large, error.what, error.source};
    case Error::timed_out: return {Status::request_timeout, error.what, error.source};
    default: return {Status::bad_request, error.what, error.source};
    }
}

std::optional<Refusal> check_scheme(std::string_view scheme, const Connection& connection)
{
    const bool is_secure = connection.security != nullptr;
    if (!is_secure && base::equals_ignoring_case(scheme, "https"))
        return Refusal{Status::misdirected_request, "an https address on a connection without TLS", "RFC 9110 §7.4"};
    if (is_secure && base::equals_ignoring_case(scheme, "http"))
        return Refusal{Status::misdirected_request, "an http address on a connection with TLS", "RFC 9110 §7.4"};
    return std::nullopt;
}

Expectation expectation_of(const Fields& fields)
{
    Expectation expectation;
    for_each_member(fields.all(Name::expect), [&](std::string_view member) {
        if (base::equals_ignoring_case(member, "100-continue")) expectation.is_continue = true;
        else expectation.is_known = false;
    });
    return expectation;
}

void log_thrown(const char* doing, const std::exception_ptr& thrown)
{
    std::string what = std::string(doing) + ": ";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
        what += exception.what();
    } catch (...) {
        what += "something was thrown that is no exception";
    }
    trace::log(trace::Level::error, trace::Key{"a request failed"}, what);
}

Response failure(Request& request, const Entry& entry)
{
    auto response =
        problem_response(request, Status::internal_server_error, "The server failed while it answered this request.");
    response.close = true;
    entry.complete(request, response);
    return response;
}

void tell_ended(const Service& service, const Request& request, const Moved& moved) noexcept
{
    if (service.observer == nullptr) return;
    char ip[46];
    const std::size_t length = request.client.write_ip(ip);
    const auto value = [&](Name name) {
        const auto values = request.fields.all(name);
        return values ? values.front() : std::string_view{};
    };
    ExchangeRecord record;
    record.started = request.received;
    record.duration = base::now() - request.started;
    record.peer = {ip, length};
    record.user = request.user;
    record.method = request.method_text;
    record.target = request.target_text;
    record.version = text_of(request.version);
    record.host = request.host;
    record.referer = value(Name::referer);
    record.user_agent = value(Name::user_agent);
    record.status = code_of(request.answered);
    record.content_bytes_sent = moved.sent;
    record.content_bytes_received = moved.received;
    record.complete = moved.complete;
    service.observer->exchange_ended(record);
}

}  // namespace cais::http
