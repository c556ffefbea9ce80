// What every version's wire does with an exchange on a server, beside moving its octets.
#pragma once
#include "http/connection.h"
#include "http/request.h"
#include "http/response.h"
#include "http/service.h"

#include <exception>
#include <optional>

namespace cais::http {

// Why a request is not taken, and what to answer.
struct Refusal {
    Status status;
    const char* what;
    const char* source;
};
[[nodiscard]] Refusal refusal_of(const Error& error);

// An https address asks for an answer by whoever has proved to be its origin, which in clear nobody has; and what is
// asked for in clear is another resource (RFC 9110 §7.4, §4.2.2). `scheme` is http or https, in any case.
[[nodiscard]] std::optional<Refusal> check_scheme(std::string_view scheme, const Connection& connection);

// What the client wants to hear before it goes on (RFC 9110 §10.1.1).
struct Expectation {
    bool is_continue = false;
    bool is_known = true;  // else 417
};
[[nodiscard]] Expectation expectation_of(const Fields& fields);
inline constexpr Refusal unknown_expectation{Status::expectation_failed, "an expectation that cannot be met",
                                             "RFC 9110 §10.1.1"};

// An exception is a bug of ours: whoever runs the server hears of it, whoever asked does not.
void log_thrown(const char* doing, const std::exception_ptr& thrown);
// The answer after a handler of `entry` has thrown.
[[nodiscard]] Response failure(Request& request, const Entry& entry);

struct Moved {
    std::uint64_t sent;      // octets of content
    std::uint64_t received;  // the same
    bool complete;           // false: the response was cut
};
// Tells `service`'s observer, where there is one.
void tell_ended(const Service& service, const Request& request, const Moved& moved) noexcept;

}  // namespace cais::http
