// Reading: RFC 9651 §4.2. Each function takes what it reads off the front of what is left.
#include "http/structured_field.h"

#include "base/base64.h"
#include "http/structured_grammar.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cais::http::structured {

template <class Value>
Members<Value>::Members(std::vector<Member> members)
    : members_(std::move(members))
{
    // Sorted, so that many keys cost no more than their number: a peer writes them.
    std::vector<std::pair<std::string_view, std::size_t>> order;
    order.reserve(members_.size());
    for (const auto& member : members_) order.emplace_back(member.first, order.size());
    std::ranges::sort(order);

    std::vector<bool> repeated(members_.size());
    for (std::size_t first = 0, last = 0; first < order.size(); first = ++last) {
        for (; last + 1 < order.size() && order[last + 1].first == order[first].first; ++last)
            repeated[order[last + 1].second] = true;
        if (last != first) members_[order[first].second].second = std::move(members_[order[last].second].second);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (repeated[i]) continue;
        if (kept != i) members_[kept] = std::move(members_[i]);
        ++kept;
    }
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(kept), members_.end());
}

template <class Value>
const Value* Members<Value>::find(std::string_view key) const noexcept
{
    const auto found = std::ranges::find(members_, key, &Member::first);
    return found != members_.end() ? &found->second : nullptr;
}

template <class Value>
void Members<Value>::set(std::string_view key, Value value)
{
    const auto found = std::ranges::find(members_, key, &Member::first);
    if (found != members_.end()) found->second = std::move(value);
    else members_.emplace_back(std::string(key), std::move(value));
}

template class Members<BareItem>;
template class Members<ItemOrList>;

namespace {

class Reader {
public:
    explicit Reader(std::string_view text) noexcept
        : rest_(text)
    {
    }

    Result<Item> item();
    Result<List> list();
    Result<Dictionary> dictionary();

    // Whether nothing is left; spaces may be around the whole (§4.2, steps 2 and 6).
    bool at_end() const noexcept { return rest_.empty(); }
    void skip_spaces() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

private:
    Result<ItemOrList> item_or_list();
    Result<InnerList> inner_list();
    Result<Parameters> parameters();
    Result<std::string> key();
    Result<BareItem> bare_item();
    Result<BareItem> number();
    Result<BareItem> string();
    Result<BareItem> token();
    Result<BareItem> byte_sequence();
    Result<BareItem> boolean();
    Result<BareItem> date();
    Result<BareItem> display_string();

