// Another path for the module alone: `strip` takes something off its beginning, `rewrite` makes a new one.
//
// Both stand next to the module, behind every other wrapper: whatever path a request is given here, it has come by the
// wrappers of the path that it asked for. What is made goes through the same reader as any target does, so that a
// module never sees a path that no request could have had. Links that a module makes lead to where the client asked
// (Request::public_path).
#pragma once
#include "config/table.h"
#include "http/handler.h"
#include "http/target_template.h"

#include <string>

namespace cais::rewrite {

// `rewrite = "/index.php?page={rest}"`. The words are those of `redirect`.
struct Config {
    http::TargetTemplate to;
    // The text at `key` of `route`.
    static Config read(config::Table& route, std::string_view key);
};

// `strip = true`, `strip = "/api"`.
class Strip final : public http::Handler {
public:
    // `prefix`: decoded, begins with a slash and does not end with one. A path that does not begin with it, up to a
    // segment's border, stays as it is. `next` outlives this.
    Strip(std::string prefix, http::Handler& next) noexcept
        : prefix_(std::move(prefix))
        , next_(&next)
    {
    }
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;

private:
    std::string prefix_;
    http::Handler* next_;
};

class Rewrite final : public http::Handler {
public:
    // `next` outlives it.
    Rewrite(Config config, http::Handler& next) noexcept
        : config_(std::move(config))
        , next_(&next)
    {
    }
    [[clang::coro_wrapper]] io::Task<http::Response> handle(http::Request& request) override;

private:
    Config config_;
    http::Handler* next_;
};

}  // namespace cais::rewrite
