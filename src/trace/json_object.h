// A JSON object that is being written: members in the order in which they are told (RFC 8259 §4). Names are ours and
// plain; text may be any octets. What is empty is left out, so that a reader asks for what is there.
#pragma once
#include "base/text.h"
#include "trace/safe_text.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cais::trace {

// Writes the members of an object that somebody has begun and will end.
class JsonObject {
public:
    // `to` outlives it. `is_first`: nothing stands behind the brace yet.
    explicit JsonObject(std::string& to, bool is_first = true) noexcept
        : to_(&to)
        , is_first_(is_first)
    {
    }

    JsonObject& text(std::string_view name, std::string_view value)
    {
        if (!value.empty()) append_safe_json(key(name), value);
        return *this;
    }
    JsonObject& number(std::string_view name, std::uint64_t value)
    {
        base::append_decimal(key(name), value);
        return *this;
    }
    JsonObject& number(std::string_view name, const std::optional<std::uint64_t>& value)
    {
        return value ? number(name, *value) : *this;
    }
    JsonObject& flag(std::string_view name, bool value)
    {
        key(name) += value ? "true" : "false";
        return *this;
    }
    // Microseconds.
    JsonObject& time(std::string_view name, std::chrono::nanoseconds value)
    {
        return number(name, static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0)) / 1000);
    }
    // Left out where it is empty.
    JsonObject& texts(std::string_view name, std::span<const std::string_view> values)
    {
        if (values.empty()) return *this;
        char before = '[';
        std::string& to = key(name);
        for (const auto value : values) {
            to += before;
            append_safe_json(to, value);
            before = ',';
        }
        to += ']';
        return *this;
    }
    // Behind this the caller writes a value.
    std::string& key(std::string_view name)
    {
        if (!is_first_) *to_ += ',';
        is_first_ = false;
        ((*to_ += '"') += name) += "\":";
        return *to_;
    }

private:
    std::string* to_;
    bool is_first_;
};

}  // namespace cais::trace
