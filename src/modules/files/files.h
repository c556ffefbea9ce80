// Files: GET, HEAD and OPTIONS over a directory. What lies at request.rest() is looked for beneath the root. The kernel resolves every path beneath the root; what is answered is
// the best of what lies there (languages, codings), fresh by the file's own state, whole or in ranges.
#pragma once
#include "config/table.h"
#include "http/handler.h"

#include <memory>
#include <string>

namespace cais::files {

// What a representation here can be asked.
inline constexpr http::MethodSet methods = {http::Method::get, http::Method::head, http::Method::options};

struct Config {
    std::string root;     // the directory; or one file, which is the answer whatever the path
    bool listing = true;  // a folder without index.html shows what is in it
    bool spa = false;     // what is not there is answered with /index.html
    static Config read(config::Table& table);
};

class Files;

// Errors    not_found, denied: the directory cannot be opened. unsupported: the kernel has no openat2, or it is
// refused.
[[nodiscard]] Result<std::unique_ptr<http::Handler>> make_files(const Config& config);

}  // namespace cais::files
