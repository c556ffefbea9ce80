// Preconditions: does the representation that is there now let this method go on?
// RFC 9110 §13. The order in which fields are asked is §13.2.2's and lives in one function, so that no caller keeps its
// own. Not here: If-Range (ranges.h), WebDAV's If field.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "http/entity_tag.h"
#include "http/fields.h"
#include "http/method.h"

#include <cstdint>
#include <optional>

namespace cais::http {

// What the origin knows of the selected representation.
struct Validators {
    bool exists = false;                              // false: no representation is there, If-Match: * fails
    std::optional<EntityTag> tag = {};                // empty: this resource has none
    std::optional<base::Seconds> last_modified = {};  // since 1970, UTC; whole seconds, as a date field carries them
};
enum class Precondition : std::uint8_t { holds, not_modified, failed };  // perform; 304, only for GET and HEAD; 412

// Asks the four conditional fields of `fields` against `current`, in the order of RFC 9110 §13.2.2. To be asked only
// where the answer without them would be 2xx or 412 (§13.2.1); CONNECT, OPTIONS and TRACE select nothing and always
// hold. Borrows   its arguments, for the call only. Errors    malformed: If-Match or If-None-Match is no list of entity
// tags (answer 400; a guess could lose an update).
//           A date that does not parse, or stands there twice, is no error: §13.1.3 and §13.1.4 say to ignore it.
// Cost      nothing without conditional fields; otherwise one pass over each, no allocation.
[[nodiscard]] Result<Precondition> evaluate(Method method, const Fields& fields, const Validators& current);

}  // namespace cais::http
