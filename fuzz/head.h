// What the targets that read heads share: limits so small that they are met, and the fields that were read.
#pragma once
#include "http/fields.h"
#include "http/limits.h"

#include <cassert>
#include <string>
#include <utility>
#include <vector>

namespace cais::fuzz {

inline http::Limits small_limits()
{
    http::Limits limits;
    limits.request_line = 64;
    limits.fields = 256;
    limits.field_lines = 5;
    return limits;
}

using FieldTexts = std::vector<std::pair<std::string, std::string>>;

// Each as it may be.
inline FieldTexts texts_of(const http::Fields& fields)
{
    assert(fields.size() <= small_limits().field_lines);
    FieldTexts texts;
    for (const auto& line : fields) {
        assert(http::is_token(line.name()) && http::is_field_value(line.value()));
        texts.emplace_back(line.name(), line.value());
    }
    return texts;
}

// As they are sent, with the end of the head.
inline std::string lines_of(const FieldTexts& fields)
{
    std::string lines;
    for (const auto& [name, value] : fields) lines += name + ":" + value + "\r\n";
    return lines + "\r\n";
}

}  // namespace cais::fuzz
