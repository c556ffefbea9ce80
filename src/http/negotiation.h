// Proactive negotiation: which of several representations does the client like best? RFC 9110 §12.4 and §12.5.
// The four fields have one shape, a list of ranges with weights, and one rule each for which range speaks for a
// representation. None of them can make a request wrong: a member that its grammar refuses is passed over, as if it had
// not been sent, and so is all that follows the first 64 members. Where two members name the same thing, the higher
// weight counts. What answers 406, and when, is the caller's: §12.4.1 lets a server answer with what it has.
// Each type borrows the values that it was made of. Cost: one pass when made, no allocation, then one pass over at most
// 64 ranges for each representation asked about.
#pragma once
#include "http/content_coding.h"
#include "http/fields.h"
#include "http/language_tag.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cais::http {

// A weight in thousandths: 0 is "not acceptable", 1000 is what no weight means (RFC 9110 §12.4.2).
using Quality = std::uint16_t;
inline constexpr Quality full_quality = 1000;

// The number after "q=", at most three decimals. Empty: not of that form.
[[nodiscard]] std::optional<Quality> parse_quality(std::string_view text) noexcept;

inline constexpr std::size_t most_members = 64;

// Accept-Encoding (RFC 9110 §12.5.3), one weight a coding that we know.
// Without the field any coding would do; we read that as identity alone, since who does not name a coding may well not
// be able to undo it. An empty field says identity alone itself.
class EncodingPreferences {
public:
    EncodingPreferences() noexcept = default;  // as without the field
    explicit EncodingPreferences(const Fields::Values& accept_encoding) noexcept;

    // 0 for what was not named, by itself or by `*`; for identity see also allows_identity().
    [[nodiscard]] Quality quality_of(ContentCoding coding) const noexcept
    {
        return quality_[static_cast<std::size_t>(coding)];
    }
    // identity is acceptable unless `identity;q=0`, or `*;q=0` without a better word for identity, is there.
    [[nodiscard]] bool allows_identity() const noexcept { return allows_identity_; }

    // The coding of `available` (in the server's order) with the highest weight, among equals the earlier one.
    // identity need not be named there: it always is available, last among equals, and behind every coding that the
    // client listed where the client did not list identity itself.
    // Nothing acceptable is identity still, though allows_identity() is false then: a SHOULD of §12.5.3 and the choice
    // that §12.4.1 leaves us, since content that can be read helps more than a 406. Who wants the 406 asks
    // allows_identity().
    [[nodiscard]] ContentCoding choose(std::span<const ContentCoding> available) const noexcept;

private:
    std::array<Quality, content_coding_count> quality_{};
    bool allows_identity_ = true;
};

// Accept (RFC 9110 §12.5.1). Without the field, or without one member that is well-formed, every type is as good.
class Accept {
public:
    explicit Accept(const Fields::Values& accept) noexcept;

    // The weight of the most specific range that `media_type` falls under: type/subtype;parameters, then type/subtype,
    // type/*, */*; 0 where there is none. A range's parameters must all be in the media type, in any order and case.
    // `q` is the weight wherever it stands among the parameters.
    [[nodiscard]] Quality quality_of(std::string_view media_type) const noexcept;

    // The index of the media type with the highest weight; among equals first the one that a narrower range names
    // (`application/json, */*` asks for JSON), then the earlier in `offered`, the server's order. Empty: none is
    // acceptable.
    [[nodiscard]] std::optional<std::size_t> choose(std::span<const std::string_view> offered) const noexcept;

private:
    enum class Breadth : std::uint8_t { none, all, type, subtype };  // */*, type/*, type/subtype
    struct Range {
        std::string_view type, subtype, parameters;
        Quality quality;
        Breadth breadth;
        std::uint16_t parameter_count;
    };
    struct Match {
        Quality quality = 0;
        Breadth breadth = Breadth::none;
    };
    static bool parse(std::string_view text, Range& range) noexcept;
    static bool falls_under(const Range& media_type, const Range& range) noexcept;
    [[nodiscard]] Match match(std::string_view media_type) const noexcept;

    std::array<Range, most_members> ranges_;  // the first count_ of them
    std::size_t count_ = 0;
};

// The members of a list of `word ;q=weight`: what the two types below are made of.
class WeightedWords {
public:
    struct Word {
        std::string_view text;
        Quality quality;
    };
    WeightedWords(const Fields::Values& values, bool (*is_word)(std::string_view)) noexcept;
    [[nodiscard]] std::span<const Word> words() const noexcept [[clang::lifetimebound]]
    {
        return {words_.data(), count_};
    }

private:
    std::array<Word, most_members> words_;  // the first count_ of them
    std::size_t count_ = 0;
};

// Accept-Language (RFC 9110 §12.5.4, RFC 4647). Without the field, or without one member that is well-formed, every
// language is as good.
class AcceptLanguage {
public:
    explicit AcceptLanguage(const Fields::Values& accept_language) noexcept;

    // The weight of the longest range that `tag` falls under by basic filtering (RFC 4647 §3.3.1): equal to it, or to
    // its beginning up to a hyphen; where there is none, the highest of the ranges that lookup (RFC 4647 §3.4) would
    // shorten to `tag`, so that `pt-BR` finds a page in `pt`; then that of `*`; else 0. A weight of 0 is not
    // inherited by lookup: who refuses `en-US` has not refused `en`.
    [[nodiscard]] Quality quality_of(std::string_view tag) const noexcept;

    // The index of the tag with the highest weight; among equals the one whose range stands earlier in the field, then
    // the one equal to its range, then one that is longer than it, then one that is shorter, then the earlier in
    // `available`. Empty: no range names any of them, so the caller takes its default; `*` names none, as in lookup
    // (RFC 4647 §3.4).
    [[nodiscard]] std::optional<std::size_t> choose(std::span<const std::string_view> available) const noexcept;

private:
    enum class Closeness : std::uint8_t { none, shorter, longer, equal };  // the tag, beside its range
    struct Match {
        Quality quality = 0;
        Closeness closeness = Closeness::none;
        std::size_t place = 0;  // of the range in the field
    };
    [[nodiscard]] Match match(std::string_view tag) const noexcept;

    WeightedWords ranges_;
};

// Accept-Charset (RFC 9110 §12.5.2), which nothing current sends. Without the field, or without one member that is
// well-formed, every charset is as good.
class AcceptCharset {
public:
    explicit AcceptCharset(const Fields::Values& accept_charset) noexcept;

    // The weight of the charset's name, in any case; else that of `*`; else 0.
    [[nodiscard]] Quality quality_of(std::string_view charset) const noexcept;

private:
    WeightedWords charsets_;
};

}  // namespace cais::http
