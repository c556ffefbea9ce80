// What did not work, and when it may be tried again.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <expected>
#include <optional>
#include <string>

namespace cais::acme {

struct Failure {
    enum Kind : std::uint8_t {
        cancelled,      // a normal end, say nothing
        unreachable,    // no answer, or none that makes sense: another authority may do
        refused,        // the authority said no
        not_validated,  // … because it did not see that the name is ours: another challenge may do
        ours,           // our disk, our program, our configuration
    };
    Kind kind = ours;
    std::string what;       // for people: what was being done, to what, what is wrong
    std::string type = {};  // of the problem, where the authority gave one: "rateLimited"
    std::optional<base::Duration> retry_after = {};
};

template <class T>
using Outcome = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> failure(Failure::Kind kind, std::string what)
{
    return std::unexpected(Failure{kind, std::move(what)});
}
// Of our own doing: "save the certificate: No space left on device".
[[nodiscard]] inline std::unexpected<Failure> failure(const char* doing, const Error& error)
{
    return failure(error.kind == Error::cancelled ? Failure::cancelled : Failure::ours,
                   std::string(doing) + ": " + base::describe(error));
}

}  // namespace cais::acme
