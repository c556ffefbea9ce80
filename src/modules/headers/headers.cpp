#include "modules/headers/headers.h"

#include "http/list.h"

#include <algorithm>

namespace cais::headers {

using http::Name;

void Rules::set(std::string name, std::vector<std::string> values)
{
    const Name known = http::name_of(name);
    rules_.push_back({std::move(name), known, std::move(values)});
}

void Rules::remove(std::string name) { set(std::move(name), {}); }

Rules Rules::without(const Rules& others) const
{
    Rules left;
    for (const auto& rule : rules_) {
        const auto is_same = [&rule](const Rule& other) { return base::equals_ignoring_case(rule.name, other.name); };
        if (std::ranges::none_of(others.rules_, is_same)) left.rules_.push_back(rule);
    }
    return left;
}

void Rules::apply(const http::Request& request, http::Response& response) const
{
    auto& fields = response.fields;
    for (const auto& rule : rules_) {
        if (rule.known == Name::vary && !rule.values.empty()) {
            add_to_vary(request, response, rule);
            continue;
        }
        if (rule.known != Name::other) fields.remove(rule.known);
        else fields.remove(rule.name);
        for (const auto& value : rule.values) fields.add(rule.name, value);
        // An empty one keeps the wire from writing its own.
        if (rule.known == Name::server && rule.values.empty()) fields.add(Name::server, "");
    }
}

void Rules::add_to_vary(const http::Request& request, http::Response& response, const Rule& rule)
{
    for (const auto& value : rule.values) {
        std::string_view member;
        std::string_view rest = value;
        while (http::next_member(rest, member)) {
            const auto there = response.fields.all(Name::vary);
            if (!there) response.fields.add(Name::vary, member);
            else if (!http::has_member(there, member) && !http::has_member(there, "*"))
                response.fields.add(Name::vary, request.arena().copy(member));
        }
    }
}

io::Task<http::Response> Headers::handle(http::Request& request)
{
    auto response = co_await next_->handle(request);
    config_.rules.apply(request, response);
    co_return response;
}

}  // namespace cais::headers
