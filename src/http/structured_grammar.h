// What reading and writing structured fields share: the octets of their grammar, and the largest numbers.
#pragma once
#include "http/fields.h"

#include <cstdint>
#include <string_view>

namespace cais::http::structured {

constexpr std::int64_t largest_number = 999'999'999'999'999;  // 15 digits: RFC 9651 §3.3.1

constexpr auto key_start = base::OctetSet("*").with('a', 'z');  // §3.1.2
constexpr auto key_octet = base::OctetSet("_-.*").with('a', 'z').with('0', '9');
constexpr auto token_start = base::OctetSet("*").with('a', 'z').with('A', 'Z');  // §3.3.4
constexpr auto token_octet = token_octets.with(':', ':').with('/', '/');
constexpr auto visible = base::OctetSet("").with(0x20, 0x7E);  // §3.3.3

}  // namespace cais::http::structured
