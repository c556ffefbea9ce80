// Structured fields: items, lists and dictionaries, read and written (RFC 9651). What Cache-Status, Priority,
// Content-Digest and most newer fields are made of. Types own their texts and may be kept. Not here: fields that only
// look like it (Cache-Control, Accept), whose grammars are older and looser (list.h).
#pragma once
#include "base/result.h"
#include "http/fields.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cais::http::structured {

// A number with at most three digits after its point, exactly (RFC 9651 §3.3.2).
struct Decimal {
    std::int64_t thousandths = 0;

    // The nearest one, a tie to the even digit; what is too large stays too large to be written.
    [[nodiscard]] static Decimal of(double number) noexcept;
    [[nodiscard]] double value() const noexcept { return static_cast<double>(thousandths) / 1000; }
    auto operator<=>(const Decimal&) const = default;
};
struct Token {
    std::string text;
    bool operator==(const Token&) const = default;
};
struct ByteSequence {
    std::string octets;
    bool operator==(const ByteSequence&) const = default;
};
struct Date {
    std::int64_t seconds = 0;  // since 1970, UTC
    auto operator<=>(const Date&) const = default;
};
// Text for people, in UTF-8; a plain string is ASCII.
struct DisplayString {
    std::string text;
    bool operator==(const DisplayString&) const = default;
};

// Integer, decimal, string, token, byte sequence, boolean, date, display string (§3.3). Integers have 15 digits at
// most.
using BareItem = std::variant<std::int64_t, Decimal, std::string, Token, ByteSequence, bool, Date, DisplayString>;

// Keys with values, in order, each key once.
template <class Value>
class Members {
public:
    using Member = std::pair<std::string, Value>;

    Members() = default;
    // Where a key comes twice, the last value counts, at the place of the first (§4.2.2). Cost: sorting.
    explicit Members(std::vector<Member> members);

    // Null where there is none. Valid until this changes. Cost: a comparison each.
    [[nodiscard]] const Value* find(std::string_view key) const noexcept [[clang::lifetimebound]];
    // The new value at the key's place, or at the end.
    void set(std::string_view key, Value value);

    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
    [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
    [[nodiscard]] auto begin() const noexcept [[clang::lifetimebound]] { return members_.begin(); }
    [[nodiscard]] auto end() const noexcept [[clang::lifetimebound]] { return members_.end(); }
    bool operator==(const Members&) const = default;

private:
    std::vector<Member> members_;
};

using Parameters = Members<BareItem>;

struct Item {
    BareItem value;
    Parameters parameters = {};
    bool operator==(const Item&) const = default;

    // The value where it is a T, else null: `item.as<Token>()`.
    template <class T>
    [[nodiscard]] const T* as() const noexcept [[clang::lifetimebound]]
    {
        return std::get_if<T>(&value);
    }
};
struct InnerList {
    std::vector<Item> items;
    Parameters parameters = {};
    bool operator==(const InnerList&) const = default;
};
using ItemOrList = std::variant<Item, InnerList>;
using List = std::vector<ItemOrList>;
using Dictionary = Members<ItemOrList>;

// These read a field's whole value; several lines are read as one, as §4.2 joins them. A field that is not there is an
// empty list or dictionary, and no item.
// Errors    malformed: then the whole field is to be ignored (§4.2), unless its own definition says otherwise.
// Cost      one pass, and sorting the keys. A member takes some 100 octets and may be two octets long, so the limit on
//           a head's fields is what bounds the memory: at most some 150 times the text.
[[nodiscard]] Result<Item> parse_item(std::string_view text);
[[nodiscard]] Result<List> parse_list(std::string_view text);
[[nodiscard]] Result<Dictionary> parse_dictionary(std::string_view text);
[[nodiscard]] Result<Item> parse_item(const Fields::Values& lines);
[[nodiscard]] Result<List> parse_list(const Fields::Values& lines);
[[nodiscard]] Result<Dictionary> parse_dictionary(const Fields::Values& lines);

// These write the canonical form (§4.1). An empty list or dictionary is an empty text: leave the field out.
// Errors    malformed: a number with too many digits, a string that is not visible ASCII, a display string that is not
//           UTF-8, a token or a key that is none.
[[nodiscard]] Result<std::string> serialise(const Item& item);
[[nodiscard]] Result<std::string> serialise(const List& list);
[[nodiscard]] Result<std::string> serialise(const Dictionary& dictionary);

}  // namespace cais::http::structured
