#include "server/state.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

struct Case {
    const char* name;
    Whose whose;
    std::optional<std::string_view> want;
};

constexpr Case cases[] = {
    {"root", {true, "/x", "/home/r"}, "/var/lib/cais"},
    {"xdg", {false, "/home/ana/state", "/home/ana"}, "/home/ana/state/cais"},
    {"xdg_is_relative_and_ignored", {false, "state", "/home/ana"}, "/home/ana/.local/state/cais"},
    {"home", {false, "", "/home/ana"}, "/home/ana/.local/state/cais"},
    {"nothing", {false, "", ""}, std::nullopt},
};

class DefaultState : public testing::TestWithParam<Case> {};

TEST_P(DefaultState, is_where_people_look) { EXPECT_EQ(state_of(GetParam().whose), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(, DefaultState, testing::ValuesIn(cases), [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::server
