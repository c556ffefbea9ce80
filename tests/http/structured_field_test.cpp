#include "http/structured_field.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>
#include <string>

namespace cais::http::structured {
namespace {

using namespace std::string_literals;
namespace json = boost::json;

// What the cases say in JSON, as our types.

std::string text_in(const json::value& value) { return std::string(value.as_string()); }

std::string from_base32(std::string_view text)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string octets;
    unsigned bits = 0, held = 0;
    for (const char c : text.substr(0, text.find('='))) {
        bits = (bits << 5) | static_cast<unsigned>(alphabet.find(c));
        if ((held += 5) >= 8) octets += static_cast<char>((bits >> (held -= 8)) & 0xFF);
    }
    return octets;
}

BareItem bare_item_in(const json::value& value)
{
    if (value.is_bool()) return value.as_bool();
    if (value.is_int64()) return value.as_int64();
    if (value.is_double()) return Decimal::of(value.as_double());
    if (value.is_string()) return text_in(value);
    const auto& object = value.as_object();
    const std::string kind = text_in(object.at("__type"));
    const auto& content = object.at("value");
    if (kind == "token") return Token{text_in(content)};
    if (kind == "binary") return ByteSequence{from_base32(text_in(content))};
    if (kind == "date") return Date{content.as_int64()};
    EXPECT_EQ(kind, "displaystring");
    return DisplayString{text_in(content)};
}

Parameters parameters_in(const json::value& value)
{
    Parameters parameters;
    for (const auto& pair : value.as_array()) parameters.set(text_in(pair.at(0)), bare_item_in(pair.at(1)));
    return parameters;
}

Item item_in(const json::value& value) { return {bare_item_in(value.at(0)), parameters_in(value.at(1))}; }

ItemOrList item_or_list_in(const json::value& value)
{
    if (!value.at(0).is_array()) return item_in(value);
    InnerList list;
    for (const auto& item : value.at(0).as_array()) list.items.push_back(item_in(item));
    list.parameters = parameters_in(value.at(1));
    return list;
}

List list_in(const json::value& value)
{
    List list;
    for (const auto& member : value.as_array()) list.push_back(item_or_list_in(member));
    return list;
}

Dictionary dictionary_in(const json::value& value)
{
    Dictionary dictionary;
    for (const auto& member : value.as_array()) dictionary.set(text_in(member.at(0)), item_or_list_in(member.at(1)));
    return dictionary;
}

json::array cases_of(const std::string& file)
{
    std::ifstream stream(CAIS_CONFORMANCE "/structured-field-tests/" + file + ".json");
    EXPECT_TRUE(stream) << "tests/conformance/structured-field-tests/" << file << ".json is missing";
    std::ostringstream text;
    text << stream.rdbuf();
    return json::parse(text.view()).as_array();
}

// Several lines as one text.
std::string joined(const json::array& lines)
{
    std::string text;
    for (const auto& line : lines) (text += text.empty() ? "" : ", ") += text_in(line);
    return text;
}

// One case: the lines are read as `expected`, and that is written as `canonical`, which is read as the same again.
template <class T>
void check_parsing(const json::object& row, Result<T> (*parse_lines)(const Fields::Values&),
                   Result<T> (*parse)(std::string_view), T (*read_expected)(const json::value&))
{
    base::Arena arena;
    Fields fields(arena);
    for (const auto& line : row.at("raw").as_array()) fields.add(Name::priority, fields.copy(text_in(line)));
    const auto got = parse_lines(fields.all(Name::priority));
    if (row.contains("must_fail") && row.at("must_fail").as_bool()) {
        EXPECT_FALSE(got);
        return;
    }
    ASSERT_TRUE(got) << got.error().what;  // those with can_fail too: we follow each SHOULD
    const T want = read_expected(row.at("expected"));
    EXPECT_EQ(*got, want);
    const auto text = serialise(*got);
    ASSERT_TRUE(text) << text.error().what;
    EXPECT_EQ(*text, joined(row.at(row.contains("canonical") ? "canonical" : "raw").as_array()));
    if (text->empty()) return;
    const auto again = parse(*text);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, want);
}

