#include "acme/schedule.h"

#include <algorithm>

namespace cais::acme {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

base::Duration part(base::Duration whole, double fraction)
{
    return std::chrono::duration_cast<base::Duration>(
        std::chrono::duration<double, std::nano>(static_cast<double>(whole.count()) * fraction));
}

}  // namespace

base::WallTime renewal_time(const Validity& validity, double random)
{
    const base::Duration lifetime = validity.lifetime();
    return base::WallTime(validity.not_before) + lifetime / 3 * 2 - part(lifetime / 30, random);
}

base::WallTime renewal_time(const Validity& validity, const RenewalInfo& info, double random)
{
    const base::WallTime chosen = base::WallTime(info.start) + part(info.end - info.start, random);
    const base::Duration lifetime = validity.lifetime();
    return std::clamp(chosen, base::WallTime(validity.not_before) + lifetime / 100,
                      base::WallTime(validity.not_after) - lifetime / 20);
}

base::Duration information_wait(base::Duration lifetime, std::optional<base::Duration> retry_after)
{
    const base::Duration wait = std::clamp(retry_after.value_or(lifetime / 100), lifetime / 2000, lifetime / 10);
    return std::max<base::Duration>(wait, seconds(1));
}

base::Duration retry_wait(unsigned failures, std::optional<base::Duration> lifetime, bool was_refused, double random)
{
    const base::Duration first = lifetime ? *lifetime / 2000 : was_refused ? base::Duration(minutes(1)) : seconds(5);
    const base::Duration last = lifetime ? *lifetime / 100 : minutes(30);
    const unsigned doublings = std::min(failures - 1, 20u);
    const base::Duration wait =
        std::clamp<base::Duration>(first * (1 << doublings), seconds(1), std::max<base::Duration>(last, seconds(1)));
    return part(wait, 0.9 + random / 5);
}

base::Duration longest_refusal(std::optional<base::Duration> lifetime)
{
    return lifetime ? std::max<base::Duration>(*lifetime / 10, seconds(1)) : hours(24);
}

}  // namespace cais::acme