    // Takes `c` if it is what comes next.
    bool take(char c) noexcept
    {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string_view take_all(const base::OctetSet& set) noexcept
    {
        std::size_t length = 0;
        while (length < rest_.size() && set.has(rest_[length])) ++length;
        const auto taken = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return taken;
    }
    // After a member: true if another one follows, false at the end.
    Result<bool> another_member();

    std::string_view rest_;
};

// §4.2.1.
Result<List> Reader::list()
{
    List result;
    while (!at_end()) {
        auto member = item_or_list();
        if (!member) return std::unexpected(member.error());
        result.push_back(std::move(*member));
        const auto more = another_member();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
    }
    return result;
}

// §4.2.2.
Result<Dictionary> Reader::dictionary()
{
    std::vector<Dictionary::Member> members;
    while (!at_end()) {
        auto name = key();
        if (!name) return std::unexpected(name.error());
        if (take('=')) {
            auto value = item_or_list();
            if (!value) return std::unexpected(value.error());
            members.emplace_back(std::move(*name), std::move(*value));
        } else {
            auto parameters = this->parameters();
            if (!parameters) return std::unexpected(parameters.error());
            members.emplace_back(std::move(*name), Item{true, std::move(*parameters)});
        }
        const auto more = another_member();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
    }
    return Dictionary(std::move(members));
}

Result<bool> Reader::another_member()
{
    constexpr auto white_space = base::OctetSet(" \t");
    take_all(white_space);
    if (at_end()) return false;
    if (!take(',')) return fail(Error::malformed, "no comma after a member", "RFC 9651 §4.2.1");
    take_all(white_space);
    if (at_end()) return fail(Error::malformed, "a comma after the last member", "RFC 9651 §4.2.1");
    return true;
}

Result<ItemOrList> Reader::item_or_list()
{
    if (rest_.starts_with('(')) {
        auto list = inner_list();
        if (!list) return std::unexpected(list.error());
        return ItemOrList(std::move(*list));
    }
    auto one = item();
    if (!one) return std::unexpected(one.error());
    return ItemOrList(std::move(*one));
}

// §4.2.1.2.
Result<InnerList> Reader::inner_list()
{
    constexpr const char* source = "RFC 9651 §4.2.1.2";
    InnerList result;
    take('(');
    while (true) {
        skip_spaces();
        if (take(')')) break;
        if (at_end()) return fail(Error::malformed, "an inner list without its end", source);
        auto one = item();
        if (!one) return std::unexpected(one.error());
        result.items.push_back(std::move(*one));
        if (!rest_.starts_with(' ') && !rest_.starts_with(')'))
            return fail(Error::malformed, "no space between the items of an inner list", source);
    }
    auto parameters = this->parameters();
    if (!parameters) return std::unexpected(parameters.error());
    result.parameters = std::move(*parameters);
    return result;
}

// §4.2.3.
Result<Item> Reader::item()
{
    auto value = bare_item();
    if (!value) return std::unexpected(value.error());
    auto parameters = this->parameters();
    if (!parameters) return std::unexpected(parameters.error());
    return Item{std::move(*value), std::move(*parameters)};
}

// §4.2.3.2.
Result<Parameters> Reader::parameters()
{
    if (!rest_.starts_with(';')) return Parameters();
    std::vector<Parameters::Member> members;
    while (take(';')) {
        skip_spaces();
        auto name = key();
        if (!name) return std::unexpected(name.error());
        BareItem value = true;
        if (take('=')) {
            auto read = bare_item();
            if (!read) return std::unexpected(read.error());
            value = std::move(*read);
        }
        members.emplace_back(std::move(*name), std::move(value));
    }
    return Parameters(std::move(members));
}

// §4.2.3.3.
Result<std::string> Reader::key()
{
    if (rest_.empty() || !key_start.has(rest_.front()))
        return fail(Error::malformed, "a key starts with a lower-case letter or *", "RFC 9651 §4.2.3.3");
    return std::string(take_all(key_octet));
}

// §4.2.3.1.
Result<BareItem> Reader::bare_item()
{
    const char first = rest_.empty() ? '\0' : rest_.front();
    switch (first) {
    case '"': return string();
    case ':': return byte_sequence();
    case '?': return boolean();
    case '@': return date();
    case '%': return display_string();
    case '-': return number();
    default: break;
    }
    if (base::is_digit(first)) return number();
    if (token_start.has(first)) return token();
    return fail(Error::malformed, "an item starts as no type does", "RFC 9651 §4.2.3.1");
}

// §4.2.4. The digits are counted before they are read, so that nothing overflows.
Result<BareItem> Reader::number()
{
    constexpr const char* source = "RFC 9651 §4.2.4";
    constexpr auto digit = base::OctetSet("").with('0', '9');
    const std::int64_t sign = take('-') ? -1 : 1;
    const auto whole = take_all(digit);
    if (whole.empty()) return fail(Error::malformed, "a number without digits", source);
    if (whole.size() > 15) return fail(Error::malformed, "a number with too many digits", source);
    const auto integer = static_cast<std::int64_t>(*base::parse_decimal(whole));
    if (!take('.')) return BareItem(sign * integer);

    if (whole.size() > 12) return fail(Error::malformed, "a decimal with too many digits", source);
    const auto fraction = take_all(digit);
    if (fraction.empty()) return fail(Error::malformed, "a decimal without digits after its point", source);
    if (fraction.size() > 3) return fail(Error::malformed, "a decimal with too many digits after its point", source);
    constexpr std::array<std::int64_t, 4> unit = {1000, 100, 10, 1};
    const auto thousandths = static_cast<std::int64_t>(*base::parse_decimal(fraction)) * unit[fraction.size()];
    return BareItem(Decimal{sign * (integer * 1000 + thousandths)});
}

// §4.2.5.
Result<BareItem> Reader::string()
{
    constexpr const char* source = "RFC 9651 §4.2.5";
    constexpr auto plain = visible.without("\"\\");
    std::string text;
    take('"');
    while (true) {
        text += take_all(plain);
        if (take('"')) return BareItem(std::move(text));
        if (!take('\\')) break;
        if (take('"')) text += '"';
        else if (take('\\')) text += '\\';
        else return fail(Error::malformed, "a backslash in a string before what needs none", source);
    }
    return fail(Error::malformed,
                at_end() ? "a string without its end" : "an octet in a string that is not visible ASCII", source);
}

// §4.2.6. The caller has seen that it starts as a token does.
Result<BareItem> Reader::token() { return BareItem(Token{std::string(take_all(token_octet))}); }

// §4.2.7. Missing padding, and bits after the last octet, are taken: there is a SHOULD for both.
Result<BareItem> Reader::byte_sequence()
{
    constexpr const char* source = "RFC 9651 §4.2.7";
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    take(':');
    const auto end = rest_.find(':');
    if (end == std::string_view::npos) return fail(Error::malformed, "a byte sequence without its end", source);
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);

