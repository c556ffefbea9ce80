// Ranges: which octets of a representation a request asks for (RFC 9110 §14), and how several of them are framed in one
// response. To be asked after the preconditions (conditional.h), and only where the answer would otherwise be 200.
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "http/conditional.h"
#include "http/fields.h"
#include "http/method.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace cais::http {

// At least one octet, all of them inside the representation.
struct Range {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
    [[nodiscard]] constexpr std::uint64_t last() const noexcept { return first + length - 1; }
    constexpr bool operator==(const Range&) const noexcept = default;
};

// What to answer.
class Selection {
public:
    enum Kind : std::uint8_t {
        whole,          // 200: no Range, or one to ignore
        partial,        // 206: ranges(), at least one
        unsatisfiable,  // 416 with Content-Range: unsatisfied_range()
    };
    static constexpr std::size_t most = 16;

    constexpr Selection() noexcept = default;
    constexpr explicit Selection(Kind kind) noexcept
        : kind_(kind)
    {
    }
    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    // In the order in which they were asked for; no two overlap.
    [[nodiscard]] std::span<const Range> ranges() const noexcept [[clang::lifetimebound]]
    {
        return {ranges_.data(), count_};
    }

    // Adds a range, made one with those that it overlaps or nearly touches. False where there would be too many.
    [[nodiscard]] bool add(Range range) noexcept;

private:
    Kind kind_ = whole;
    std::uint8_t count_ = 0;
    std::array<Range, most> ranges_;  // the first count_ are set
};

// What a GET with these fields is to get of a representation of `length` octets.
//
// Any other method gets the whole: §14.2 defines Range for GET alone. So does a request whose If-Range does not hold
// (§13.1.5): an entity tag has to match strongly; a date has to be the very second of Last-Modified, and that second
// has to be over at `now`, since while it lasts the content may change again under the same date (§8.8.2.2).
//
// Cost: nothing without Range.
[[nodiscard]] Selection select_ranges(Method method, const Fields& fields, const Validators& current,
                                      std::uint64_t length, base::Seconds now) noexcept;

// The value of Range against a representation of `length` octets.
//
// What is not "bytes=" and a list of ranges is ignored: the whole is sent (§14.2). A first position at or behind the end
// cannot be satisfied. The last octets of nothing can (§14.1.2), but no Content-Range says so: the whole is sent. A
// number that does not fit 64 bits is as large as any.
//
// Ranges that overlap or have fewer than `nearly` octets between them are made one, at the place of the first: a part's
// head costs about as much (§15.3.7.2). Where more than 16 stay, the whole is sent (§14.2, §17.15). So no octet is sent
// twice, and what a response adds to the representation is 16 heads at the most.
inline constexpr std::uint64_t nearly = 80;
[[nodiscard]] Selection parse_ranges(std::string_view value, std::uint64_t length) noexcept;

// Values of Content-Range (§14.4): "bytes 0-99/1234" and "bytes */1234". They live as long as `arena` does not reset.
[[nodiscard]] std::string_view content_range(Range range, std::uint64_t length,
                                             base::Arena& arena [[clang::lifetimebound]]);
[[nodiscard]] std::string_view unsatisfied_range(std::uint64_t length, base::Arena& arena [[clang::lifetimebound]]);

// The frame of a multipart/byteranges (§14.6, RFC 2046 §5.1): for each range head() and its octets, then tail().
// All views are borrowed. `boundary` is one that the octets do not have: long and random, of letters and digits.
struct Multipart {
    std::string_view boundary;
    std::string_view content_type;  // of the representation; empty: the parts have none
    std::uint64_t length;           // of the representation
    std::span<const Range> ranges;

    // What stands before the octets of ranges[part].
    [[nodiscard]] std::string_view head(std::size_t part, base::Arena& arena [[clang::lifetimebound]]) const;
    // What stands after the last ones.
    [[nodiscard]] std::string_view tail(base::Arena& arena [[clang::lifetimebound]]) const;
    // Of all together, exactly.
    [[nodiscard]] std::uint64_t content_length() const noexcept;
    // "multipart/byteranges; boundary=…".
    [[nodiscard]] std::string_view media_type(base::Arena& arena [[clang::lifetimebound]]) const;
};

}  // namespace cais::http
