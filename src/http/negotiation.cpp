#include "http/negotiation.h"

#include "http/list.h"

#include <algorithm>

namespace cais::http {
namespace {

using base::equals_ignoring_case;
using base::trim;

constexpr auto quoted_octet = base::OctetSet("\t ").with(0x21, 0x7E).with(0x80, 0xFF);

// Calls see(member) for at most the first most_members members.
template <class See>
void for_first_members(const Fields::Values& values, See see)
{
    std::size_t left = most_members;
    for (std::string_view rest : values)
        for (std::string_view member; left != 0 && next_member(rest, member); --left) see(member);
}

struct Weighted {
    std::string_view value;
    Quality quality;
};

// A member of the form value [OWS ";" OWS "q=" qvalue] (RFC 9110 §12.4.2). Empty: not of that form.
std::optional<Weighted> parse_weighted(std::string_view member) noexcept
{
    const auto semicolon = member.find(';');
    if (semicolon == member.npos) return Weighted{member, full_quality};
    const auto weight = trim(member.substr(semicolon + 1));
    if (weight.size() < 2 || base::to_lower(weight[0]) != 'q' || weight[1] != '=') return std::nullopt;
    const auto quality = parse_quality(weight.substr(2));
    if (!quality) return std::nullopt;
    return Weighted{trim(member.substr(0, semicolon)), *quality};
}

// The length of the quoted string that `text` begins with, quotes included; 0 where there is none (RFC 9110 §5.6.4).
std::size_t quoted_string(std::string_view text) noexcept
{
    if (text.empty() || text[0] != '"') return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] == '\\') ++i;
        if (i == text.size() || !quoted_octet.has(text[i])) return 0;
    }
    return 0;
}

struct Parameter {
    std::string_view name, value;  // the value as written, with its quotes
};

enum class Next : std::uint8_t { parameter, end, malformed };

// Takes the next of *( OWS ";" OWS [ name "=" value ] ) off `rest` (RFC 9110 §5.6.6).
Next next_parameter(std::string_view& rest, Parameter& parameter) noexcept
{
    for (;;) {
        rest = trim(rest);
        if (rest.empty()) return Next::end;
        if (rest.front() != ';') return Next::malformed;
        rest = trim(rest.substr(1));
        if (!rest.empty() && rest.front() != ';') break;
    }
    const auto equals = rest.find('=');
    if (equals == rest.npos || !is_token(rest.substr(0, equals))) return Next::malformed;
    parameter.name = rest.substr(0, equals);
    rest.remove_prefix(equals + 1);
    auto length = quoted_string(rest);
    if (length == 0) {
        length = std::min(rest.find_first_of("; \t"), rest.size());
        if (!is_token(rest.substr(0, length))) return Next::malformed;
    }
    parameter.value = rest.substr(0, length);
    rest.remove_prefix(length);
    return Next::parameter;
}

// Whether two values of parameters mean the same: quotes and backslashes aside (RFC 9110 §5.6.6), in any case.
// Looser: some parameters tell case apart; to offer one of those in the wrong case does no harm.
bool same_value(std::string_view a, std::string_view b) noexcept
{
    const auto open = [](std::string_view value) {
        return !value.empty() && value.front() == '"' ? value.substr(1, value.size() - 2) : value;
    };
    const bool a_quoted = a.starts_with('"'), b_quoted = b.starts_with('"');
    a = open(a), b = open(b);
    std::size_t i = 0, j = 0;
    for (; i < a.size() && j < b.size(); ++i, ++j) {
        if (a_quoted && a[i] == '\\') ++i;
        if (b_quoted && b[j] == '\\') ++j;
        if (base::to_lower(a[i]) != base::to_lower(b[j])) return false;
    }
    return i == a.size() && j == b.size();
}

bool is_q(std::string_view name) noexcept { return name.size() == 1 && base::to_lower(name[0]) == 'q'; }

// A range of RFC 4647 §2.1: "*", or 1*8ALPHA *("-" 1*8alphanum).
bool is_language_range(std::string_view text) noexcept
{
    if (text == "*") return true;
    std::size_t length = 0;  // of the subtag so far
    bool is_first = true;
    for (const char c : text) {
        if (c == '-') {
            if (length == 0) return false;
            length = 0;
            is_first = false;
        } else if (++length > 8 || !(is_first ? base::is_alpha(c) : base::is_alphanumeric(c))) {
            return false;
        }
    }
    return length != 0;
}

