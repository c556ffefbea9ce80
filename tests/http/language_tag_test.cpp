#include "http/language_tag.h"

#include <gtest/gtest.h>
#include <string>

namespace cais::http {
namespace {

TEST(Rfc5646LanguageTag, s2_1_taken)
{
    for (const char* tag :
         {"en",         "EN",         "pt-BR",          "pt-br",      "zh-Hant", "zh-Hant-TW",  "zh-hans-cn",
          "es-419",     "de-CH-1996", "sl-rozaj-biske", "sr-Latn-RS", "fil",     "gsw",         "yue",
          "YUE",        "yue-HK",     "min-ID",         "haw-US",     "de-1901", "ca-valencia", "en-GB-oxendict",
          "nan-Hant-TW"})
        EXPECT_TRUE(is_language_tag(tag)) << tag;
}

TEST(Rfc5646LanguageTag, s2_1_refused)
{
    for (const char* text : {"",        "e",         "-",    "e-",        "en-",      "-en",          "en--US",
                             "en_US",   "english",   "en-U", "en-USA",    "en-US-GB", "en-Latn-Cyrl", "en-x-final",
                             "x-final", "i-klingon", "a-DE", "en-a-bbb",  "zh-yue",   "419",          "1a",
                             "en US",   "en-US-",    "en.",  "\xC3\xA9n", "de-19",    "en-12345678a"})
        EXPECT_FALSE(is_language_tag(text)) << text;
    EXPECT_FALSE(is_language_tag(std::string_view("en\0", 3)));
    EXPECT_FALSE(is_language_tag("en" + std::string(1000, '-')));
    EXPECT_FALSE(is_language_tag("en-variant1-variant2-variant3-variant4-variant5"));
}

// Middle parts of names of files that people have.
TEST(Rfc5646LanguageTag, words_of_file_names_are_no_languages)
{
    for (const char* word :
         {"min", "bundle", "js",   "html", "map", "old", "new", "dev",     "prod", "bak",  "min-js", "no-js", "v2",
          "d",   "test",   "spec", "esm",  "cjs", "umd", "mjs", "tar",     "css",  "txt",  "pdf",    "app",   "lib",
          "src", "web",    "api",  "doc",  "img", "ico", "svg", "css-min", "main", "2024", "xx",     "jp",    "uk-uk"})
        EXPECT_FALSE(is_language_tag(word)) << word;
}

}  // namespace
}  // namespace cais::http
