// What the tests of handlers share that ask without a wire.
#pragma once
#include "http/request.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace cais::test {

class NoWire final : public http::Wire {
public:
    io::Task<Result<void>> inform(http::Status, const http::Fields&) override { co_return Result<void>(); }
    io::Task<Result<void>> peer_gone() override { co_return Result<void>(); }
};

// Of "Name: value\n" lines the value of a field; several lines joined by "|"; empty where there is none.
inline std::string field_in(std::string_view lines, std::string_view name)
{
    std::string values;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        if (line.starts_with(name) && line.substr(name.size()).starts_with(": ")) {
            if (!values.empty()) values += '|';
            values += line.substr(name.size() + 2);
        }
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    }
    return values;
}

}  // namespace cais::test