    if (text.size() % 4 == 0)
        for (int i = 0; i < 2 && text.ends_with('='); ++i) text.pop_back();
    const std::size_t unused_bits = text.size() % 4 == 2 ? 4 : text.size() % 4 == 3 ? 2 : 0;
    if (unused_bits != 0) {
        const auto last = alphabet.find(text.back());
        if (last != std::string_view::npos) text.back() = alphabet[last >> unused_bits << unused_bits];
    }
    auto octets = base::from_base64(text, base::Padding::optional);
    if (!octets) return std::unexpected(octets.error());
    return BareItem(ByteSequence{std::move(*octets)});
}

// §4.2.8.
Result<BareItem> Reader::boolean()
{
    take('?');
    if (take('1')) return BareItem(true);
    if (take('0')) return BareItem(false);
    return fail(Error::malformed, "a boolean that is neither ?0 nor ?1", "RFC 9651 §4.2.8");
}

// §4.2.9.
Result<BareItem> Reader::date()
{
    take('@');
    const auto seconds = number();
    if (!seconds) return seconds;
    if (const auto* integer = std::get_if<std::int64_t>(&*seconds)) return BareItem(Date{*integer});
    return fail(Error::malformed, "a date with a fraction", "RFC 9651 §4.2.9");
}

// §4.2.10.
Result<BareItem> Reader::display_string()
{
    constexpr const char* source = "RFC 9651 §4.2.10";
    constexpr auto plain = visible.without("\"%");
    constexpr auto lower_hex = base::OctetSet("").with('0', '9').with('a', 'f');
    take('%');
    if (!take('"')) return fail(Error::malformed, "a display string without its quote", source);
    std::string text;
    while (true) {
        text += take_all(plain);
        if (take('"')) break;
        if (!take('%')) return fail(Error::malformed, "a display string without its end", source);
        if (rest_.size() < 2 || !lower_hex.has_all(rest_.substr(0, 2)))
            return fail(Error::malformed, "a percent sign without two lower-case hexadecimal digits", source);
        text += static_cast<char>(base::hex_value(rest_[0]) * 16 + base::hex_value(rest_[1]));
        rest_.remove_prefix(2);
    }
    if (!base::is_utf8(text)) return fail(Error::malformed, "a display string that is not UTF-8", source);
    return BareItem(DisplayString{std::move(text)});
}

// §4.2: what all three have around them. No octet above 0x7F passes any of the functions above (step 1).
template <class T>
Result<T> parse_whole(std::string_view text, Result<T> (Reader::*parse)())
{
    Reader reader(text);
    reader.skip_spaces();
    auto result = (reader.*parse)();
    if (!result) return result;
    reader.skip_spaces();
    if (!reader.at_end()) return fail(Error::malformed, "something after the end of the value", "RFC 9651 §4.2");
    return result;
}

// The lines as one text: kept in `joined` where there are several.
std::string_view combined(const Fields::Values& lines, std::string& joined)
{
    auto line = lines.begin();
    if (line == lines.end()) return {};
    const std::string_view first = *line;
    if (++line == lines.end()) return first;
    joined = first;
    for (; line != lines.end(); ++line) (joined += ", ") += *line;
    return joined;
}

}  // namespace

Result<Item> parse_item(std::string_view text) { return parse_whole(text, &Reader::item); }
Result<List> parse_list(std::string_view text) { return parse_whole(text, &Reader::list); }
Result<Dictionary> parse_dictionary(std::string_view text) { return parse_whole(text, &Reader::dictionary); }

Result<Item> parse_item(const Fields::Values& lines)
{
    std::string joined;
    return parse_item(combined(lines, joined));
}

Result<List> parse_list(const Fields::Values& lines)
{
    std::string joined;
    return parse_list(combined(lines, joined));
}

Result<Dictionary> parse_dictionary(const Fields::Values& lines)
{
    std::string joined;
    return parse_dictionary(combined(lines, joined));
}

}  // namespace cais::http::structured
