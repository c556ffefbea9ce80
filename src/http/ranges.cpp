#include "http/ranges.h"

#include "base/text.h"
#include "http/date.h"
#include "http/entity_tag.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace cais::http {
namespace {

// A number as text.
class Decimal {
public:
    explicit Decimal(std::uint64_t number) noexcept
        : end_(std::to_chars(digits_, digits_ + sizeof digits_, number).ptr)
    {
    }
    operator std::string_view() const noexcept
        [[clang::lifetimebound]]  // NOLINT(google-explicit-constructor): one more piece
    {
        return {digits_, static_cast<std::size_t>(end_ - digits_)};
    }

private:
    char digits_[20];
    char* end_;
};

// What stands between what a part's head is made of. head() and content_length() agree because both use these.
constexpr std::string_view line_end = "\r\n", dashes = "--",
                           type_field = "Content-Type: ", range_field = "Content-Range: bytes ";

// 1*DIGIT, at most UINT64_MAX: any larger number lies behind the end of everything as well.
std::optional<std::uint64_t> position(std::string_view digits) noexcept
{
    if (digits.empty()) return std::nullopt;
    for (const char c : digits)
        if (!base::is_digit(c)) return std::nullopt;
    return base::parse_decimal(digits).value_or(UINT64_MAX);
}

// One member of a range set.
struct Spec {
    enum Kind : std::uint8_t { malformed, unsatisfiable, nothing, range } kind = malformed;  // nothing: "-5" of nothing
    Range value = {};
};

Spec parse_spec(std::string_view text, std::uint64_t length) noexcept
{
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return {};
    if (dash == 0) {  // suffix-range: the last so many octets
        const auto suffix = position(text.substr(1));
        if (!suffix) return {};
        if (*suffix == 0) return {Spec::unsatisfiable};
        if (length == 0) return {Spec::nothing};
        const std::uint64_t octets = std::min(*suffix, length);
        return {Spec::range, {length - octets, octets}};
    }
    const auto first = position(text.substr(0, dash));
    if (!first) return {};
    std::uint64_t last = UINT64_MAX;
    if (dash + 1 < text.size()) {
        const auto given = position(text.substr(dash + 1));
        if (!given || *given < *first) return {};
        last = *given;
    }
    if (*first >= length) return {Spec::unsatisfiable};
    return {Spec::range, {*first, std::min(last, length - 1) - *first + 1}};
}

// Whether they overlap, or so little lies between them that it is cheaper to send it.
bool are_near(const Range& a, const Range& b) noexcept
{
    const Range& lower = a.first <= b.first ? a : b;
    const Range& upper = a.first <= b.first ? b : a;
    return upper.first <= lower.last() || upper.first - lower.last() - 1 < nearly;
}

// §13.1.5.
bool if_range_holds(const Fields& fields, const Validators& current, base::Seconds now) noexcept
{
    if (!fields.has(Name::if_range)) return true;
    const auto value = fields.one(Name::if_range);
    if (!value || !current.exists) return false;
    if (const auto tag = parse_entity_tag(*value)) return current.tag && match(*tag, *current.tag, Comparison::strong);
    const auto date = parse_date(*value, now);
    return date && current.last_modified && *date == *current.last_modified && *date < now;
}

std::size_t digits_of(std::uint64_t number) noexcept { return std::string_view(Decimal(number)).size(); }

}  // namespace

bool Selection::add(Range range) noexcept
{
    kind_ = partial;
    // Each time it grows it may have come near to others, on either side; at most `most` times, since each merge takes
    // one out of the list.
    std::size_t place = count_;
    for (std::size_t i = 0; i < count_;) {
        if (!are_near(ranges_[i], range)) {
            ++i;
            continue;
        }
        const std::uint64_t last = std::max(ranges_[i].last(), range.last());
        range.first = std::min(ranges_[i].first, range.first);
        range.length = last - range.first + 1;
        place = std::min(place, i);
        std::copy(ranges_.begin() + i + 1, ranges_.begin() + count_, ranges_.begin() + i);
        --count_;
        i = 0;
    }
    if (count_ == most) return false;
    std::copy_backward(ranges_.begin() + place, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
    ranges_[place] = range;
    ++count_;
    return true;
}

Selection parse_ranges(std::string_view value, std::uint64_t length) noexcept
{
    // The name of a unit is case-insensitive (§14.1). No white space stands around "=".
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos || !base::equals_ignoring_case(value.substr(0, equals), "bytes"))
        return Selection();

    Selection selection;
    bool unsatisfiable = false;
    for (std::string_view rest = value.substr(equals + 1); !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view text = base::trim(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (text.empty()) continue;  // §5.6.1.2
        const Spec spec = parse_spec(text, length);
        switch (spec.kind) {
        case Spec::unsatisfiable: unsatisfiable = true; break;
        case Spec::range:
            if (selection.add(spec.value)) break;
            [[fallthrough]];
        case Spec::malformed:
        case Spec::nothing: return Selection();
        }
    }
    if (selection.ranges().empty() && unsatisfiable) return Selection(Selection::unsatisfiable);
    return selection;
}

Selection select_ranges(Method method, const Fields& fields, const Validators& current, std::uint64_t length,
                        base::Seconds now) noexcept
{
    if (!fields.has(Name::range) || method != Method::get) return Selection();
    const auto value = fields.one(Name::range);
    if (!value || !if_range_holds(fields, current, now)) return Selection();
    return parse_ranges(*value, length);
}

std::string_view content_range(Range range, std::uint64_t length, base::Arena& arena)
{
    return arena.join("bytes ", Decimal(range.first), "-", Decimal(range.last()), "/", Decimal(length));
}

std::string_view unsatisfied_range(std::uint64_t length, base::Arena& arena)
{
    return arena.join("bytes */", Decimal(length));
}

std::string_view Multipart::head(std::size_t part, base::Arena& arena) const
{
    const Range range = ranges[part];
    const bool typed = !content_type.empty();
    const std::string_view none;
    return arena.join(part == 0 ? none : line_end, dashes, boundary, line_end,                                        //
                      typed ? type_field : none, content_type, typed ? line_end : none,                               //
                      range_field, Decimal(range.first), "-", Decimal(range.last()), "/", Decimal(length), line_end,  //
                      line_end);
}

std::string_view Multipart::tail(base::Arena& arena) const
{
    return arena.join(line_end, dashes, boundary, dashes, line_end);
}

std::uint64_t Multipart::content_length() const noexcept
{
    std::uint64_t octets = 0;
    for (const Range& range : ranges) {
        octets += dashes.size() + boundary.size() + line_end.size();
        if (!content_type.empty()) octets += type_field.size() + content_type.size() + line_end.size();
        octets += range_field.size() + digits_of(range.first) + 1 + digits_of(range.last()) + 1 + digits_of(length) +
                  line_end.size();
        octets += line_end.size() + range.length;
    }
    octets += line_end.size() * (ranges.size() - 1);  // before each head but the first
    return octets + line_end.size() + dashes.size() + boundary.size() + dashes.size() + line_end.size();
}

std::string_view Multipart::media_type(base::Arena& arena) const
{
    return arena.join("multipart/byteranges; boundary=", boundary);
}

}  // namespace cais::http
