#include "modules/methods/methods.h"

#include "http/list.h"
#include "http/problem_response.h"

namespace cais::methods {

using http::Method;
using http::MethodSet;
using http::Name;

Methods::Methods(const Config& config, MethodSet offered, http::Handler& next) noexcept
    : taken_(config.allowed)
    , next_(&next)
{
    for (unsigned i = 1; i < static_cast<unsigned>(Method::count_); ++i)
        if (const auto method = static_cast<Method>(i); taken_.has(method) && offered.has(method)) allowed_.add(method);
}

// No coroutine of its own for what reads: a module that answers GET says no Allow.
io::Task<http::Response> Methods::handle(http::Request& request)
{
    if (!taken_.has(request.method)) [[unlikely]]
        return refuse(request);
    if (request.method == Method::get || request.method == Method::head) return next_->handle(request);
    return ask_and_narrow(request);
}

io::Task<http::Response> Methods::refuse(http::Request& request) const
{
    http::Response response = http::problem_response(request, http::Status::method_not_allowed,
                                                     "This method is not offered here.", "RFC 9110 §15.5.6");
    response.fields.add(Name::allow, allowed_.text(request.arena()));
    co_return response;
}

io::Task<http::Response> Methods::ask_and_narrow(http::Request& request)
{
    auto response = co_await next_->handle(request);
    const auto said = response.fields.all(Name::allow);
    if (!said) co_return response;
    MethodSet both;
    http::for_each_member(said, [&](std::string_view member) {
        if (const Method method = http::method_of(member); taken_.has(method)) both.add(method);
    });
    response.fields.set(Name::allow, both.text(request.arena()));
    co_return response;
}

}  // namespace cais::methods
