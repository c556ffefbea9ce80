#include "http/target.h"
#include "server/route_table.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace cais::server {
namespace {

std::vector<PathPattern> patterns(std::initializer_list<const char*> texts)
{
    std::vector<PathPattern> made;
    for (const char* text : texts) made.push_back(*PathPattern::parse(text));
    return made;
}

const auto all = patterns({"/", "/sub/", "/sub/deep/", "/sub/*.php", "/*.cgi", "/a.txt", "/sub", "/sub/deep/one",
                           "/Sub/", "/app/*.php", "/app/*.tar.gz", "/app/*.gz", "/only"});

struct Case {
    const char* name;
    const char* path;
    const char* want;  // the pattern
    std::size_t matched;
};
constexpr Case cases[] = {
    {"root", "/", "/", 1},
    {"below_root", "/x", "/", 1},
    {"exact", "/a.txt", "/a.txt", 6},
    {"exact_is_no_prefix", "/a.txt/b", "/", 1},
    {"exact_is_no_prefix_of_a_name", "/a.txtb", "/", 1},
    {"prefix", "/sub/x", "/sub/", 5},
    {"prefix_itself", "/sub/", "/sub/", 5},
    {"exact_beats_the_prefix_of_equal_length", "/sub", "/sub", 4},
    {"prefix_on_a_border", "/subx", "/", 1},
    {"longest_prefix", "/sub/deep/x", "/sub/deep/", 10},
    {"prefix_without_its_slash", "/sub/deep", "/sub/deep/", 10},
    {"exact_below_a_prefix", "/sub/deep/one", "/sub/deep/one", 13},
    {"suffix_beats_the_prefix_of_equal_length", "/sub/x.php", "/sub/*.php", 5},
    {"suffix_however_deep", "/sub/y/z/x.php", "/sub/*.php", 5},
    {"longer_prefix_beats_a_suffix", "/sub/deep/x.php", "/sub/deep/", 10},
    {"suffix_that_is_the_whole_name", "/sub/.php", "/sub/*.php", 5},
    {"suffix_of_the_root", "/x/y.cgi", "/*.cgi", 1},
    {"suffix_without_a_prefix", "/app/x.php", "/app/*.php", 5},
    {"what_a_suffix_leaves_goes_up", "/app/x.txt", "/", 1},
    {"what_a_suffix_leaves_finds_the_suffix_above", "/app/x.cgi", "/*.cgi", 1},
    {"longer_suffix", "/app/x.tar.gz", "/app/*.tar.gz", 5},
    {"shorter_suffix", "/app/x.gz", "/app/*.gz", 5},
    {"the_folder_of_a_suffix", "/app", "/", 1},
    {"case_counts", "/SUB/x", "/", 1},
    {"another_case", "/Sub/x", "/Sub/", 5},
    {"behind_all_in_order", "/zzz", "/", 1},
    {"octets_above_ascii", "/\xC3\xA9", "/", 1},
};
class RouteChoice : public testing::TestWithParam<Case> {};
TEST_P(RouteChoice, route)
{
    const RouteTable table(all);
    const auto found = table.find(GetParam().path);
    ASSERT_TRUE(found);
    EXPECT_EQ(all[found->route].text(), GetParam().want);
    EXPECT_EQ(found->matched, GetParam().matched);
}
INSTANTIATE_TEST_SUITE_P(, RouteChoice, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

TEST(RouteTable, without_a_root_some_paths_have_no_route)
{
    const auto some = patterns({"/sub/", "/a"});
    const RouteTable table(some);
    for (const char* path : {"/", "/b", "/A", "/a/", "/su", "/subs"}) EXPECT_FALSE(table.find(path)) << path;
    const RouteTable none({});
    EXPECT_FALSE(none.find("/"));
}

// What the table finds is what looking at each pattern finds: the greatest precedence among those that match.
TEST(RouteTable, finds_what_asking_every_pattern_finds)
{
    std::mt19937 random(1);
    const auto pick = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    constexpr std::string_view pieces[] = {"a", "b", "/", "/", ".x", "ab"};
    const auto text = [&] {
        std::string made = "/";
        for (auto left = pick(6); left > 0; --left) {
            const auto piece = pieces[pick(std::size(pieces))];
            if (piece != "/" || !made.ends_with('/')) made += piece;
        }
        return made;
    };
    for (int round = 0; round < 2000; ++round) {
        std::vector<PathPattern> some;
        for (auto left = 1 + pick(8); left > 0; --left) {
            std::string made = text();
            if (made.ends_with('/') && pick(3) == 0) made += pick(2) == 0 ? "*.x" : "*a.x";
            const auto pattern = PathPattern::parse(made);
            ASSERT_TRUE(pattern) << made;
            if (std::ranges::find(some, *pattern) == some.end()) some.push_back(*pattern);
        }
        const RouteTable table(some);
        for (int paths = 0; paths < 20; ++paths) {
            const std::string path = text();
            const PathPattern* best = nullptr;
            for (const auto& pattern : some)
                if (matches(pattern, path) && (best == nullptr || pattern.precedence(*best) > 0)) best = &pattern;
            const auto found = table.find(path);
            ASSERT_EQ(found.has_value(), best != nullptr) << path;
            if (best != nullptr) ASSERT_EQ(some[found->route].text(), best->text()) << path;
        }
    }
}

}  // namespace
}  // namespace cais::server
