#include "http/media_type.h"

#include "base/text.h"
#include "http/fields.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cais::http {
namespace {

constexpr std::string_view whitespace = "\n\r\t ";                                            // HTTP whitespace
constexpr auto quoted_string_octet = base::OctetSet("\t").with(0x20, 0x7E).with(0x80, 0xFF);  // between quotes

std::string_view without_leading_whitespace(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(whitespace), text.size()));
    return text;
}

std::string_view without_trailing_whitespace(std::string_view text)
{
    return text.substr(0, text.find_last_not_of(whitespace) + 1);  // npos + 1 is 0
}

// Takes the octets before the first one of `ends` off the front of `rest`.
std::string_view collect_until(std::string_view& rest, std::string_view ends)
{
    const auto taken = rest.substr(0, rest.find_first_of(ends));
    rest.remove_prefix(taken.size());
    return taken;
}

// What a quoted string says, taken off the front of `rest`, where its first quote stands. Without an end it goes to the
// end of the text, and a last backslash stands for itself (WHATWG Fetch, collect an HTTP quoted string).
std::string collect_quoted_string(std::string_view& rest)
{
    std::string value;
    rest.remove_prefix(1);
    while (!rest.empty()) {
        value += collect_until(rest, "\"\\");
        if (rest.empty()) break;
        const char stop = rest.front();
        rest.remove_prefix(1);
        if (stop == '"') break;
        value += rest.empty() ? '\\' : rest.front();
        if (!rest.empty()) rest.remove_prefix(1);
    }
    return value;
}

std::string lower_case(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), base::to_lower);
    return result;
}

// Of parameters with one name, the first counts.
void drop_repeated(std::vector<MediaType::Parameter>& parameters)
{
    std::vector<std::pair<std::string_view, std::size_t>> order;
    order.reserve(parameters.size());
    for (const auto& parameter : parameters) order.emplace_back(parameter.name, order.size());
    std::ranges::sort(order);

    std::vector<bool> repeated(parameters.size());
    for (std::size_t i = 1; i < order.size(); ++i) repeated[order[i].second] = order[i].first == order[i - 1].first;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (repeated[i]) continue;
        if (kept != i) parameters[kept] = std::move(parameters[i]);
        ++kept;
    }
    parameters.resize(kept);
}

template <std::size_t count>
bool is_one_of(std::string_view essence, const std::array<std::string_view, count>& list)
{
    return std::ranges::find(list, essence) != list.end();
}

}  // namespace

// WHATWG mimesniff §4.4, parse a MIME type. The steps' numbers are its own.
Result<MediaType> MediaType::parse(std::string_view text)
{
    constexpr const char* source = "WHATWG MIME Sniffing §4.4";
    // 1, 2. Without white space around it.
    std::string_view rest = without_leading_whitespace(without_trailing_whitespace(text));

    // 3 to 6. The type.
    const auto type = collect_until(rest, "/");
    if (!is_token(type)) return fail(Error::malformed, "a media type without a type", source);
    if (rest.empty()) return fail(Error::malformed, "a media type without a slash", source);
    rest.remove_prefix(1);

    // 7 to 9. The subtype.
    const auto subtype = without_trailing_whitespace(collect_until(rest, ";"));
    if (!is_token(subtype)) return fail(Error::malformed, "a media type without a subtype", source);

    // 10. Both in lower case.
    MediaType result(lower_case(type) + '/' + lower_case(subtype), type.size());

    // 11. The parameters.
    while (!rest.empty()) {
        rest.remove_prefix(1);                        // 11.1: the semicolon
        rest = without_leading_whitespace(rest);      // 11.2
        const auto name = collect_until(rest, ";=");  // 11.3
        if (rest.empty()) break;                      // 11.6
        if (rest.front() == ';') continue;            // 11.5.1
        rest.remove_prefix(1);                        // 11.5.2: the equals sign
        if (rest.empty()) break;                      // 11.6

        std::string value;
        if (rest.front() == '"') {  // 11.8
            value = collect_quoted_string(rest);
            collect_until(rest, ";");  // what follows the closing quote says nothing
        } else {                       // 11.9
            value = without_trailing_whitespace(collect_until(rest, ";"));
            if (value.empty()) continue;
        }
        // 11.10, except that repeated names are dropped at the end, all at once.
        if (is_token(name) && quoted_string_octet.has_all(value))
            result.parameters_.push_back({lower_case(name), std::move(value)});
    }
    if (result.parameters_.size() > 1) drop_repeated(result.parameters_);
    return result;
}

const std::string* MediaType::parameter(std::string_view name) const noexcept
{
    const auto found = std::ranges::find(parameters_, name, &Parameter::name);
    return found != parameters_.end() ? &found->value : nullptr;
}

// WHATWG mimesniff §4.5, serialize a MIME type.
std::string MediaType::serialise() const
{
    std::string text = essence_;
    for (const auto& [name, value] : parameters_) {
        ((text += ';') += name) += '=';
        if (is_token(value)) {
            text += value;
            continue;
        }
        text += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') text += '\\';
            text += c;
        }
        text += '"';
    }
    return text;
}

bool is_image(const MediaType& type) noexcept { return type.type() == "image"; }

bool is_audio_or_video(const MediaType& type) noexcept
{
    return type.type() == "audio" || type.type() == "video" || type.essence() == "application/ogg";
}

bool is_font(const MediaType& type) noexcept
{
    constexpr std::array<std::string_view, 7> older = {
        "application/font-cff",  "application/font-off",          "application/font-sfnt",       "application/font-ttf",
        "application/font-woff", "application/vnd.ms-fontobject", "application/vnd.ms-opentype",
    };
    return type.type() == "font" || is_one_of(type.essence(), older);
}

bool is_zip_based(const MediaType& type) noexcept
{
    return type.subtype().ends_with("+zip") || type.essence() == "application/zip";
}

bool is_archive(const MediaType& type) noexcept
{
    constexpr std::array<std::string_view, 3> archives = {
        "application/x-rar-compressed",
        "application/zip",
        "application/x-gzip",
    };
    return is_one_of(type.essence(), archives);
}

bool is_xml(const MediaType& type) noexcept
{
    return type.subtype().ends_with("+xml") || type.essence() == "text/xml" || type.essence() == "application/xml";
}

bool is_html(const MediaType& type) noexcept { return type.essence() == "text/html"; }

bool is_scriptable(const MediaType& type) noexcept
{
    return is_xml(type) || is_html(type) || type.essence() == "application/pdf";
}

bool is_javascript(const MediaType& type) noexcept
{
    constexpr std::array<std::string_view, 16> names = {
        "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
        "text/ecmascript",        "text/javascript",        "text/javascript1.0",       "text/javascript1.1",
        "text/javascript1.2",     "text/javascript1.3",     "text/javascript1.4",       "text/javascript1.5",
        "text/jscript",           "text/livescript",        "text/x-ecmascript",        "text/x-javascript",
    };
    return is_one_of(type.essence(), names);
}

bool is_json(const MediaType& type) noexcept
{
    return type.subtype().ends_with("+json") || type.essence() == "application/json" || type.essence() == "text/json";
}

std::string_view minimised(const MediaType& type, bool (*is_supported)(std::string_view essence))
{
    if (is_javascript(type)) return "text/javascript";
    if (is_json(type)) return "application/json";
    if (type.essence() == "image/svg+xml") return type.essence();  // XML, and yet an image
    if (is_xml(type)) return "application/xml";
    return is_supported(type.essence()) ? type.essence() : std::string_view{};
}

}  // namespace cais::http
