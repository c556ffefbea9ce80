#include "config/document.h"
#include "server/limits.h"

#include <gtest/gtest.h>

namespace cais::server {
namespace {

using namespace std::chrono_literals;

TEST(Limits, are_set_by_name_from_the_command_line)
{
    Limits limits;
    EXPECT_FALSE(set_limit(limits, "fields=1MiB"));
    EXPECT_FALSE(set_limit(limits, "field-lines=7"));
    EXPECT_FALSE(set_limit(limits, "idle-time=90s"));
    EXPECT_FALSE(set_limit(limits, "connections=5"));
    EXPECT_FALSE(set_limit(limits, "stop-time=1s"));
    EXPECT_EQ(limits.http.fields, 1048576u);
    EXPECT_EQ(limits.http.field_lines, 7u);
    EXPECT_EQ(limits.http.idle_time, 90s);
    EXPECT_EQ(limits.connections, 5u);
    EXPECT_EQ(limits.stop_time, 1s);
    for (const char* wrong : {"", "fields", "fields=", "fields=64", "fields=0B", "idle-time=0s", "idle-time=1",
                              "connections=-1", "filds=1B"})
        EXPECT_TRUE(set_limit(limits, wrong)) << wrong;
}

TEST(Limits, are_the_same_in_a_file)
{
    const auto document = config::Document::of("f", R"(
request-line = "4KiB"
field-lines = 7
idle-time = "90s"
connections = 5
stop-time = "1s"
)");
    auto table = document->root();
    Limits limits;
    read_limits(limits, table);
    document->report_unknown();
    EXPECT_EQ(document->diagnostics().text(), "");
    EXPECT_EQ(limits.http.request_line, 4096u);
    EXPECT_EQ(limits.http.field_lines, 7u);
    EXPECT_EQ(limits.http.idle_time, 90s);
    EXPECT_EQ(limits.connections, 5u);
    EXPECT_EQ(limits.stop_time, 1s);
}

TEST(Limits, idle_is_short_for_idle_time_and_not_beside_it)
{
    Limits limits;
    const auto shorter = config::Document::of("f", "idle = \"90s\"");
    auto table = shorter->root();
    read_limits(limits, table);
    shorter->report_unknown();
    EXPECT_EQ(shorter->diagnostics().text(), "");
    EXPECT_EQ(limits.http.idle_time, 90s);

    const auto both = config::Document::of("f", "idle = \"90s\"\nidle-time = \"80s\"");
    table = both->root();
    read_limits(limits, table);
    both->report_unknown();
    EXPECT_EQ(both->diagnostics().errors(), 1u);
}

TEST(Limits, help_has_the_defaults_of_the_code)
{
    const std::string help = limits_help();
    EXPECT_NE(help.find("  fields              all field lines of a request; 431 beyond (64KiB)\n"), std::string::npos);
    EXPECT_NE(help.find("(60s)"), std::string::npos);
}

}  // namespace
}  // namespace cais::server