// Whether `text` is `beginning` and then a hyphen and more.
bool extends(std::string_view text, std::string_view beginning) noexcept
{
    return text.size() > beginning.size() && text[beginning.size()] == '-' &&
           equals_ignoring_case(text.substr(0, beginning.size()), beginning);
}

}  // namespace

std::optional<Quality> parse_quality(std::string_view text) noexcept
{
    // ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    Quality quality = text[0] == '1' ? full_quality : 0;
    Quality unit = 100;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (!base::is_digit(c)) return std::nullopt;
        quality = static_cast<Quality>(quality + (c - '0') * unit);
        unit /= 10;
    }
    if (quality > full_quality) return std::nullopt;
    return quality;
}

EncodingPreferences::EncodingPreferences(const Fields::Values& accept_encoding) noexcept
{
    std::array<bool, content_coding_count> named{};
    std::optional<Quality> others;  // what `*` says
    for_first_members(accept_encoding, [&](std::string_view member) {
        const auto weighted = parse_weighted(member);
        if (!weighted) return;
        if (weighted->value == "*") {
            others = std::max(others.value_or(0), weighted->quality);
        } else if (const auto coding = content_coding_of(weighted->value)) {
            const auto i = static_cast<std::size_t>(*coding);
            quality_[i] = std::max(quality_[i], weighted->quality);
            named[i] = true;
        }
    });
    constexpr auto identity = static_cast<std::size_t>(ContentCoding::identity);
    if (others)
        for (std::size_t i = 0; i < content_coding_count; ++i)
            if (!named[i]) quality_[i] = *others;
    if (others || named[identity]) allows_identity_ = quality_[identity] != 0;
}

ContentCoding EncodingPreferences::choose(std::span<const ContentCoding> available) const noexcept
{
    auto best = ContentCoding::identity;
    Quality quality = 0;
    for (const auto coding : available) {
        if (quality_of(coding) > quality) {
            best = coding;
            quality = quality_of(coding);
        }
    }
    return quality_of(ContentCoding::identity) > quality ? ContentCoding::identity : best;
}

Accept::Accept(const Fields::Values& accept) noexcept
{
    for_first_members(accept, [this](std::string_view member) {
        if (parse(member, ranges_[count_])) ++count_;
    });
}

bool Accept::parse(std::string_view text, Range& range) noexcept
{
    const auto semicolon = std::min(text.find(';'), text.size());
    const auto essence = trim(text.substr(0, semicolon));
    const auto slash = essence.find('/');
    if (slash == essence.npos) return false;
    range.type = essence.substr(0, slash);
    range.subtype = essence.substr(slash + 1);
    if (!is_token(range.type) || !is_token(range.subtype)) return false;
    if (range.type == "*" && range.subtype != "*") return false;
    range.breadth = range.type == "*" ? Breadth::all : range.subtype == "*" ? Breadth::type : Breadth::subtype;
    range.parameters = text.substr(semicolon);
    range.quality = full_quality;
    range.parameter_count = 0;

    bool is_weighted = false;
    Parameter parameter;
    for (auto rest = range.parameters;;) {
        const auto next = next_parameter(rest, parameter);
        if (next == Next::end) return true;
        if (next == Next::malformed) return false;
        if (!is_q(parameter.name)) {
            if (range.parameter_count < UINT16_MAX) ++range.parameter_count;
            continue;
        }
        const auto quality = parse_quality(parameter.value);
        if (!quality || is_weighted) return false;
        range.quality = *quality;
        is_weighted = true;
    }
}

bool Accept::falls_under(const Range& media_type, const Range& range) noexcept
{
    if (range.breadth != Breadth::all && !equals_ignoring_case(media_type.type, range.type)) return false;
    if (range.breadth == Breadth::subtype && !equals_ignoring_case(media_type.subtype, range.subtype)) return false;
    if (range.parameter_count > media_type.parameter_count) return false;  // so the next loop is short
    Parameter wanted, had;
    for (auto rest = range.parameters; next_parameter(rest, wanted) == Next::parameter;) {
        if (is_q(wanted.name)) continue;
        bool found = false;
        for (auto of = media_type.parameters; !found && next_parameter(of, had) == Next::parameter;)
            found = equals_ignoring_case(had.name, wanted.name) && same_value(had.value, wanted.value);
        if (!found) return false;
    }
    return true;
}

