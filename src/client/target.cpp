#include "client/target.h"

#include "base/base64.h"
#include "base/text.h"
#include "uri/percent.h"

namespace cais::client {
namespace {

Result<std::string> unescape(std::string_view text)
{
    base::Arena arena;
    const auto decoded = uri::percent_decode(text, arena);
    if (!decoded) return std::unexpected(decoded.error());
    return std::string(*decoded);
}

// The path of a reference put behind the base's folders, dot segments taken out: RFC 3986 §5.2.3, §5.2.4.
std::string merge_paths(std::string_view base, std::string_view reference)
{
    std::string whole(base.substr(0, base.rfind('/') + 1));
    whole += reference;
    std::string path;
    std::string_view rest = whole;
    while (!rest.empty()) {
        rest.remove_prefix(1);  // the slash
        const std::string_view segment = rest.substr(0, rest.find('/'));
        rest.remove_prefix(segment.size());
        const bool is_up = segment == "..";
        if (is_up) path.erase(std::min(path.rfind('/'), path.size()));
        if (!is_up && segment != ".") path.append("/").append(segment);
        else if (rest.empty()) path += '/';
    }
    return path.empty() ? "/" : path;
}

}  // namespace

std::string basic_authorization(const Credentials& credentials)
{
    return "Basic " + base::to_base64(credentials.user + ":" + credentials.password);
}

Result<Target> Target::parse(std::string_view text)
{
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) return fail(Error::malformed, "it is no absolute URL", "RFC 3986 §4.3");
    if (!base::equals_ignoring_case(text.substr(0, scheme), "http") &&
        !base::equals_ignoring_case(text.substr(0, scheme), "https"))
        return fail(Error::unsupported, "its scheme is neither http nor https");
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    Target target;
    std::string without(text);
    if (at != std::string_view::npos && at >= begin) {
        const std::string_view information = text.substr(begin, at - begin);
        const std::size_t colon = information.find(':');
        const auto user = unescape(information.substr(0, colon));
        const auto password =
            colon == std::string_view::npos ? Result<std::string>() : unescape(information.substr(colon + 1));
        if (!user || !password) return fail(Error::malformed, "a broken escape in the user's name or password");
        if (!information.empty()) target.credentials = Credentials{*user, *password};
        without.erase(begin, at + 1 - begin);
    }
    auto url = uri::HttpUrl::parse(without);
    if (!url) return std::unexpected(url.error());
    target.url = std::move(*url);
    return target;
}

Result<Target> Target::follow(std::string_view reference) const
{
    reference = reference.substr(0, reference.find('#'));
    const std::string scheme = url.is_secure ? "https:" : "http:";
    if (reference.starts_with("//")) return parse(scheme + std::string(reference));
    // RFC 3986 §3.1, §4.2: what looks like a scheme is one.
    constexpr auto octets = base::OctetSet("+-.").with('0', '9').with('a', 'z').with('A', 'Z');
    const std::size_t colon = reference.find(':');
    if (colon != std::string_view::npos && colon > 0 && base::is_alpha(reference.front()) &&
        octets.has_all(reference.substr(0, colon)))
        return parse(reference);
    const std::string_view path = std::string_view(url.target).substr(0, url.target.find('?'));
    const std::string_view wanted = reference.substr(0, reference.find('?'));
    const std::string_view query = reference.substr(wanted.size());
    std::string target;
    if (wanted.empty()) target = query.empty() ? url.target : std::string(path) + std::string(query);
    else
        target = (wanted.front() == '/' ? merge_paths("/", wanted.substr(1)) : merge_paths(path, wanted)) +
                 std::string(query);
    return parse(scheme + "//" + url.authority + target);
}

}  // namespace cais::client
