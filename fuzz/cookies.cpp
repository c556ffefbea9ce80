// Cookies: each line is a Set-Cookie field, and all of it a file of cookies. What is sent can stand in a field and goes
// to whom it is for; what is written is read as the same; the bounds hold.
#undef NDEBUG
#include "client/cookies.h"

#include "client/cookie_date.h"
#include "client/cookie_file.h"
#include "http/fields.h"

#include <cassert>
#include <cstdint>

using namespace cais;

namespace {

constexpr base::Seconds now{std::chrono::seconds(1'700'000'000)};

void check(client::CookieJar& jar)
{
    assert(jar.size() <= client::CookieJar::most_cookies);
    const std::string text = client::write_cookie_file(jar, now);
    client::CookieJar again;
    const auto read = client::read_cookie_file(again, text, now);
    assert(read.refused == 0);
    assert(client::write_cookie_file(again, now) == text);
    for (const char* url : {"http://www.example.com/a/b?c", "https://www.example.com/", "https://192.0.2.1/"}) {
        const auto parsed = uri::HttpUrl::parse(url).value();
        const std::string field = jar.field(parsed, now);
        assert(http::is_field_value(field));
    }
    for (const client::Cookie* const cookie : jar.cookies()) {
        assert(cookie->path.starts_with('/') && !cookie->domain.empty() && !cookie->name.empty());
        assert(cookie->name.size() + cookie->value.size() <= client::SetCookie::most_octets);
        assert(!cookie->expires || (*cookie->expires > now && *cookie->expires <= now + client::SetCookie::most_age));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    static const auto secure = uri::HttpUrl::parse("https://www.example.com/a/b?c").value();
    static const auto plain = uri::HttpUrl::parse("http://www.example.com/a/b?c").value();
    client::CookieJar jar;
    bool is_secure = false;
    for (std::string_view rest = input; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        (void)client::parse_cookie_date(line);
        (void)jar.set(is_secure ? secure : plain, line, now);
        is_secure = !is_secure;
    }
    check(jar);
    client::CookieJar from_file;
    (void)client::read_cookie_file(from_file, input, now);
    check(from_file);
    return 0;
}
