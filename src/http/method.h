// Methods: every one of the IANA HTTP Method Registry (RFC 9110 §16.1) is a small integer; any other is `other`, which
// a server answers with 501. The registry's "*" is no method but a name kept from use (RFC 9110 §18.2), so it is not
// here.
#pragma once
#include "base/arena.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace cais::http {

// clang-format off
enum class Method : std::uint8_t {
    other,  // registered by nobody
    // RFC 9110, PATCH (RFC 5789) and QUERY
    get, head, post, put, delete_, connect, options, trace, patch, query,
    // WebDAV (RFC 4918)
    propfind, proppatch, mkcol, copy, move, lock, unlock,
    // versions (RFC 3253)
    version_control, report, checkout, checkin, uncheckout, mkworkspace, update, label, merge, baseline_control, mkactivity,
    // what was built upon WebDAV
    orderpatch, acl, mkredirectref, updateredirectref, mkcalendar, search, bind, unbind, rebind,
    // links (RFC 2068), and the name that HTTP/2's preface begins with (RFC 9113 §3.4)
    link, unlink, pri,
    count_,
};
// clang-format on

// The registered method that `text` names; other where there is none. Methods are case-sensitive (RFC 9110 §9.1).
// Cost: for GET one comparison; otherwise one hash and at most a few comparisons.
[[nodiscard]] Method method_of(std::string_view text) noexcept;

// As it is written: "VERSION-CONTROL". Empty for other.
[[nodiscard]] std::string_view text_of(Method method) noexcept;
// Where it is written: "RFC 9110 §9.3.1". Empty for other.
[[nodiscard]] std::string_view source_of(Method method) noexcept;

// Asks for nothing to change (RFC 9110 §9.2.1). False for other.
[[nodiscard]] bool is_safe(Method method) noexcept;
// Meant to have the same effect sent twice as sent once (RFC 9110 §9.2.2). False for other.
[[nodiscard]] bool is_idempotent(Method method) noexcept;

// Some of the methods: those that a resource has.
class MethodSet {
public:
    constexpr MethodSet() noexcept = default;
    constexpr MethodSet(std::initializer_list<Method> methods) noexcept
    {
        for (const Method method : methods) add(method);
    }
    [[nodiscard]] constexpr bool has(Method method) const noexcept { return (bits_ & bit(method)) != 0; }
    constexpr void add(Method method) noexcept { bits_ |= bit(method); }
    constexpr void add(MethodSet others) noexcept { bits_ |= others.bits_; }
    constexpr void remove(Method method) noexcept { bits_ &= ~bit(method); }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr bool operator==(const MethodSet&) const noexcept = default;

    // The value of Allow (RFC 9110 §10.2.1), in the order of the enumeration: "GET, HEAD, OPTIONS". Empty for the empty
    // set, which Allow may say too. Lives as long as `arena` does not reset.
    [[nodiscard]] std::string_view text(base::Arena& arena) const [[clang::lifetimebound]];

private:
    static constexpr std::uint64_t bit(Method method) { return std::uint64_t{1} << static_cast<unsigned>(method); }
    std::uint64_t bits_ = 0;
};
static_assert(static_cast<unsigned>(Method::count_) <= 64, "a set is one word");

}  // namespace cais::http
