// When what is done next. All waits are fractions of a certificate's lifetime, so that 120 s, 6 and 90 days work alike.
// `random` is from 0 to below 1: many servers, or names, do not come at once.
#pragma once
#include "acme/messages.h"
#include "base/clock.h"

#include <optional>

namespace cais::acme {

struct Validity {
    base::Seconds not_before;
    base::Seconds not_after;
    [[nodiscard]] base::Duration lifetime() const noexcept { return not_after - not_before; }
};

// At two thirds of the lifetime, or up to a thirtieth of it earlier.
[[nodiscard]] base::WallTime renewal_time(const Validity& validity, double random);
// Somewhere in the window that the authority suggests (RFC 9773 §4.2), but never so late that no two tries are left: a
// twentieth of the lifetime before the end; nor in its first hundredth, so that an authority that always says "now"
// does not keep us at it.
[[nodiscard]] base::WallTime renewal_time(const Validity& validity, const RenewalInfo& info, double random);

// Until the renewal information is asked for again: as the authority says, between a 2000th and a tenth of the
// lifetime, and at least a second.
[[nodiscard]] base::Duration information_wait(base::Duration lifetime, std::optional<base::Duration> retry_after);

// Until the next try after `failures` (one or more) in a row. With a certificate: from a 2000th of its lifetime,
// doubled each time, up to a hundredth, and at least a second. Without one: from 5 s, doubled up to half an hour; where
// an authority said no, which it counts, from a minute. A tenth more or less.
[[nodiscard]] base::Duration retry_wait(unsigned failures, std::optional<base::Duration> lifetime, bool was_refused,
                                        double random);

// How long an authority may keep us away by Retry-After: a tenth of the lifetime; a day where there is no certificate.
[[nodiscard]] base::Duration longest_refusal(std::optional<base::Duration> lifetime);

}  // namespace cais::acme
