#include "http/entity_tag.h"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <vector>

namespace cais::http {
namespace {

constexpr EntityTag strong(std::string_view opaque) { return {opaque, false}; }
constexpr EntityTag weak(std::string_view opaque) { return {opaque, true}; }

TEST(EntityTag, s8_8_3_taken_and_written_again)
{
    base::Arena arena;
    for (const char* good : {"\"xyzzy\"", "W/\"xyzzy\"", "\"\"", "W/\"\"", "\"!#$%&'()*+,-./:;<=>?@[\\]^`{|}~\"",
                             "\"\x80\xFF\"", "\"a\\\""}) {
        const auto tag = parse_entity_tag(good);
        ASSERT_TRUE(tag) << good;
        EXPECT_EQ(tag->weak, *good == 'W') << good;
        EXPECT_EQ(text_of(*tag, arena), good);
    }
}

TEST(EntityTag, s8_8_3_refused)
{
    for (const char* bad : {"", "xyzzy", "\"", "\"a", "a\"", "w/\"a\"", "W/a", "W/", "W \"a\"", "W/ \"a\"", "\"a b\"",
                            "\"a\tb\"", "\"a\"\"", "\"a\" ", " \"a\"", "\"a\",", "\"\x7F\"", "'a'", "*"})
        EXPECT_FALSE(parse_entity_tag(bad)) << bad;
}

TEST(EntityTag, s8_8_3_2_comparison)
{
    struct Case {
        EntityTag a, b;
        bool strongly, weakly;
    };
    for (const auto& [a, b, strongly, weakly] :
         {Case{weak("1"), weak("1"), false, true}, Case{weak("1"), weak("2"), false, false},
          Case{weak("1"), strong("1"), false, true}, Case{strong("1"), strong("1"), true, true},
          Case{strong("a"), strong("A"), false, false}}) {
        EXPECT_EQ(match(a, b, Comparison::strong), strongly);
        EXPECT_EQ(match(b, a, Comparison::strong), strongly);
        EXPECT_EQ(match(a, b, Comparison::weak), weakly);
        EXPECT_EQ(match(b, a, Comparison::weak), weakly);
    }
}

// The tags of one line, "!" where it is malformed.
std::vector<std::string> tags_of(std::string_view rest)
{
    std::vector<std::string> result;
    while (true) {
        const auto tag = next_entity_tag(rest);
        if (!tag) return {"!"};
        if (!*tag) return result;
        result.push_back(((*tag)->weak ? "W/" : "") + std::string((*tag)->opaque));
    }
}

TEST(EntityTag, s5_6_1_lists)
{
    using List = std::vector<std::string>;
    EXPECT_EQ(tags_of("\"a\""), List{"a"});
    EXPECT_EQ(tags_of("\"a\", W/\"b\",\"c\"\t ,\"d\""), (List{"a", "W/b", "c", "d"}));
    EXPECT_EQ(tags_of("\"a,b\", \"c\\\", \"d\""), (List{"a,b", "c\\", "d"}));
    EXPECT_EQ(tags_of(""), List{});
    EXPECT_EQ(tags_of(" , ,\"a\",, "), List{"a"});
    for (const char* bad : {"a", "*", "\"a\" \"b\"", "\"a\"\"b\"", "\"a\", b", "\"a\", \"", "\"a\";\"b\"", "\"a\", *"})
        EXPECT_EQ(tags_of(bad), List{"!"}) << bad;
}

Result<Listed> found(std::initializer_list<std::string_view> lines, std::optional<EntityTag> tag,
                     Comparison comparison = Comparison::weak)
{
    base::Arena arena;
    Fields fields(arena);
    for (const std::string_view line : lines) fields.add(Name::if_match, line);
    return find_tag(tag, fields.all(Name::if_match), comparison);
}

TEST(EntityTag, s5_3_lines_are_one_list)
{
    EXPECT_EQ(found({"\"a\", \"b\"", "\"c\""}, strong("c")), Listed::yes);
    EXPECT_EQ(found({"\"a\"", "W/\"c\""}, strong("c")), Listed::yes);
    EXPECT_EQ(found({"\"a\"", "W/\"c\""}, strong("c"), Comparison::strong), Listed::no);
    EXPECT_EQ(found({"\"a\""}, std::nullopt), Listed::no);
    EXPECT_EQ(found({""}, strong("")), Listed::no);
    EXPECT_EQ(found({"*"}, std::nullopt), Listed::any);
    for (const auto& bad :
         {found({"*", "\"a\""}, strong("a")), found({"\"a\"", "*"}, strong("a")), found({"*", "*"}, strong("a")),
          found({"\"a\"", "b"}, strong("a")), found({"*, \"a\""}, strong("a"))}) {
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().kind, Error::malformed);
    }
}

}  // namespace
}  // namespace cais::http