template <class T>
void check_serialising(const json::object& row, T (*read_expected)(const json::value&))
{
    const auto text = serialise(read_expected(row.at("expected")));
    if (row.contains("must_fail") && row.at("must_fail").as_bool()) {
        EXPECT_FALSE(text) << *text;
        return;
    }
    ASSERT_TRUE(text) << text.error().what;
    EXPECT_EQ(*text, joined(row.at("canonical").as_array()));
}

struct Group {
    const char* name;
    int cases;
};

class Rfc9651Parsing : public testing::TestWithParam<Group> {};
TEST_P(Rfc9651Parsing, agrees_with_the_working_group)
{
    std::string file = GetParam().name;
    std::ranges::replace(file, '_', '-');
    int cases = 0;
    for (const auto& element : cases_of(file)) {
        const auto& row = element.as_object();
        SCOPED_TRACE(text_in(row.at("name")));
        const auto type = text_in(row.at("header_type"));
        if (type == "item") check_parsing<Item>(row, parse_item, parse_item, item_in);
        else if (type == "list") check_parsing<List>(row, parse_list, parse_list, list_in);
        else if (type == "dictionary")
            check_parsing<Dictionary>(row, parse_dictionary, parse_dictionary, dictionary_in);
        else ADD_FAILURE() << type;
        ++cases;
    }
    EXPECT_EQ(cases, GetParam().cases);
}
constexpr Group parsing[] = {
    // 1591 in all
    {"binary", 15},
    {"boolean", 12},
    {"date", 17},
    {"dictionary", 26},
    {"display_string", 22},
    {"examples", 21},
    {"item", 5},
    {"key_generated", 640},
    {"large_generated", 11},
    {"list", 11},
    {"listlist", 12},
    {"number_generated", 193},
    {"number", 37},
    {"param_dict", 14},
    {"param_list", 20},
    {"param_listlist", 3},
    {"string_generated", 256},
    {"string", 14},
    {"token_generated", 256},
    {"token", 6},
};
INSTANTIATE_TEST_SUITE_P(, Rfc9651Parsing, testing::ValuesIn(parsing), [](auto& info) { return info.param.name; });

class Rfc9651Serialising : public testing::TestWithParam<Group> {};
TEST_P(Rfc9651Serialising, agrees_with_the_working_group)
{
    std::string file = GetParam().name;
    std::ranges::replace(file, '_', '-');
    int cases = 0;
    for (const auto& element : cases_of("serialisation-tests/" + file)) {
        const auto& row = element.as_object();
        SCOPED_TRACE(text_in(row.at("name")));
        const auto type = text_in(row.at("header_type"));
        if (type == "item") check_serialising<Item>(row, item_in);
        else if (type == "list") check_serialising<List>(row, list_in);
        else if (type == "dictionary") check_serialising<Dictionary>(row, dictionary_in);
        else ADD_FAILURE() << type;
        ++cases;
    }
    EXPECT_EQ(cases, GetParam().cases);
}
constexpr Group serialising[] = {
    // 544 in all
    {"key_generated", 378},
    {"number", 9},
    {"string_generated", 33},
    {"token_generated", 124},
};
INSTANTIATE_TEST_SUITE_P(, Rfc9651Serialising, testing::ValuesIn(serialising),
                         [](auto& info) { return info.param.name; });

// And what no case of theirs asks.

TEST(Rfc9651, s3_2_priority_as_it_is_used)
{
    const auto priority = parse_dictionary("u=5, i, x;p=\"q\"");
    ASSERT_TRUE(priority);
    const auto* urgency = priority->find("u");
    ASSERT_NE(urgency, nullptr);
    const auto* item = std::get_if<Item>(urgency);
    ASSERT_NE(item, nullptr);
    ASSERT_NE(item->as<std::int64_t>(), nullptr);
    EXPECT_EQ(*item->as<std::int64_t>(), 5);
    EXPECT_EQ(item->as<Token>(), nullptr);
    EXPECT_EQ(priority->find("none"), nullptr);
}

TEST(Rfc9651, s4_1_an_empty_value_is_left_out)
{
    EXPECT_EQ(serialise(List{}), "");
    EXPECT_EQ(serialise(Dictionary{}), "");
    base::Arena arena;
    const Fields none(arena);
    EXPECT_EQ(parse_list(none.all(Name::priority)), List{});
    EXPECT_EQ(parse_dictionary(none.all(Name::priority)), Dictionary{});
    EXPECT_FALSE(parse_item(none.all(Name::priority)));
}

