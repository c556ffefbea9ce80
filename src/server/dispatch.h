// What the server answers itself, whatever is served: methods that nobody registered, OPTIONS *, TRACE, CONNECT. All
// else goes to the module whose path it is.
#pragma once
#include "http/handler.h"
#include "server/modules.h"

namespace cais::server {

struct DispatchSettings {
    bool trace_method = false;
    std::string echo;  // the path of the echo module
};

class Dispatch final : public http::Handler {
public:
    Dispatch(Modules& modules, DispatchSettings settings) : modules_(&modules), settings_(std::move(settings)) {}
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;

private:
    [[nodiscard]] io::Task<http::Response> answer_ourselves(http::Request& request);
    [[nodiscard]] io::Task<http::Response> ask_and_add_trace(http::Handler& module, http::Request& request);
    [[nodiscard]] bool is_for_echo(const http::Request& request) const;

    Modules* modules_;
    DispatchSettings settings_;
};

}  // namespace cais::server
