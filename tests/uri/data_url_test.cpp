#include "base/base64.h"
#include "conformance.h"
#include "http/media_type.h"
#include "uri/data_url.h"

namespace cais::uri {
namespace {

using namespace std::string_literals;

std::string octets_of(const boost::json::value& numbers)
{
    std::string octets;
    for (const auto& number : numbers.as_array()) octets += static_cast<char>(number.as_int64());
    return octets;
}

// The type as whoever fetches it is told it.
std::string type_of(const DataUrl& data)
{
    const auto type = http::MediaType::parse(data.media_type);
    return type ? type->serialise() : std::string(DataUrl::default_type);
}

struct Counts {
    int cases = 0;
    int failures = 0;
};

Counts read_all(const char* file)
{
    Counts run;
    for (const auto& element : conformance(file).as_array()) {
        if (element.is_string()) continue;  // a comment
        const auto& row = element.as_array();
        ++run.cases;
        const auto url = Url::parse(std::string_view(row[0].as_string()));
        const auto data = url ? DataUrl::read(*url) : std::unexpected(url.error());
        const std::string name = boost::json::serialize(row);
        if (row[1].is_null()) {
            ++run.failures;
            EXPECT_FALSE(data) << name;
            continue;
        }
        if (!data) {
            ADD_FAILURE() << name << ": " << data.error().what;
            continue;
        }
        const std::string want(row[1].as_string());
        EXPECT_EQ(type_of(*data), want.empty() ? DataUrl::default_type : want) << name;
        EXPECT_EQ(data->octets, octets_of(row[2])) << name;
    }
    return run;
}

TEST(DataUrl, fetch_data_urls)
{
    const Counts run = read_all("wpt/fetch/data-urls/data-urls.json");
    EXPECT_EQ(run.cases, 72);
    EXPECT_EQ(run.failures, 4);
}

TEST(DataUrl, cases_of_rust_url) { EXPECT_EQ(read_all("rust-url/data-urls.json").cases, 78); }

TEST(DataUrl, fetch_base64)
{
    int cases = 0, failures = 0;
    for (const auto& element : conformance("wpt/fetch/data-urls/base64.json").as_array()) {
        if (element.is_string()) continue;
        const auto& row = element.as_array();
        const std::string input(row[0].as_string());
        ++cases;
        const auto octets = base::from_forgiving_base64(input);
        if (row[1].is_null()) {
            ++failures;
            EXPECT_FALSE(octets) << input;
        } else {
            EXPECT_EQ(octets.value_or("failed"), octets_of(row[1])) << input;
        }
    }
    EXPECT_EQ(cases, 80);
    EXPECT_EQ(failures, 56);
}

TEST(DataUrl, another_scheme) { EXPECT_EQ(DataUrl::read(*Url::parse("http://a/,b")).error().kind, Error::unsupported); }

struct Made {
    std::string octets;
    const char* media_type;
    const char* want;  // empty: refused
};

TEST(DataUrl, rfc2397_made)
{
    const Made cases[] = {
        {"", "text/plain", "data:text/plain,"},
        {"Ol\xC3\xA1", "text/plain;charset=utf-8", "data:text/plain;charset=utf-8,Ol%C3%A1"},
        {"a", "text/plain;charset=US-ASCII", "data:,a"},
        {"<p a='b'>", "text/html", "data:text/html,%3Cp%20a=%27b%27%3E"},
        {"\0\0\0\0\0\0\0\0\0"s, "image/png", "data:image/png;base64,AAAAAAAAAAAA"},
        {"a,b", "text/plain", "data:text/plain,a,b"},
        {"100%41", "text/plain", "data:text/plain,100%2541"},
        {"a", "text/plain;a=\"b c\"", "data:text/plain;a=\"b c\",a"},
        {"a", "text/plain;a=\"b,c\"", ""},
        {"a", "text/plain;base64", ""},
        {"a", "text/plain; BASE64", ""},
        {"a", "text/plain#", ""},
        {"a", "text/pl\xC3\xA1in", ""},
        {"a", "/../a", ""},
        {"a", "", ""},
    };
    for (const auto& [octets, media_type, want] : cases) {
        const auto made = make_data_url(octets, media_type);
        EXPECT_EQ(made.value_or(""), want);
        if (!made) continue;
        const auto read = DataUrl::read(*Url::parse(*made));
        ASSERT_TRUE(read) << *made;
        EXPECT_EQ(read->octets, octets);
        EXPECT_EQ(type_of(*read), http::MediaType::parse(media_type)->serialise());
    }
}

TEST(DataUrl, every_octet_comes_back)
{
    std::string octets;
    for (int i = 0; i < 256; ++i) octets += static_cast<char>(i);
    for (std::size_t at = 0; at < octets.size(); ++at)
        for (const std::size_t count : {1uz, 3uz, octets.size() - at}) {
            const std::string part = octets.substr(at, count);
            const auto url = Url::parse(*make_data_url(part, "a/b"));
            ASSERT_TRUE(url);
            EXPECT_EQ(DataUrl::read(*url).value_or(DataUrl{}).octets, part);
        }
}

TEST(DataUrl, made_is_bounded)
{
    EXPECT_EQ(make_data_url(std::string(Url::most_octets, '\0'), "a/b").error().kind, Error::too_large);
}

}  // namespace
}  // namespace cais::uri