TEST(Rfc9651, s4_1_5_decimals_are_rounded_to_even_and_bounded)
{
    struct Row {
        double number;
        const char* text;  // null: cannot be written
    };
    constexpr Row rows[] = {
        {0, "0.0"},
        {-0.0, "0.0"},
        {-0.0004, "0.0"},
        {1.0005, "1.0"},
        {-1.5, "-1.5"},
        {0.001, "0.001"},
        {-0.01, "-0.01"},
        {999999999999.999, "999999999999.999"},
        {-999999999999.999, "-999999999999.999"},
        {1e12, nullptr},
        {-1e12, nullptr},
        {1e300, nullptr},
        {-1e300, nullptr},
        {std::numeric_limits<double>::infinity(), nullptr},
        {-std::numeric_limits<double>::infinity(), nullptr},
        {std::numeric_limits<double>::quiet_NaN(), nullptr},
    };
    for (const auto& row : rows) {
        const auto text = serialise(Item{Decimal::of(row.number)});
        if (row.text == nullptr) EXPECT_FALSE(text) << row.number;
        else EXPECT_EQ(text, row.text) << row.number;
    }
    constexpr auto largest = std::numeric_limits<std::int64_t>::max(),
                   smallest = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t number : {largest, smallest, 1'000'000'000'000'000, -1'000'000'000'000'000}) {
        EXPECT_FALSE(serialise(Item{number})) << number;
        EXPECT_FALSE(serialise(Item{Decimal{number}})) << number;
        EXPECT_FALSE(serialise(Item{Date{number}})) << number;
    }
}

TEST(Rfc9651, s4_1_what_cannot_be_written_is_refused_wherever_it_stands)
{
    const Item good{std::int64_t{1}};
    const Item bad{Token{"no token"}};
    Parameters parameters;
    parameters.set("p", Token{""});
    EXPECT_FALSE(serialise(bad));
    EXPECT_FALSE(serialise(Item{true, parameters}));
    EXPECT_FALSE(serialise(List{good, bad}));
    EXPECT_FALSE(serialise(List{InnerList{{good, bad}}}));
    EXPECT_FALSE(serialise(List{InnerList{{good}, parameters}}));
    EXPECT_FALSE(serialise(Item{"caf\xc3\xa9"s}));
    EXPECT_FALSE(serialise(Item{DisplayString{"\xff"}}));
    EXPECT_FALSE(serialise(Item{DisplayString{"\xed\xa0\x80"}}));  // a surrogate
    Dictionary dictionary;
    dictionary.set("Key", good);
    EXPECT_FALSE(serialise(dictionary));
}

TEST(Rfc9651, s4_2_2_the_last_value_counts_at_the_first_place)
{
    EXPECT_EQ(serialise(*parse_dictionary("a=1, b=2;x;y=1;x=?0, a=(3), c, b;z")), "a=(3), b;z, c");
    EXPECT_EQ(serialise(*parse_item("t;a=1;b;a=2;a")), "t;a;b");
}

// 64 KiB of keys, all unlike and then all alike: work that grows with their square would take seconds.
TEST(Rfc9651, takes_as_many_members_as_fit)
{
    std::string unlike, alike;
    int count = 0;
    for (; unlike.size() < 65536; ++count) {
        unlike += ";k" + std::to_string(count);
        alike += ";k=" + std::to_string(count);
    }
    const auto many = parse_item("1" + unlike);
    ASSERT_TRUE(many);
    EXPECT_EQ(many->parameters.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(serialise(*many), "1" + unlike);
    EXPECT_EQ(serialise(*parse_item("1" + alike)), "1;k=" + std::to_string(count - 1));
}

TEST(Rfc9651, s4_2_refuses_every_cut_of_a_quoted_value)
{
    for (const auto& whole : {"\"a\\\"b\""s, "%\"%c3%bc\""s, ":aGVsbG8=:"s, "(a \"b\" :AA==:)"s})
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            const auto got = parse_list(std::string_view(whole).substr(0, cut));
            EXPECT_EQ(got.has_value(), cut == 0) << whole << " cut at " << cut;
        }
}

}  // namespace
}  // namespace cais::http::structured
