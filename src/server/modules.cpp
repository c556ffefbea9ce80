#include "server/modules.h"

namespace cais::server {
namespace {

using http::Method;
using http::MethodSet;

using Made = Result<std::unique_ptr<http::Handler>>;

// What a route's module can be asked at all: TRACE and CONNECT are the server's.
constexpr MethodSet every_method = [] {
    MethodSet set;
    for (unsigned i = 1; i < static_cast<unsigned>(Method::count_); ++i) set.add(static_cast<Method>(i));
    for (const Method method : {Method::trace, Method::connect, Method::pri}) set.remove(method);
    return set;
}();

struct Make {
    const http::Limits& limits;
    Made operator()(const files::Config& config) const { return files::make_files(config); }
    Made operator()(const redirect::Config& config) const { return std::make_unique<redirect::Redirect>(config); }
    Made operator()(const respond::Config& config) const { return std::make_unique<respond::Respond>(config); }
    Made operator()(const echo::Config&) const { return std::make_unique<echo::Echo>(limits); }
};

}  // namespace

Result<std::unique_ptr<http::Handler>> make_module(const ModuleConfig& module, const http::Limits& limits)
{
    return std::visit(Make{limits}, module);
}

MethodSet methods_of(const ModuleConfig& module)
{
    return std::holds_alternative<files::Config>(module) ? files::methods : every_method;
}

}  // namespace cais::server
