#include "http/media_type_table.h"

#include <boost/json.hpp>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>

namespace cais::http {
namespace {

std::string content_of(const char* path)
{
    std::ifstream file(path);
    EXPECT_TRUE(file) << path << " is missing";
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

struct Case {
    const char* extension;
    const char* type;
    bool compressible;
    Kind kind;
};

constexpr Case cases[] = {
    {"html", "text/html; charset=utf-8", true, Kind::code},
    {"HTM", "text/html; charset=utf-8", true, Kind::code},
    {"css", "text/css; charset=utf-8", true, Kind::code},
    {"js", "text/javascript; charset=utf-8", true, Kind::code},
    {"mjs", "text/javascript; charset=utf-8", true, Kind::code},
    {"wasm", "application/wasm", true, Kind::code},
    {"txt", "text/plain; charset=utf-8", true, Kind::text},
    {"md", "text/markdown; charset=utf-8", true, Kind::text},
    {"csv", "text/csv; charset=utf-8", true, Kind::spreadsheet},
    {"json", "application/json", true, Kind::data},  // always UTF-8, and has no parameter: RFC 8259 §11
    {"map", "application/json", true, Kind::data},
    {"webmanifest", "application/manifest+json", true, Kind::data},
    {"xml", "application/xml", true, Kind::data},  // says its encoding itself
    {"svg", "image/svg+xml", true, Kind::image},
    {"svgz", "image/svg+xml", false, Kind::image},  // gzip already
    {"xhtml", "application/xhtml+xml", true, Kind::code},
    {"png", "image/png", false, Kind::image},
    {"JPEG", "image/jpeg", false, Kind::image},
    {"avif", "image/avif", false, Kind::image},
    {"ico", "image/vnd.microsoft.icon", true, Kind::image},
    {"mp4", "video/mp4", false, Kind::video},
    {"ts", "video/mp2t", false, Kind::video},
    {"webm", "video/webm", false, Kind::video},
    {"mp3", "audio/mpeg", false, Kind::audio},
    {"woff2", "font/woff2", false, Kind::font},
    {"ttf", "font/ttf", true, Kind::font},
    {"pdf", "application/pdf", false, Kind::document},
    {"rtf", "application/rtf", true, Kind::document},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", false, Kind::document},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false, Kind::spreadsheet},
    {"odp", "application/vnd.oasis.opendocument.presentation", false, Kind::presentation},
    {"zip", "application/zip", false, Kind::archive},
    {"gz", "application/gzip", false, Kind::archive},
    {"iso", "application/x-iso9660-image", false, Kind::archive},
    {"epub", "application/epub+zip", false, Kind::book},
    {"ics", "text/calendar; charset=utf-8", true, Kind::text},
    {"rs", "text/x-rust; charset=utf-8", true, Kind::code},
    {"py", "text/x-python; charset=utf-8", true, Kind::code},
    {"spdx.json", "application/spdx+json", true, Kind::data},
    {"stl", "model/stl", true, Kind::model},
};

TEST(MediaTypeTable, says_what_a_web_server_should)
{
    for (const auto& want : cases) {
        const auto* got = type_of_extension(want.extension);
        ASSERT_NE(got, nullptr) << want.extension;
        EXPECT_EQ(got->type, want.type) << want.extension;
        EXPECT_EQ(got->compressible, want.compressible) << want.extension;
        EXPECT_EQ(text_of(got->kind), text_of(want.kind)) << want.extension;
    }
}

TEST(MediaTypeTable, knows_no_extension_that_nobody_has)
{
    for (const char* extension : {"", " ", "html ", ".html", "htmlx", "no-such-thing", "a b", "text/html"})
        EXPECT_EQ(type_of_extension(extension), nullptr) << extension;
    EXPECT_EQ(type_of_extension(std::string(10'000, 'a')), nullptr);
    EXPECT_EQ(type_of_extension(std::string_view("html\0", 5)), nullptr);
}

TEST(MediaTypeTable, a_name_goes_by_its_last_dot)
{
    EXPECT_EQ(type_of_file("index.html").type, "text/html; charset=utf-8");
    EXPECT_EQ(type_of_file("a.b.PNG").type, "image/png");
    EXPECT_EQ(type_of_file("backup.tar.gz").type, "application/gzip");
    EXPECT_EQ(type_of_file("report.spdx.json").type, "application/spdx+json");
    for (const char* name : {"README", "", ".", "..", ".html", "name.", "a.html/b", "html", "a.nobody-has-this"})
        EXPECT_EQ(&type_of_file(name), &unknown_type) << name;
    EXPECT_EQ(unknown_type.type, "application/octet-stream");
}

TEST(MediaTypeTable, knows_every_extension_of_mime_db)
{
    const auto database = boost::json::parse(content_of(CAIS_CONFORMANCE "/mime-db/db.json")).as_object();
    std::set<std::string> seen;
    for (const auto& [type, entry] : database) {
        const auto* extensions = entry.as_object().if_contains("extensions");
        if (extensions == nullptr) continue;
        for (const auto& extension : extensions->as_array()) {
            const std::string text(extension.as_string());
            seen.insert(text);
            EXPECT_NE(type_of_extension(text), nullptr) << text << " of " << type;
        }
    }
    EXPECT_EQ(seen.size(), 1246u);
}

TEST(MediaTypeTable, knows_every_extension_of_debian)
{
    std::istringstream file(content_of("/etc/mime.types"));
    std::set<std::string> seen;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string type;
        words >> type;
        for (std::string extension; words >> extension; seen.insert(extension))
            EXPECT_NE(type_of_extension(extension), nullptr) << extension << " of " << type;
    }
    EXPECT_GT(seen.size(), 1000u);  // 1533 in Debian 12; another release has another number
}

}  // namespace
}  // namespace cais::http
