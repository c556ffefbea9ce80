#include "served.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cais::files {
namespace {

using http::ContentCoding;
using http::Method;
using testing::StartsWith;

// Which of a page's forms is answered with, and how much of it.
class Forms : public testing::Test, public Served {};

TEST_F(Forms, rfc9110_s12_5_4_languages)
{
    tree.file("page.html", "default");
    tree.file("page.en.html", "english");
    tree.file("page.pt-BR.html", "brasileiro");
    tree.file("only.de.html", "deutsch");
    tree.file("only.fr.html", "fran\xC3\xA7"
                              "ais");
    tree.file("alone.html", "alone");
    settle();
    struct Case {
        const char* target;
        const char* accept;
        const char* content;
        const char* language;
    };
    constexpr Case cases[] = {
        {"/page.html", "", "default", ""},
        {"/page.html", "en", "english", "en"},
        {"/page.html", "en-GB", "english", "en"},
        {"/page.html", "pt", "brasileiro", "pt-BR"},
        {"/page.html", "pt-BR;q=0.5, en;q=0.4", "brasileiro", "pt-BR"},
        {"/page.html", "ja", "default", ""},
        {"/page.html", "*", "default", ""},
        {"/page.html", "en;q=0", "default", ""},
        {"/page.html", "!!!", "default", ""},
        {"/only.html", "", "deutsch", "de"},
        {"/only.html", "fr",
         "fran\xC3\xA7"
         "ais",
         "fr"},
        {"/only.html", "ja", "deutsch", "de"},
        {"/page.en.html", "pt", "english", ""},
        {"/alone.html", "en", "alone", ""},
    };
    for (const auto& [target, accept, content, language] : cases)
        for (int i = 0; i < 2; ++i) {
            const auto answer = get(target, *accept != '\0' ? "Accept-Language: " + std::string(accept) : "");
            EXPECT_EQ(answer.content, content) << target << ' ' << accept;
            EXPECT_EQ(answer.field("Content-Language"), language) << target << ' ' << accept;
            const bool varies =
                !std::string_view(target).starts_with("/alone") && !std::string_view(target).starts_with("/page.en");
            EXPECT_EQ(answer.field("Vary"), varies ? "Accept-Encoding, Accept-Language" : "Accept-Encoding") << target;
        }
    EXPECT_NE(get("/page.html").field("ETag"), get("/page.html", "Accept-Language: en").field("ETag"));
}

TEST_F(Forms, rfc9110_s12_5_3_codings_that_lie_there_and_codings_that_are_made)
{
    const std::string text = prose(5'000);
    tree.file("made.html", text);
    tree.file("there.html", text);
    tree.file("there.html.gz", "gz");
    tree.file("there.html.br", "br");
    tree.file("there.en.html", text);
    tree.file("there.en.html.zst", "english zst");
    tree.file("small.html", "small");
    tree.file("image.png", text);
    tree.file("image.png.gz", "image gz");
    tree.file("plain.png", text);
    tree.file("alone.css.gz", "alone");
    settle();
    struct Case {
        const char* target;
        const char* accept;
        const char* coding;   // of Content-Encoding
        const char* content;  // null: `text`, coded by us
    };
    const Case cases[] = {
        {"/made.html", "gzip", "gzip", nullptr},
        {"/made.html", "gzip, deflate, br, zstd", "zstd", nullptr},
        {"/made.html", "gzip, br", "br", nullptr},
        {"/made.html", "gzip;q=1, zstd;q=0.5", "gzip", nullptr},
        {"/made.html", "*", "zstd", nullptr},
        {"/made.html", "x-gzip", "gzip", nullptr},
        {"/made.html", "", "", text.c_str()},
        {"/made.html", "identity", "", text.c_str()},
        {"/made.html", "gzip;q=0", "", text.c_str()},
        {"/made.html", "identity;q=0", "", text.c_str()},  // nothing that it takes: what there is
        {"/made.html", "identity;q=0, gzip", "gzip", nullptr},
        {"/there.html", "gzip", "gzip", "gz"},
        {"/there.html", "gzip, br, zstd", "br", "br"},
        {"/there.html", "zstd", "zstd", nullptr},
        {"/there.html", "zstd, gzip;q=0.1", "zstd", nullptr},
        {"/there.en.html", "zstd", "zstd", "english zst"},
        {"/small.html", "gzip", "", "small"},
        {"/image.png", "gzip", "gzip", "image gz"},
        {"/image.png", "br", "", text.c_str()},
        {"/plain.png", "gzip", "", text.c_str()},
        {"/plain.png", "identity;q=0, gzip", "", text.c_str()},
    };
    for (const auto& [target, accept, coding, content] : cases)
        for (int i = 0; i < 3; ++i) {  // made, kept, and kept in a file
            const auto answer = get(target, *accept != '\0' ? "Accept-Encoding: " + std::string(accept) : "");
            EXPECT_EQ(answer.code, 200);
            EXPECT_EQ(answer.field("Content-Encoding"), coding) << target << ' ' << accept;
            if (content != nullptr) EXPECT_EQ(answer.content, content) << target << ' ' << accept;
            else EXPECT_EQ(decoded(*http::content_coding_of(coding), answer.content), text) << target << ' ' << accept;
            EXPECT_EQ(answer.length, answer.content.size());
            const bool varies = std::string_view(target) != "/plain.png";
            EXPECT_EQ(answer.field("Vary").starts_with("Accept-Encoding"), varies) << target << ' ' << accept;
            // Ranges are of what is uncoded: nothing else offers them where we made it.
            EXPECT_EQ(answer.has("Accept-Ranges"), content != nullptr) << target << ' ' << accept;
        }
    const auto small = get("/small.html", "Accept-Encoding: gzip, identity;q=0");
    EXPECT_EQ(decoded(ContentCoding::gzip, small.content), "small");
    EXPECT_EQ(get("/alone.css", "Accept-Encoding: gzip").code, 404);
    EXPECT_EQ(get("/alone.css.gz").content, "alone");
    // In both dimensions at once.
    const auto english = get("/there.html", "Accept-Language: en\nAccept-Encoding: zstd, br");
    EXPECT_EQ(english.content, "english zst");
    EXPECT_EQ(english.field("Content-Language"), "en");
}

TEST_F(Forms, rfc9110_s8_8_3_each_coded_form_has_its_own_tag)
{
    tree.file("page.html", prose(5'000));
    tree.file("page.html.br", "br");
    settle();
    std::vector<std::string> tags;
    for (const char* coding : {"identity", "gzip", "br", "zstd"}) {
        const std::string fields = "Accept-Encoding: " + std::string(coding);
        const auto tag = get("/page.html", fields).field("ETag");
        EXPECT_THAT(tag, StartsWith("\""));
        EXPECT_EQ(std::count(tags.begin(), tags.end(), tag), 0) << coding;
        tags.push_back(tag);
        const auto unmodified = get("/page.html", fields + "\nIf-None-Match: " + tag);
        EXPECT_EQ(unmodified.code, 304) << coding;
        EXPECT_EQ(unmodified.fields, "ETag: " + tag + "\nCache-Control: no-cache\nVary: Accept-Encoding\n");
        EXPECT_EQ(unmodified.content, "");
        EXPECT_EQ(get("/page.html", fields + "\nIf-Match: " + tag).code, 200);
        for (const auto& other : tags)
            if (other != tag) EXPECT_EQ(get("/page.html", fields + "\nIf-None-Match: " + other).code, 200);
    }
}

TEST_F(Forms, rfc9110_s13_preconditions)
{
    tree.file("page.html", prose(1'000));
    tree.file("large.bin", noise(50'000));
    settle();
    for (const char* target : {"/page.html", "/large.bin"}) {
        const auto first = get(target);
        const auto tag = first.field("ETag"), date = first.field("Last-Modified");
        struct Case {
            std::string fields;
            int code;
        };
        const Case cases[] = {
            {"If-None-Match: " + tag, 304},
            {"If-None-Match: W/" + tag, 304},
            {"If-None-Match: \"other\", " + tag, 304},
            {"If-None-Match: *", 304},
            {"If-None-Match: \"other\"", 200},
            {"If-None-Match: \"other\"\nIf-Modified-Since: " + date, 200},
            {"If-Modified-Since: " + date, 304},
            {"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 200},
            {"If-Modified-Since: yesterday", 200},
            {"If-Match: " + tag, 200},
            {"If-Match: *", 200},
            {"If-Match: W/" + tag, 412},
            {"If-Match: \"other\"", 412},
            {"If-Unmodified-Since: " + date, 200},
            {"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT", 412},
            {"If-Match: " + tag + "\nIf-None-Match: " + tag, 304},
            {"If-None-Match: nonsense", 400},
            {"If-Match: \"open", 400},
            {"If-None-Match: " + tag + "\nRange: bytes=0-1", 304},
            {"If-Match: \"other\"\nRange: bytes=0-1", 412},
        };
        for (const auto& [fields, code] : cases)
            for (const auto method : {Method::get, Method::head}) {
                const auto answer = ask(method, target, fields);
                EXPECT_EQ(answer.code, code) << target << '\n' << fields;
            }
        EXPECT_EQ(get("/missing", "If-None-Match: *").code, 404);
        EXPECT_EQ(get("/missing", "If-Match: *").code, 404);
    }
}

TEST_F(Forms, rfc9110_s14_ranges)
{
    struct File {
        const char* target;
        std::size_t size;
    };
    tree.file("small.txt", prose(10'000));
    tree.file("large.txt", prose(100'000));
    tree.file("large.txt.gz", "coded");
    tree.file("empty.txt", "");
    settle();
    for (const auto& [target, size] : {File{"/small.txt", 10'000}, File{"/large.txt", 100'000}}) {
        const std::string all = prose(size), of = "/" + std::to_string(size);
        const auto tag = get(target).field("ETag");
        struct Case {
            std::string fields;
            int code;
            std::string range;
            std::string content;
        };
        const Case cases[] = {
            {"Range: bytes=0-0", 206, "bytes 0-0" + of, all.substr(0, 1)},
            {"Range: bytes=100-199", 206, "bytes 100-199" + of, all.substr(100, 100)},
            {"Range: bytes=9990-", 206, "bytes 9990-" + std::to_string(size - 1) + of, all.substr(9990)},
            {"Range: bytes=-10", 206, "bytes " + std::to_string(size - 10) + "-" + std::to_string(size - 1) + of,
             all.substr(size - 10)},
            {"Range: bytes=0-", 206, "bytes 0-" + std::to_string(size - 1) + of, all},
            {"Range: bytes=0-9,5-20", 206, "bytes 0-20" + of, all.substr(0, 21)},
            {"Range: bytes=100000-", 416, "bytes */" + std::to_string(size), ""},
            {"Range: bytes=-0", 416, "bytes */" + std::to_string(size), ""},
            {"Range: bytes=5-1", 200, "", all},
            {"Range: lines=1-2", 200, "", all},
            {"Range: bytes=0-1\nRange: bytes=4-5", 200, "", all},
            {"Range: bytes=0-1\nIf-Range: " + tag, 206, "bytes 0-1" + of, all.substr(0, 2)},
            {"Range: bytes=0-1\nIf-Range: \"other\"", 200, "", all},
            {"Range: bytes=0-1\nIf-Range: W/" + tag, 200, "", all},
            {"Range: bytes=0-1\nAccept-Encoding: gzip, zstd", 206, "bytes 0-1" + of, all.substr(0, 2)},
        };
        for (const auto& [fields, code, range, content] : cases) {
            const auto answer = get(target, fields);
            EXPECT_EQ(answer.code, code) << fields;
            EXPECT_EQ(answer.field("Content-Range"), range) << fields;
            EXPECT_FALSE(answer.has("Content-Encoding")) << fields;
            if (code == 416) continue;
            EXPECT_EQ(answer.content, content) << fields;
            EXPECT_EQ(answer.length, content.size()) << fields;
            EXPECT_EQ(answer.field("ETag"), tag) << fields;
        }
        // §14.2: only GET has ranges.
        EXPECT_EQ(head(target, "Range: bytes=0-1").code, 200);
        EXPECT_EQ(head(target, "Range: bytes=0-1").length, size);
    }
    EXPECT_EQ(get("/empty.txt", "Range: bytes=0-").code, 416);
    EXPECT_EQ(get("/empty.txt", "Range: bytes=-5").code, 200);
}

TEST_F(Forms, rfc9110_s14_6_several_ranges_octet_for_octet)
{
    tree.file("small.txt", prose(10'000));
    tree.file("large.txt", prose(100'000));
    settle();
    struct File {
        const char* target;
        std::size_t size;
    };
    for (const auto& [target, size] : {File{"/small.txt", 10'000}, File{"/large.txt", 100'000}}) {
        const std::string all = prose(size);
        const auto answer = get(target, "Range: bytes=0-9, 5000-5009, -5\nAccept-Encoding: gzip");
        EXPECT_EQ(answer.code, 206);
        EXPECT_FALSE(answer.has("Content-Range"));
        const auto type = answer.field("Content-Type");
        ASSERT_THAT(type, StartsWith("multipart/byteranges; boundary="));
        const std::string dashes = "--" + type.substr(type.find('=') + 1);
        std::string want;
        const auto part = [&](std::size_t first, std::size_t length) {
            if (!want.empty()) want += "\r\n";
            want += dashes + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " +
                    std::to_string(first) + "-" + std::to_string(first + length - 1) + "/" + std::to_string(size) +
                    "\r\n\r\n" + all.substr(first, length);
        };
        part(0, 10);
        part(5000, 10);
        part(size - 5, 5);
        want += "\r\n" + dashes + "--\r\n";
        EXPECT_EQ(answer.content, want);
        EXPECT_EQ(answer.length, want.size());
        EXPECT_NE(get(target, "Range: bytes=0-9, 5000-5009").field("Content-Type"),
                  get(target, "Range: bytes=0-9, 5000-5009").field("Content-Type"));
    }
    // Neither many ranges nor overlapping ones make more of a file than it is.
    std::string many = "Range: bytes=0-0";
    for (int i = 1; i < 1000; ++i) many += "," + std::to_string(i * 9) + "-" + std::to_string(i * 9 + 5);
    EXPECT_LE(get("/small.txt", many).content.size(), 10'000u + 16 * 200);
    std::string same = "Range: bytes=0-";
    for (int i = 0; i < 500; ++i) same += ",0-";
    EXPECT_EQ(get("/small.txt", same).content.size(), 10'000u);
}

}  // namespace
}  // namespace cais::files
