#include "acme/messages.h"

#include "base/text.h"
#include "uri/http_url.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace cais::acme {
namespace {

namespace json = boost::json;

constexpr std::size_t most_members = 200;  // of authorizations, profiles, challenges
constexpr std::size_t most_text = 300;     // of a problem, for people
constexpr const char* source = "RFC 8555 §7.1";
constexpr std::string_view error_namespace = "urn:ietf:params:acme:error:";

// Empty where the text is no JSON object.
std::optional<json::object> object_of(std::string_view text)
{
    json::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::optional<std::string> text_of(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || !value->is_string()) return std::nullopt;
    const auto& text = value->get_string();
    return std::string(text.data(), text.size());
}

const json::object* object_in(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_in(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr ? nullptr : value->if_array();
}

bool is_https(std::string_view url)
{
    const auto parsed = uri::HttpUrl::parse(url);
    return parsed && parsed->is_secure;
}

// A URL that we will ask.
std::optional<std::string> url_of(const json::object& object, std::string_view name)
{
    auto url = text_of(object, name);
    if (!url || !is_https(*url)) return std::nullopt;
    return url;
}

std::optional<Status> status_of(const json::object& object)
{
    const auto text = text_of(object, "status");
    if (!text) return std::nullopt;
    if (*text == "pending") return Status::pending;
    if (*text == "ready") return Status::ready;
    if (*text == "processing") return Status::processing;
    if (*text == "valid") return Status::valid;
    for (const char* ended : {"invalid", "deactivated", "expired", "revoked"})
        if (*text == ended) return Status::invalid;
    return std::nullopt;
}

Problem problem_of(const json::object& object)
{
    Problem problem;
    problem.type = text_of(object, "type").value_or("");
    if (problem.type.starts_with(error_namespace)) problem.type.erase(0, error_namespace.size());
    problem.detail = text_of(object, "detail").value_or("");
    // Of several the first says what is wrong; the others are most often the same (§6.7.1).
    if (const auto* others = array_in(object, "subproblems"))
        if (!others->empty() && others->front().is_object()) {
            const auto first = problem_of(others->front().get_object());
            if (!first.detail.empty()) problem.detail += (problem.detail.empty() ? "" : "; ") + first.detail;
        }
    return problem;
}

Problem problem_in(const json::object& object, std::string_view name)
{
    const auto* problem = object_in(object, name);
    return problem == nullptr ? Problem{} : problem_of(*problem);
}

// base64url, of an octet at least and no more than a path should have (§8: 128 bits, 22 characters, or more).
bool is_token(std::string_view text)
{
    constexpr auto alphabet = base::OctetSet("-_").with('0', '9').with('a', 'z').with('A', 'Z');
    return !text.empty() && text.size() <= 200 && alphabet.has_all(text);
}

std::unexpected<Error> bad(const char* what, const char* where = source) { return fail(Error::malformed, what, where); }

}  // namespace

Result<Directory> Directory::read(std::string_view text)
{
    const auto object = object_of(text);
    if (!object) return bad("the directory is no JSON object", "RFC 8555 §7.1.1");
    Directory directory;
    auto nonce = url_of(*object, "newNonce");
    auto account = url_of(*object, "newAccount");
    auto order = url_of(*object, "newOrder");
    if (!nonce || !account || !order)
        return bad("the directory lacks a URL of newNonce, newAccount or newOrder", "RFC 8555 §7.1.1");
    directory.new_nonce = std::move(*nonce);
    directory.new_account = std::move(*account);
    directory.new_order = std::move(*order);
    directory.renewal_info = url_of(*object, "renewalInfo").value_or("");
    if (const auto* meta = object_in(*object, "meta")) {
        directory.terms = text_of(*meta, "termsOfService").value_or("");
        const auto* needs = meta->if_contains("externalAccountRequired");
        directory.needs_external_account = needs != nullptr && needs->is_bool() && needs->get_bool();
        if (const auto* profiles = object_in(*meta, "profiles")) {
            if (profiles->size() > most_members) return bad("the directory has too many profiles");
            for (const auto& profile : *profiles)
                directory.profiles.emplace_back(profile.key().data(), profile.key().size());
        }
    }
    return directory;
}

Problem Problem::read(std::string_view text)
{
    const auto object = object_of(text);
    return object ? problem_of(*object) : Problem{};
}

std::string Problem::text() const
{
    std::string text;
    base::append_printable(text, std::string_view(detail).substr(0, most_text));
    std::string kind;
    base::append_printable(kind, std::string_view(type).substr(0, 64));
    if (text.empty()) return kind;
    return kind.empty() ? text : text + " (" + kind + ")";
}

Result<Order> Order::read(std::string_view text)
{
    const auto object = object_of(text);
    if (!object) return bad("the order is no JSON object", "RFC 8555 §7.1.3");
    Order order;
    const auto status = status_of(*object);
    auto finalize = url_of(*object, "finalize");
    const auto* authorizations = array_in(*object, "authorizations");
    if (!status || !finalize || authorizations == nullptr)
        return bad("the order lacks its status, authorizations or the URL of finalize", "RFC 8555 §7.1.3");
    if (authorizations->size() > most_members) return bad("the order has too many authorizations");
    for (const auto& value : *authorizations) {
        if (!value.is_string()) return bad("an authorization of the order is no URL", "RFC 8555 §7.1.3");
        std::string url(value.get_string().data(), value.get_string().size());
        if (!is_https(url)) return bad("an authorization of the order is no https URL", "RFC 8555 §7.1.3");
        order.authorizations.push_back(std::move(url));
    }
    order.status = *status;
    order.finalize = std::move(*finalize);
    order.certificate = url_of(*object, "certificate").value_or("");
    if (order.status == Status::valid && order.certificate.empty())
        return bad("the order is valid and has no certificate", "RFC 8555 §7.1.3");
    order.error = problem_in(*object, "error");
    return order;
}

const Challenge* Authorization::find(std::string_view type) const
{
    const auto found = std::ranges::find(challenges, type, &Challenge::type);
    return found == challenges.end() ? nullptr : &*found;
}

Result<Authorization> Authorization::read(std::string_view text)
{
    const auto object = object_of(text);
    if (!object) return bad("the authorization is no JSON object", "RFC 8555 §7.1.4");
    Authorization authorization;
    const auto status = status_of(*object);
    const auto* identifier = object_in(*object, "identifier");
    auto value = identifier == nullptr ? std::nullopt : text_of(*identifier, "value");
    const auto* challenges = array_in(*object, "challenges");
    if (!status || !value || challenges == nullptr)
        return bad("the authorization lacks its status, identifier or challenges", "RFC 8555 §7.1.4");
    if (challenges->size() > most_members) return bad("the authorization has too many challenges");
    authorization.status = *status;
    authorization.identifier = std::move(*value);
    for (const auto& entry : *challenges) {
        const auto* given = entry.if_object();
        if (given == nullptr) return bad("a challenge is no object", "RFC 8555 §8");
        // One that we do not understand is none of ours.
        Challenge challenge;
        auto type = text_of(*given, "type");
        auto url = url_of(*given, "url");
        auto token = text_of(*given, "token");
        const auto state = status_of(*given);
        if (!type || !url || !token || !is_token(*token) || !state) continue;
        challenge.type = std::move(*type);
        challenge.url = std::move(*url);
        challenge.token = std::move(*token);
        challenge.status = *state;
        challenge.error = problem_in(*given, "error");
        authorization.challenges.push_back(std::move(challenge));
    }
    return authorization;
}

Result<RenewalInfo> RenewalInfo::read(std::string_view text)
{
    constexpr const char* where = "RFC 9773 §4.2";
    const auto object = object_of(text);
    const auto* window = object ? object_in(*object, "suggestedWindow") : nullptr;
    if (window == nullptr) return bad("the renewal information has no window", where);
    const auto start = parse_timestamp(text_of(*window, "start").value_or(""));
    const auto end = parse_timestamp(text_of(*window, "end").value_or(""));
    if (!start || !end) return bad("the window for renewal has no start or end", where);
    if (*start >= *end) return bad("the window for renewal ends before it starts", where);
    return RenewalInfo{*start, *end};
}

std::optional<base::Seconds> parse_timestamp(std::string_view text)
{
    // "2025-01-02T04:00:00Z", perhaps with a fraction, perhaps with an offset instead of Z.
    const auto number = [&](std::size_t at, std::size_t digits) -> std::optional<int> {
        if (text.size() < at + digits) return std::nullopt;
        const auto value = base::parse_decimal(text.substr(at, digits));
        if (!value) return std::nullopt;
        return static_cast<int>(*value);
    };
    const auto is = [&](std::size_t at, char c) { return at < text.size() && base::to_lower(text[at]) == c; };
    const auto year = number(0, 4);
    const auto month = number(5, 2);
    const auto day = number(8, 2);
    const auto hour = number(11, 2);
    const auto minute = number(14, 2);
    const auto second = number(17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    if (!is(4, '-') || !is(7, '-') || !is(10, 't') || !is(13, ':') || !is(16, ':')) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

    std::size_t at = 19;
    if (is(at, '.')) {
        const std::size_t from = ++at;
        while (at < text.size() && base::is_digit(text[at])) ++at;
        if (at == from) return std::nullopt;
    }
    std::chrono::minutes offset{};
    if (is(at, 'z')) {
        if (text.size() != at + 1) return std::nullopt;
    } else if (is(at, '+') || is(at, '-')) {
        const auto hours = number(at + 1, 2);
        const auto minutes = number(at + 4, 2);
        if (!hours || !minutes || !is(at + 3, ':') || text.size() != at + 6 || *hours > 23 || *minutes > 59)
            return std::nullopt;
        offset = std::chrono::minutes(*hours * 60 + *minutes);
        if (text[at] == '-') offset = -offset;
    } else {
        return std::nullopt;
    }
    const auto clock =
        std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(std::min(*second, 59));
    return base::Seconds(std::chrono::sys_days(date)) +
           std::chrono::duration_cast<std::chrono::seconds>(clock - offset);
}

}  // namespace cais::acme
