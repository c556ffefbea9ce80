#include "http/media_type.h"
#include "http/media_type_table.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <sstream>
#include <string>

namespace cais::http {
namespace {

using namespace std::string_literals;

boost::json::array cases_of(const char* file)
{
    std::ifstream stream(CAIS_CONFORMANCE "/wpt/mimesniff/"s + file);
    EXPECT_TRUE(stream) << "tests/conformance/wpt/mimesniff/" << file << " is missing";
    std::ostringstream text;
    text << stream.rdbuf();
    return boost::json::parse(text.view()).as_array();
}

// One octet a character, as a field value carries it. Empty where a character is above U+00FF: no octet stands for it.
std::optional<std::string> octets_of(std::string_view utf8)
{
    std::string octets;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c >= 0xC4) return std::nullopt;
        if (c < 0x80) octets += utf8[i];
        else octets += static_cast<char>((c << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    }
    return octets;
}

// What the authors of the cases take as supported.
bool is_known(std::string_view essence)
{
    constexpr std::string_view known[] = {"text/html", "image/png"};
    return std::ranges::find(known, essence) != std::end(known);
}

struct Run {
    int cases = 0;
    int failures = 0;               // of these, the inputs that are no media type
    std::set<std::string> skipped;  // characters that no octet stands for
};

Run parse_all(const char* file)
{
    Run run;
    for (const auto& element : cases_of(file)) {
        if (element.is_string()) continue;  // a comment
        const auto& row = element.as_object();
        const std::string input(row.at("input").as_string());
        const auto octets = octets_of(input);
        if (!octets) {
            run.skipped.insert(input);
            continue;
        }
        ++run.cases;
        const auto got = MediaType::parse(*octets);
        if (row.at("output").is_null()) {
            ++run.failures;
            EXPECT_FALSE(got) << input;
            continue;
        }
        EXPECT_TRUE(got) << input;
        if (!got) continue;
        EXPECT_EQ(got->serialise(), octets_of(row.at("output").as_string())) << input;
        if (const auto* want = row.if_contains("minimizedMIMEType"))
            EXPECT_EQ(minimised(*got, is_known), std::string_view(want->as_string())) << input;
        const auto again = MediaType::parse(got->serialise());
        EXPECT_TRUE(again && *again == *got) << input;
    }
    return run;
}

TEST(MimeSniffing, s4_4_agrees_with_web_platform_tests)
{
    const auto run = parse_all("mime-types.json");
    EXPECT_EQ(run.cases, 72);
    EXPECT_EQ(run.failures, 19);
    // Above U+00FF: a field value cannot carry them.
    EXPECT_EQ(run.skipped, (std::set<std::string>{"\u0100/\u0100", "x/x;test=\uFFFD;x=x"}));
}

TEST(MimeSniffing, s4_4_agrees_about_every_octet_in_every_place)
{
    const auto run = parse_all("generated-mime-types.json");
    EXPECT_EQ(run.cases, 881);
    EXPECT_EQ(run.failures, 356);
    EXPECT_EQ(run.skipped, std::set<std::string>{});
}

TEST(MimeSniffing, s4_2_minimised)
{
    int cases = 0;
    for (const auto& element : cases_of("mime-types-minimized.json")) {
        if (element.is_string()) continue;
        const auto& row = element.as_object();
        const std::string input(row.at("input").as_string());
        const auto type = MediaType::parse(input);
        ASSERT_TRUE(type) << input;
        EXPECT_EQ(minimised(*type, is_known), std::string_view(row.at("output").as_string())) << input;
        ++cases;
    }
    EXPECT_EQ(cases, 32);
}

TEST(MimeSniffing, s4_6_groups)
{
    int cases = 0;
    for (const auto& element : cases_of("mime-groups.json")) {
        if (element.is_string()) continue;
        const auto& row = element.as_object();
        const std::string input(row.at("input").as_string());
        const auto type = MediaType::parse(input);
        ASSERT_TRUE(type) << input;
        std::set<std::string> want, got;
        for (const auto& group : row.at("groups").as_array()) want.emplace(group.as_string());
        if (is_image(*type)) got.emplace("image");
        if (is_audio_or_video(*type)) got.emplace("audio or video");
        if (is_font(*type)) got.emplace("font");
        if (is_zip_based(*type)) got.emplace("ZIP-based");
        if (is_archive(*type)) got.emplace("archive");
        if (is_xml(*type)) got.emplace("XML");
        if (is_html(*type)) got.emplace("HTML");
        if (is_scriptable(*type)) got.emplace("scriptable");
        if (is_javascript(*type)) got.emplace("JavaScript");
        if (is_json(*type)) got.emplace("JSON");
        EXPECT_EQ(got, want) << input;
        ++cases;
    }
    EXPECT_EQ(cases, 146);
}

TEST(MediaType, gives_its_parts)
{
    const auto type = MediaType::parse("Multipart/Form-Data; Boundary=\"a;b\\\"c\"; charset=; x=1; X=2");
    ASSERT_TRUE(type);
    EXPECT_EQ(type->essence(), "multipart/form-data");
    EXPECT_EQ(type->type(), "multipart");
    EXPECT_EQ(type->subtype(), "form-data");
    EXPECT_EQ(type->parameters().size(), 2u);
    ASSERT_NE(type->parameter("boundary"), nullptr);
    EXPECT_EQ(*type->parameter("boundary"), "a;b\"c");
    ASSERT_NE(type->parameter("x"), nullptr);
    EXPECT_EQ(*type->parameter("x"), "1");
    EXPECT_EQ(type->parameter("charset"), nullptr);
    EXPECT_EQ(type->serialise(), "multipart/form-data;boundary=\"a;b\\\"c\";x=1");
}

// 64 KiB of parameters, all unlike and then all alike: quick, the first of each name kept, in their order.
TEST(MediaType, takes_as_many_parameters_as_fit)
{
    std::string unlike = "a/b", alike = "a/b";
    int count = 0;
    for (; unlike.size() < 65536; ++count) {
        unlike += ";p" + std::to_string(count) + "=1";
        alike += ";p=" + std::to_string(count);
    }
    const auto many = MediaType::parse(unlike + unlike.substr(3));
    ASSERT_TRUE(many);
    ASSERT_EQ(many->parameters().size(), static_cast<std::size_t>(count));
    EXPECT_EQ(many->parameters().front().name, "p0");
    EXPECT_EQ(many->parameters().back().name, "p" + std::to_string(count - 1));
    const auto one = MediaType::parse(alike);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->serialise(), "a/b;p=0");
}

// What we say of files is what a parser makes of it.
TEST(MediaType, every_type_of_the_table_parses)
{
    for (const char* extension : {"html", "json", "svg", "c++", "docx", "wasm", "woff2", "ts"}) {
        const auto* known = type_of_extension(extension);
        ASSERT_NE(known, nullptr) << extension;
        const auto type = MediaType::parse(known->type);
        ASSERT_TRUE(type) << known->type;
        EXPECT_TRUE(known->type.starts_with(type->essence())) << known->type;
    }
}

}  // namespace
}  // namespace cais::http