Accept::Match Accept::match(std::string_view media_type) const noexcept
{
    if (count_ == 0) return {full_quality, Breadth::all};
    Range asked;
    if (!parse(media_type, asked)) return {};
    Match best;
    std::uint16_t parameters = 0;
    for (const Range& range : std::span(ranges_).first(count_)) {
        if (range.breadth < best.breadth) continue;
        if (range.breadth == best.breadth && range.parameter_count < parameters) continue;
        if (!falls_under(asked, range)) continue;
        const bool is_repeat = range.breadth == best.breadth && range.parameter_count == parameters;
        best.quality = is_repeat ? std::max(best.quality, range.quality) : range.quality;
        best.breadth = range.breadth;
        parameters = range.parameter_count;
    }
    return best;
}

Quality Accept::quality_of(std::string_view media_type) const noexcept { return match(media_type).quality; }

std::optional<std::size_t> Accept::choose(std::span<const std::string_view> offered) const noexcept
{
    std::optional<std::size_t> best;
    Match best_match;
    for (std::size_t i = 0; i < offered.size(); ++i) {
        const auto found = match(offered[i]);
        if (found.quality == 0 || found.quality < best_match.quality) continue;
        if (found.quality == best_match.quality && found.breadth <= best_match.breadth) continue;
        best = i;
        best_match = found;
    }
    return best;
}

WeightedWords::WeightedWords(const Fields::Values& values, bool (*is_word)(std::string_view)) noexcept
{
    for_first_members(values, [&](std::string_view member) {
        const auto weighted = parse_weighted(member);
        if (weighted && is_word(weighted->value)) words_[count_++] = {weighted->value, weighted->quality};
    });
}

AcceptLanguage::AcceptLanguage(const Fields::Values& accept_language) noexcept
    : ranges_(accept_language, is_language_range)
{
}

// What the named ranges say of `tag`; nothing of `*`.
AcceptLanguage::Match AcceptLanguage::match(std::string_view tag) const noexcept
{
    Match filtered, looked_up;
    std::size_t longest = 0;
    const auto ranges = ranges_.words();
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto& [range, quality] = ranges[i];
        const bool is_equal = equals_ignoring_case(tag, range);
        if (is_equal || extends(tag, range)) {
            if (range.size() < longest || (range.size() == longest && quality <= filtered.quality)) continue;
            filtered = {quality, is_equal ? Closeness::equal : Closeness::longer, i};
            longest = range.size();
        } else if (extends(range, tag) && quality > looked_up.quality) {
            looked_up = {quality, Closeness::shorter, i};
        }
    }
    return filtered.closeness != Closeness::none ? filtered : looked_up;
}

Quality AcceptLanguage::quality_of(std::string_view tag) const noexcept
{
    if (ranges_.words().empty()) return full_quality;
    const auto found = match(tag);
    if (found.closeness != Closeness::none) return found.quality;
    Quality others = 0;
    for (const auto& [range, quality] : ranges_.words())
        if (range == "*") others = std::max(others, quality);
    return others;
}

std::optional<std::size_t> AcceptLanguage::choose(std::span<const std::string_view> available) const noexcept
{
    std::optional<std::size_t> best;
    Match best_match;
    for (std::size_t i = 0; i < available.size(); ++i) {
        const auto found = match(available[i]);
        if (found.quality == 0 || found.quality < best_match.quality) continue;
        if (found.quality == best_match.quality) {
            if (found.place > best_match.place) continue;
            if (found.place == best_match.place && found.closeness <= best_match.closeness) continue;
        }
        best = i;
        best_match = found;
    }
    return best;
}

AcceptCharset::AcceptCharset(const Fields::Values& accept_charset) noexcept
    : charsets_(accept_charset, is_token)
{
}

Quality AcceptCharset::quality_of(std::string_view charset) const noexcept
{
    if (charsets_.words().empty()) return full_quality;
    std::optional<Quality> exact;
    Quality others = 0;
    for (const auto& [name, quality] : charsets_.words()) {
        if (equals_ignoring_case(name, charset)) exact = std::max(exact.value_or(0), quality);
        else if (name == "*") others = std::max(others, quality);
    }
    return exact.value_or(others);
}

}  // namespace cais::http
