// Cases made by others (tests/conformance), read.
#pragma once
#include <boost/json.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <string_view>

namespace cais::uri {

// Half of a surrogate pair alone is no text that UTF-8 could carry, and Boost.JSON refuses it: U+FFFD instead, which is
// what a browser makes of it, too.
inline std::string without_lone_surrogates(std::string text)
{
    const auto is_half = [&](std::size_t at, std::string_view second_digits) {
        return at + 6 <= text.size() && text[at] == '\\' && text[at + 1] == 'u' && (text[at + 2] | 0x20) == 'd' &&
               second_digits.contains(static_cast<char>(text[at + 3] | 0x20));
    };
    for (std::size_t at = 0; (at = text.find('\\', at)) != std::string::npos;) {
        const bool is_high = is_half(at, "89ab"), is_low = is_half(at, "cdef");
        if (is_high && is_half(at + 6, "cdef")) {
            at += 12;
        } else if (is_high || is_low) {
            text.replace(at + 2, 4, "fffd");
            at += 6;
        } else {
            at += 2;
        }
    }
    return text;
}

inline boost::json::value conformance(const std::string& file)
{
    std::ifstream stream(std::string(CAIS_CONFORMANCE "/") + file);
    EXPECT_TRUE(stream) << "tests/conformance/" << file << " is missing";
    std::ostringstream text;
    text << stream.rdbuf();
    return boost::json::parse(without_lone_surrogates(text.str()));
}

}  // namespace cais::uri
