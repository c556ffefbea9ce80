// Sizes and times as a listing shows them.
#pragma once
#include <cstdint>
#include <string>

namespace cais::files {

// For people, in powers of 1000: "999 B", "1.4 MB", "15 GB"; one digit after the point below ten, rounded.
void append_size(std::string& to, std::uint64_t bytes);

// A number with its thousands apart: "1,234,567".
void append_grouped(std::string& to, std::uint64_t number);

// Seconds since 1970 as RFC 3339 §5.6 writes them: "2026-01-02T03:04:05Z". Times outside the years 0 to
// 9999 are written as the nearest in them.
void append_timestamp(std::string& to, std::int64_t seconds);

}  // namespace cais::files
