#include "uri/idna.h"

#include "base/text.h"
#include "uri/punycode.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <vector>

namespace cais::uri {
namespace {

constexpr const char* section = "UTS 46 §4";
constexpr std::string_view ace_prefix = "xn--";

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool is_ascii(std::u32string_view text)
{
    return std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
}

const ucs4_t* units(std::u32string_view text) { return reinterpret_cast<const ucs4_t*>(text.data()); }

struct Freed {
    void operator()(void* memory) const { std::free(memory); }
};
std::u32string taken(ucs4_t* memory, std::size_t length)
{
    const std::unique_ptr<ucs4_t, Freed> owned(memory);
    if (memory == nullptr) throw std::bad_alloc();
    return {reinterpret_cast<const char32_t*>(memory), length};
}
std::u32string to_nfc(std::u32string_view text)
{
    std::size_t length = 0;
    ucs4_t* const normal = u32_normalize(UNINORM_NFC, units(text), text.size(), nullptr, &length);
    return taken(normal, length);
}

// What of UTS 46 §5 is said of a character.
enum class Status : unsigned char { valid, ignored, mapped, disallowed };

bool has_category(char32_t c, std::uint32_t mask) { return uc_is_general_category_withtable(c, mask); }

// The base valid set of UTS 46 §6 step 2, as far as it is not decided by folding.
bool may_stand(char32_t c)
{
    if (c < 0x80) return true;
    if (c >= 0x2FF0 && c <= 0x2FFF) return false;  // ideographic description characters
    if (c == 0xFFFC || c == 0xFFFD) return false;  // object and replacement characters
    return !has_category(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

// The four that older rules mapped and that are themselves now: sharp s, final sigma, the joiners.
bool is_deviation(char32_t c) { return c == 0xDF || c == 0x3C2 || c == 0x200C || c == 0x200D; }

// Extensions H, I and J of the CJK Unified Ideographs, of Unicode 15 to 17: newer than the library, which takes them
// for unassigned, and inert in all that is asked here.
bool is_newer_ideograph(char32_t c)
{
    return (c >= 0x31350 && c <= 0x323AF) || (c >= 0x2EBF0 && c <= 0x2EE5D) || (c >= 0x323B0 && c <= 0x33479);
}

// NFKC_Casefold of one character: folded, in NFKC, without what is ignored by default, until nothing changes.
std::u32string folded(char32_t c)
{
    std::u32string text(1, c);
    while (true) {
        std::size_t length = 0;
        ucs4_t* const memory = u32_casefold(units(text), text.size(), nullptr, UNINORM_NFKC, nullptr, &length);
        std::u32string next = taken(memory, length);
        std::erase_if(next, [](char32_t d) { return uc_is_property_default_ignorable_code_point(d); });
        if (next == text) return text;
        text = std::move(next);
    }
}

Status status_of(char32_t c, std::u32string& mapped)
{
    if (c < 0x80) {
        if (c < 'A' || c > 'Z') return Status::valid;
        mapped.assign(1, c | 0x20);
        return Status::mapped;
    }
    if (is_deviation(c)) return Status::valid;
    if (c == 0x3002 || c == 0xFF0E || c == 0xFF61) {  // what separates labels elsewhere
        mapped.assign(1, U'.');
        return Status::mapped;
    }
    if (c == 0x1E9E) {  // capital sharp s
        mapped.assign(1, char32_t{0xDF});
        return Status::mapped;
    }
    if (is_newer_ideograph(c)) return Status::valid;
    if (has_category(c, UC_CATEGORY_MASK_Cn) || uc_is_property_bidi_control(c)) return Status::disallowed;
    if (c >= 0xE0000 && c <= 0xE007F) return Status::disallowed;  // tags
    mapped = folded(c);
    if (mapped.empty()) return Status::ignored;
    if (mapped.size() == 1 && mapped[0] == c) return may_stand(c) ? Status::valid : Status::disallowed;
    for (const char32_t d : mapped)  // a character that only looks like more than one label is none
        if (!may_stand(d) || d == '.' || d == 0x3002) return Status::disallowed;
    return Status::mapped;
}

// UTS 46 §4.1, criterion 8: the rules of RFC 5892 appendix A.1 and A.2 for the joiner at `at`.
bool joins(std::u32string_view label, std::size_t at)
{
    if (at == 0) return false;
    if (uc_combining_class(label[at - 1]) == UC_CCC_VR) return true;
    if (label[at] == 0x200D) return false;
    std::size_t left = at, right = at + 1;
    while (left > 0 && uc_joining_type(label[left - 1]) == UC_JOINING_TYPE_T) --left;
    if (left == 0) return false;
    const int before = uc_joining_type(label[left - 1]);
    if (before != UC_JOINING_TYPE_L && before != UC_JOINING_TYPE_D) return false;
    while (right < label.size() && uc_joining_type(label[right]) == UC_JOINING_TYPE_T) ++right;
    if (right == label.size()) return false;
    const int after = uc_joining_type(label[right]);
    return after == UC_JOINING_TYPE_R || after == UC_JOINING_TYPE_D;
}

// A name with one of these is held against RFC 5893 whole.
bool is_right_to_left(char32_t c)
{
    const int type = uc_bidi_class(c);
    return type == UC_BIDI_R || type == UC_BIDI_AL || type == UC_BIDI_AN;
}

// RFC 5893 §2, the six conditions of the Bidi Rule.
bool obeys_bidi_rule(std::u32string_view label)
{
    const int first = uc_bidi_class(label.front());
    const bool is_rtl = first == UC_BIDI_R || first == UC_BIDI_AL;
    if (!is_rtl && first != UC_BIDI_L) return false;  // 1
    bool has_en = false, has_an = false;
    for (const char32_t c : label) {
        switch (uc_bidi_class(c)) {
        case UC_BIDI_ES:
        case UC_BIDI_CS:
        case UC_BIDI_ET:
        case UC_BIDI_ON:
        case UC_BIDI_BN:
        case UC_BIDI_NSM: break;
        case UC_BIDI_EN: has_en = true; break;
        case UC_BIDI_AN: has_an = true; [[fallthrough]];
        case UC_BIDI_R:
        case UC_BIDI_AL:
            if (!is_rtl) return false;  // 5
            break;
        case UC_BIDI_L:
            if (is_rtl) return false;  // 2
            break;
        default: return false;
        }
    }
    std::size_t end = label.size();
    while (end > 1 && uc_bidi_class(label[end - 1]) == UC_BIDI_NSM) --end;
    const int last = uc_bidi_class(label[end - 1]);
    if (!is_rtl) return last == UC_BIDI_L || last == UC_BIDI_EN;                                 // 6
    if (has_en && has_an) return false;                                                          // 4
    return last == UC_BIDI_R || last == UC_BIDI_AL || last == UC_BIDI_EN || last == UC_BIDI_AN;  // 3
}

// UTS 46 §4.1. Criteria 2 and 3 are about hyphens, which the URL standard does not check.
bool is_valid(std::u32string_view label, bool is_bidi)
{
    if (label.empty()) return true;
    if (to_nfc(label) != label) return false;                           // 1
    if (label.starts_with(U"xn--")) return false;                       // 4
    if (has_category(label.front(), UC_CATEGORY_MASK_M)) return false;  // 6
    std::u32string mapped;
    for (std::size_t i = 0; i < label.size(); ++i) {
        if (label[i] == '.') return false;                                                 // 5
        if (status_of(label[i], mapped) != Status::valid) return false;                    // 7
        if ((label[i] == 0x200C || label[i] == 0x200D) && !joins(label, i)) return false;  // 8
    }
    return !is_bidi || obeys_bidi_rule(label);  // 9
}

std::u32string scalars(std::string_view utf8)
{
    std::u32string text;
    while (!utf8.empty()) {
        ucs4_t c = 0;
        const int length = u8_mbtouc(&c, reinterpret_cast<const std::uint8_t*>(utf8.data()), utf8.size());
        text += c;
        utf8.remove_prefix(static_cast<std::size_t>(length));
    }
    return text;
}

}  // namespace

Result<std::string> domain_to_ascii(std::string_view domain)
{
    if (is_ascii(domain)) {
        std::string result(domain);
        for (char& c : result) c = base::to_lower(c);
        return result;
    }
    if (domain.size() > most_domain_octets) return fail(Error::too_large, "a host of too many octets");

    // UTS 46 §4, 1: map.
    std::u32string name, mapped;
    for (const char32_t c : scalars(domain)) {
        switch (status_of(c, mapped)) {
        case Status::valid: name += c; break;
        case Status::mapped: name += mapped; break;
        case Status::ignored: break;
        case Status::disallowed: return fail(Error::malformed, "a character that no host has", section);
        }
    }
    name = to_nfc(name);  // 2

    // 3, 4: break at the dots, and convert what is Punycode.
    std::vector<std::u32string> labels;
    for (std::u32string_view rest = name;;) {
        const std::size_t dot = rest.find(U'.');
        std::u32string label(rest.substr(0, dot));
        if (label.starts_with(U"xn--")) {
            if (!is_ascii(label))
                return fail(Error::malformed, "a host's label that is encoded and not ASCII", section);
            auto decoded = decode_punycode(std::string(label.begin() + ace_prefix.size(), label.end()));
            if (!decoded) return std::unexpected(decoded.error());
            if (is_ascii(*decoded))
                return fail(Error::malformed, "a host's label that is encoded for nothing", section);
            label = std::move(*decoded);
        }
        labels.push_back(std::move(label));
        if (dot == std::u32string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    const bool is_bidi =
        std::ranges::any_of(labels, [](const auto& label) { return std::ranges::any_of(label, is_right_to_left); });

    // §4.2: to ASCII.
    std::string result;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (!is_valid(labels[i], is_bidi))
            return fail(Error::malformed, "a host's label that may not be so", "UTS 46 §4.1");
        if (i > 0) result += '.';
        if (is_ascii(labels[i])) result.append(labels[i].begin(), labels[i].end());
        else append_punycode(result += ace_prefix, labels[i]);
    }
    if (result.empty())
        return fail(Error::malformed, "a host of ignored characters alone", "WHATWG URL, domain to ASCII");
    return result;
}

}  // namespace cais::uri
