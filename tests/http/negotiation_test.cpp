#include "http/negotiation.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cais::http {
namespace {

constexpr const char* absent = nullptr;

// The values of one field: lines separated by '\n'; none where `text` is null.
class Field {
public:
    Field(Name name, const char* text)
        : text_(text == nullptr ? "" : text)
        , fields_(arena_)
        , name_(name)
    {
        if (text == nullptr) return;
        for (std::string_view rest = text_;;) {
            const auto end = rest.find('\n');
            fields_.add(name, rest.substr(0, end));
            if (end == rest.npos) return;
            rest.remove_prefix(end + 1);
        }
    }
    [[nodiscard]] Fields::Values values() const { return fields_.all(name_); }

private:
    std::string text_;
    base::Arena arena_;
    Fields fields_;
    Name name_;
};

TEST(Rfc9110Quality, s12_4_2_three_decimals)
{
    const std::pair<const char*, int> taken[] = {{"0", 0},       {"0.", 0},       {"0.0", 0},    {"0.000", 0},
                                                 {"0.001", 1},   {"0.5", 500},    {"0.05", 50},  {"0.999", 999},
                                                 {"0.25", 250},  {"1", 1000},     {"1.", 1000},  {"1.0", 1000},
                                                 {"1.00", 1000}, {"1.000", 1000}, {"0.123", 123}};
    for (const auto& [text, want] : taken) EXPECT_EQ(parse_quality(text), want) << text;
    for (const char* text : {"",     "1.001", "1.1", "2",  "0.0000", "1.0000", ".5",  "-0.5", "+1",   "0,5",
                             "0.5 ", " 1",    "00",  "01", "10",     "0.5x",   "0x1", "1e0",  "0.-1", "."})
        EXPECT_FALSE(parse_quality(text)) << text;
}

// Accept-Encoding

struct EncodingCase {
    const char* name;
    const char* field;
    ContentCoding want;  // of zstd, br, gzip in this order
    bool allows_identity;
};

using enum ContentCoding;
constexpr EncodingCase encoding_cases[] = {
    {"s12_5_3_absent_is_identity", absent, identity, true},
    {"s12_5_3_empty_is_identity", "", identity, true},
    {"s12_5_3_what_browsers_send", "gzip, deflate, br, zstd", zstd, true},
    {"s12_5_3_gzip_alone", "gzip", gzip, true},
    {"s12_5_3_any_case", "GZip", gzip, true},
    {"s8_4_1_3_x_gzip_is_gzip", "x-gzip", gzip, true},
    {"s12_5_3_weights_decide", "gzip;q=1.0, br;q=0.5, zstd;q=0.9", gzip, true},
    {"s12_5_3_equal_weights_servers_order", "gzip;q=0.5, br;q=0.5", brotli, true},
    {"s12_5_3_zero_is_refused", "gzip, br;q=0, zstd;q=0.000", gzip, true},
    {"s12_5_3_star_is_all", "*", zstd, true},
    {"s12_5_3_star_is_what_was_not_named", "zstd;q=0.1, br;q=0, *;q=0.5", gzip, true},
    {"s12_5_3_star_zero", "gzip, *;q=0", gzip, false},
    {"s12_5_3_star_zero_before", "*;q=0, gzip", gzip, false},
    {"s12_5_3_star_zero_alone_identity_is_sent_still", "*;q=0", identity, false},
    {"s12_5_3_identity_zero", "identity;q=0, gzip", gzip, false},
    {"s12_5_3_identity_zero_alone", "identity;q=0", identity, false},
    {"s12_5_3_identity_beats_star_zero", "identity;q=0.1, *;q=0", identity, true},
    {"s12_5_3_identity_preferred", "identity, gzip;q=0.5", identity, true},
    {"s12_5_3_identity_equal_comes_last", "identity, gzip", gzip, true},
    {"s12_5_3_identity_not_named_is_behind_what_is", "gzip;q=0.001", gzip, true},
    {"s12_5_3_identity_by_star_counts", "gzip;q=0.1, *;q=0.2, br;q=0, zstd;q=0", identity, true},
    {"s12_5_3_unknown_codings", "compress, sdch, aes128gcm", identity, true},
    {"s12_4_2_malformed_member_is_passed_over", "zstd;q=2, br;q=0.0001, gzip", gzip, true},
    {"s12_4_2_malformed_weights", "zstd;q=, br;q, gzip;x=1", identity, true},
    {"s12_4_2_nothing_after_the_weight", "gzip;q=1;a=b", identity, true},
    {"s12_4_2_white_space", " zstd \t;\t q=0.1 ,\tgzip ; q=0.2 ", gzip, true},
    {"s12_4_2_no_white_space_at_equals", "gzip;q =1, br;q= 1", identity, true},
    {"s12_4_2_capital_q", "gzip;Q=1, br;Q=0", gzip, true},
    {"s12_4_2_the_higher_of_two", "gzip;q=0, gzip;q=0.5", gzip, true},
    {"s5_6_1_empty_members", ",, ,gzip,,", gzip, true},
    {"s5_3_several_lines", "gzip;q=0.1\nbr;q=0.2", brotli, true},
    {"no_prefix_no_suffix", "gzi, gzipp, b, brr, zst, zstd2", identity, true},
};

class Rfc9110AcceptEncoding : public testing::TestWithParam<EncodingCase> {};
TEST_P(Rfc9110AcceptEncoding, choose)
{
    const Field field(Name::accept_encoding, GetParam().field);
    const EncodingPreferences preferences(field.values());
    EXPECT_EQ(preferences.choose(std::array{zstd, brotli, gzip}), GetParam().want);
    EXPECT_EQ(preferences.allows_identity(), GetParam().allows_identity);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110AcceptEncoding, testing::ValuesIn(encoding_cases),
                         [](auto& info) { return info.param.name; });

TEST(AcceptEncoding, the_servers_order_may_put_identity_first)
{
    const Field field(Name::accept_encoding, "gzip, identity, br");
    const EncodingPreferences preferences(field.values());
    EXPECT_EQ(preferences.choose(std::array{identity, gzip}), identity);
    EXPECT_EQ(preferences.choose({}), identity);
    EXPECT_EQ(preferences.choose(std::array{gzip, brotli}), gzip);
}

TEST(AcceptEncoding, looks_at_64_members)
{
    std::string text;
    for (int i = 0; i < 63; ++i) text += "x,";
    EXPECT_EQ(EncodingPreferences(Field(Name::accept_encoding, (text + "gzip").c_str()).values()).quality_of(gzip),
              1000);
    EXPECT_EQ(EncodingPreferences(Field(Name::accept_encoding, (text + "x,gzip").c_str()).values()).quality_of(gzip),
              0);
    EXPECT_EQ(EncodingPreferences(Field(Name::accept_encoding, (text + "x\ngzip").c_str()).values()).quality_of(gzip),
              0);
}

// Accept

struct QualityCase {
    const char* name;
    const char* field;
    const char* of;
    Quality want;
};

constexpr const char* rfc_example =
    "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";

constexpr QualityCase accept_cases[] = {
    {"s12_5_1_example_flowed", rfc_example, "text/plain;format=flowed", 1000},
    {"s12_5_1_example_plain", rfc_example, "text/plain", 700},
    {"s12_5_1_example_html", rfc_example, "text/html", 300},
    {"s12_5_1_example_jpeg", rfc_example, "image/jpeg", 500},
    {"s12_5_1_example_fixed", rfc_example, "text/plain;format=fixed", 400},
    {"s12_5_1_example_other_parameter", rfc_example, "text/plain;format=other", 700},
    {"s12_5_1_absent_is_all", absent, "text/html", 1000},
    {"s12_5_1_empty_is_all", "", "text/html", 1000},
    {"s12_5_1_nothing_well_formed_is_all", "text, */html, ;q=1", "text/html", 1000},
    {"s12_5_1_not_listed", "text/html", "text/plain", 0},
    {"s12_5_1_refused", "text/html;q=0, */*", "text/html", 0},
    {"s12_5_1_specific_wins_whatever_the_order", "*/*;q=0.9, text/html;q=0.1, text/*;q=0.5", "text/html", 100},
    {"s12_5_1_type_range", "*/*;q=0.9, text/*;q=0.5", "text/html", 500},
    {"s12_5_1_two_parameters_beat_one", "a/b;x=1;q=0.1, a/b;y=2;x=1;q=0.2, a/b;q=0.3", "a/b;x=1;y=2", 200},
    {"s12_5_1_parameter_of_the_type_is_no_condition", "text/html", "text/html; charset=utf-8", 1000},
    {"s12_5_1_parameter_of_the_range_is_one", "text/html;charset=utf-8", "text/html", 0},
    {"s12_5_1_weight_before_parameters", "text/html;q=0.4;level=1", "text/html;level=1", 400},
    {"s12_5_1_parameters_of_a_wildcard", "*/*;level=1;q=0.6", "text/html;level=1", 600},
    {"s8_3_1_any_case", "TEXT/HTML;Charset=UTF-8", "text/html;charset=utf-8", 1000},
    {"s5_6_6_quotes_do_not_matter", "text/html;charset=\"u\\tf-8\"", "text/html;charset=utf-8", 1000},
    {"s5_6_6_quoted_both", "a/b;x=\"1,2\"", "a/b;x=\"1\\,2\"", 1000},
    {"s5_6_6_comma_in_quotes_does_not_divide", "a/b;x=\"1, c/d\";q=0.2", "c/d", 0},
    {"s5_6_6_empty_parameters", "text/html;;;q=0.2;", "text/html", 200},
    {"s5_6_6_white_space", "text/html ; level=1 ;\tq=0.2", "text/html;level=1", 200},
    {"s5_6_6_no_white_space_at_equals", "text/html;level =1, */*;q=0.1", "text/html;level=1", 100},
    {"s12_4_2_malformed_member_is_passed_over", "text/html;q=5, */*;q=0.1", "text/html", 100},
    {"s12_4_2_two_weights_are_malformed", "text/html;q=0.5;q=0.6, */*;q=0.1", "text/html", 100},
    {"s12_4_2_the_higher_of_two", "text/html;q=0.5, text/html;q=0.6, text/html;q=0.2", "text/html", 600},
    {"s12_5_1_star_is_no_prefix", "text/h*", "text/html", 0},
    {"s12_5_1_star_slash_subtype_is_malformed", "*/html, a/b", "text/html", 0},
    {"unfinished_quote", "text/html;a=\"b, */*;q=0.3", "text/html", 1000},
    {"what_is_no_media_type", "*/*", "html", 0},
};

class Rfc9110Accept : public testing::TestWithParam<QualityCase> {};
TEST_P(Rfc9110Accept, quality)
{
    const Field field(Name::accept, GetParam().field);
    EXPECT_EQ(Accept(field.values()).quality_of(GetParam().of), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110Accept, testing::ValuesIn(accept_cases), [](auto& info) { return info.param.name; });

struct AcceptChoice {
    const char* field;
    const char* want;  // of these, in this order: text/html, text/plain, application/problem+json; "" is none
};

TEST(Accept, s12_5_1_choose)
{
    constexpr std::string_view offered[] = {"text/html", "text/plain", "application/problem+json"};
    constexpr AcceptChoice choices[] = {
        {absent, "text/html"},
        {"*/*", "text/html"},
        {"text/*", "text/html"},
        {"text/plain", "text/plain"},
        {"application/problem+json, */*", "application/problem+json"},
        {"application/json, text/plain, */*", "text/plain"},
        {"application/*, */*", "application/problem+json"},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "text/html"},
        {"text/html;q=0.5, */*;q=0.6", "text/plain"},
        {"text/html;q=0, text/plain;q=0", ""},
        {"image/png", ""},
        {"application/problem+json;q=0.001", "application/problem+json"},
        {"text/html;q=0.2, text/plain;q=0.2", "text/html"},
    };
    for (const auto& [text, want] : choices) {
        const Field field(Name::accept, text);
        const auto chosen = Accept(field.values()).choose(offered);
        EXPECT_EQ(chosen ? offered[*chosen] : "", want) << (text ? text : "absent");
    }
}

TEST(Accept, looks_at_64_members)
{
    std::string text;
    for (int i = 0; i < 64; ++i) text += "a/b" + std::to_string(i) + ",";
    const Field field(Name::accept, (text + "text/html").c_str());
    EXPECT_EQ(Accept(field.values()).quality_of("text/html"), 0);
    EXPECT_EQ(Accept(field.values()).quality_of("a/b63"), 1000);
}

// Accept-Language

constexpr QualityCase language_cases[] = {
    {"s12_5_4_absent_is_all", absent, "en", 1000},
    {"s12_5_4_nothing_well_formed_is_all", "en_US, -, e--n", "en", 1000},
    {"s12_5_4_example", "da, en-gb;q=0.8, en;q=0.7", "en-US", 700},
    {"s12_5_4_example_longer_range", "da, en-gb;q=0.8, en;q=0.7", "en-GB", 800},
    {"rfc4647_s3_3_1_prefix", "de-de", "de-DE-1996", 1000},
    {"rfc4647_s3_3_1_no_prefix_of_a_subtag", "de-de", "de-Deva", 0},
    {"rfc4647_s3_3_1_no_prefix_of_a_language", "e", "en", 0},
    {"rfc4647_s3_4_shorter", "pt-BR;q=0.7", "pt", 700},
    {"rfc4647_s3_4_shorter_by_two", "zh-Hant-TW;q=0.6", "zh", 600},
    {"rfc4647_s3_4_filter_goes_before", "pt-BR;q=0.7, pt;q=0.1", "pt", 100},
    {"rfc4647_s3_4_refusal_is_not_inherited", "en-US;q=0, *;q=0.3", "en", 300},
    {"rfc4647_s3_3_1_refusal_covers_what_is_longer", "en;q=0, *", "en-US", 0},
    {"rfc4647_s2_1_star_is_the_rest", "de, *;q=0.2", "fr", 200},
    {"star_is_behind_lookup", "pt-BR;q=0.5, *;q=0.9", "pt", 500},
    {"s12_4_2_the_higher_of_two", "en;q=0.2, en;q=0.4, en;q=0.3", "en", 400},
    {"not_listed", "de, fr", "en", 0},
};

class Rfc9110AcceptLanguage : public testing::TestWithParam<QualityCase> {};
TEST_P(Rfc9110AcceptLanguage, quality)
{
    const Field field(Name::accept_language, GetParam().field);
    EXPECT_EQ(AcceptLanguage(field.values()).quality_of(GetParam().of), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110AcceptLanguage, testing::ValuesIn(language_cases),
                         [](auto& info) { return info.param.name; });

struct LanguageChoice {
    const char* field;
    std::vector<std::string_view> available;
    std::string_view want;  // "" is none
};

TEST(AcceptLanguage, s12_5_4_choose)
{
    const LanguageChoice choices[] = {
        {absent, {"en", "de"}, ""},
        {"*", {"en", "de"}, ""},
        {"fr, *;q=0.5", {"en", "de"}, ""},
        {"de", {"en", "de"}, "de"},
        {"pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", {"en", "pt-BR", "pt"}, "pt-BR"},
        {"pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", {"en", "pt"}, "pt"},
        {"pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", {"en", "pt-PT"}, "pt-PT"},
        {"pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", {"de", "en"}, "en"},
        {"en-US, de;q=0.5", {"de", "en"}, "en"},
        {"en", {"en-US", "en", "en-GB"}, "en"},
        {"en", {"en-US", "en-GB"}, "en-US"},
        {"en-GB", {"en", "en-GB"}, "en-GB"},
        {"fr, de", {"de", "fr"}, "fr"},
        {"fr;q=0.5, de;q=0.6", {"fr", "de"}, "de"},
        {"en;q=0", {"en"}, ""},
        {"en;q=0, de;q=0.1", {"en", "de"}, "de"},
        {"DE-de", {"en", "de"}, "de"},
        {"ja", {}, ""},
    };
    for (const auto& [text, available, want] : choices) {
        const Field field(Name::accept_language, text);
        const auto chosen = AcceptLanguage(field.values()).choose(available);
        EXPECT_EQ(chosen ? available[*chosen] : "", want) << (text ? text : "absent");
    }
}

// Accept-Charset

constexpr QualityCase charset_cases[] = {
    {"s12_5_2_absent_is_all", absent, "utf-8", 1000},
    {"s12_5_2_example", "iso-8859-5, unicode-1-1;q=0.8", "unicode-1-1", 800},
    {"s12_5_2_any_case", "UTF-8;q=0.5", "utf-8", 500},
    {"s12_5_2_star", "utf-8;q=0.5, *;q=0.1", "iso-8859-1", 100},
    {"s12_5_2_star_is_what_was_not_named", "*, utf-8;q=0", "utf-8", 0},
    {"s12_5_2_not_listed", "iso-8859-1", "utf-8", 0},
};

class Rfc9110AcceptCharset : public testing::TestWithParam<QualityCase> {};
TEST_P(Rfc9110AcceptCharset, quality)
{
    const Field field(Name::accept_charset, GetParam().field);
    EXPECT_EQ(AcceptCharset(field.values()).quality_of(GetParam().of), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(, Rfc9110AcceptCharset, testing::ValuesIn(charset_cases),
                         [](auto& info) { return info.param.name; });

}  // namespace
}  // namespace cais::http
