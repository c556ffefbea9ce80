#include "cli/story_join.h"

#include "trace/safe_text.h"
#include "trace/text_form.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace cais::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t most_faults = 5;                       // that are said one by one
constexpr std::int64_t most_wall = 253'402'300'800'000'000;  // the year 10000: what is behind it is no time of ours
constexpr std::size_t longest_value = 200;                   // of one member, in a line for people

std::string safe(std::string_view text)
{
    std::string to;
    trace::append_safe(to, text);
    return to;
}

std::string_view text_in(const json::object& object, std::string_view key)
{
    const auto* const value = object.if_contains(key);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> number_in(const json::object& object, std::string_view key)
{
    const auto* const value = object.if_contains(key);
    if (value == nullptr) return std::nullopt;
    if (const auto* const number = value->if_int64(); number != nullptr && *number >= 0 && *number < most_wall)
        return *number;
    return std::nullopt;
}

// Why a line is none of a story; empty where it is one.
std::string_view take_line(ToldStory& story, std::string_view line, std::int64_t& began)
{
    boost::system::error_code error;
    auto value = json::parse(json::string_view(line.data(), line.size()), error);
    if (error) return "it is no JSON";
    auto* const object = value.if_object();
    if (object == nullptr) return "it is no object";
    ToldEvent event{.name = std::string(text_in(*object, "event")),
                    .id = std::string(text_in(*object, "id")),
                    .trace_parent = std::string(text_in(*object, "traceparent")),
                    .members = {}};
    const auto time = number_in(*object, "t");
    if (event.name.empty() || !time) return "it has no `event` or no `t`";
    if (event.name == "trace.begin") {  // again where a file was added to
        const auto wall = number_in(*object, "wall");
        if (!wall) return "it has no `wall`";
        began = *wall;
        if (story.host.empty()) {
            story.host = text_in(*object, "host");
            story.side = text_in(*object, "side");
        }
    }
    if (began < 0) return "it does not begin as a trace does (`trace.begin`)";
    event.wall = std::min(began + *time, most_wall) - std::min(number_in(*object, "earlier").value_or(0), *time);
    for (const char* common : {"t", "event", "id", "side", "connection", "traceparent", "earlier"})
        object->erase(common);
    event.members = std::move(*object);
    event.place = story.events.size();
    story.events.push_back(std::move(event));
    return {};
}

// An exchange that both tell of: when each of its ends sent and received.
struct Shared {
    std::string_view parent;
    std::string_view ids[2];
    std::optional<std::int64_t> request[2];
    std::optional<std::int64_t> response[2];  // the final head
};

using Exchanges = std::vector<Shared>;

Exchanges shared_of(const ToldStory& first, const ToldStory& second)
{
    // By traceparent and id, in the order in which they come.
    Exchanges all;
    std::array<std::map<std::pair<std::string_view, std::string_view>, std::size_t>, 2> known;
    std::array<std::map<std::string_view, std::size_t>, 2> counts;
    std::map<std::pair<std::string_view, std::size_t>, std::size_t> places;
    const ToldStory* stories[] = {&first, &second};
    for (std::size_t which = 0; which < 2; ++which) {
        for (const auto& event : stories[which]->events) {
            if (event.trace_parent.empty() || !event.id.starts_with('x')) continue;
            const std::pair key(std::string_view(event.trace_parent), std::string_view(event.id));
            auto found = known[which].find(key);
            if (found == known[which].end()) {
                const std::pair place(key.first, counts[which][key.first]++);
                const auto [at, is_new] = places.try_emplace(place, all.size());
                if (is_new) all.push_back({.parent = key.first, .ids = {}, .request = {}, .response = {}});
                all[at->second].ids[which] = key.second;
                found = known[which].emplace(key, at->second).first;
            }
            Shared& shared = all[found->second];
            if (event.name == "request.head" && !shared.request[which]) shared.request[which] = event.wall;
            const auto* const interim = event.members.if_contains("interim");
            const bool is_interim = interim != nullptr && interim->is_bool() && interim->as_bool();
            if (event.name == "response.head" && !is_interim && !shared.response[which])
                shared.response[which] = event.wall;
        }
    }
    std::erase_if(all, [](const Shared& shared) { return shared.ids[0].empty() || shared.ids[1].empty(); });
    return all;
}

// What is to be added to the second story's times so that no message arrives before it was sent; and whether nothing
// is, for all exchanges.
struct Skew {
    std::int64_t add = 0;
    bool fits = true;
};
Skew skew_of(const ToldStory& first, const ToldStory& second, const Exchanges& exchanges)
{
    if (first.side == second.side) return {};
    const std::size_t client = first.side == "client" ? 0 : 1, server = 1 - client;
    // Of what is added to the server's times.
    std::int64_t least = -most_wall, most = most_wall;
    for (const auto& exchange : exchanges) {
        if (exchange.request[client] && exchange.request[server])
            least = std::max(least, *exchange.request[client] - *exchange.request[server]);
        if (exchange.response[client] && exchange.response[server])
            most = std::min(most, *exchange.response[client] - *exchange.response[server]);
    }
    if (least > most) return {0, false};
    std::int64_t add = 0;
    if (least > 0 || most < 0) {
        if (least == -most_wall) add = most;
        else if (most == most_wall) add = least;
        else add = least + (most - least) / 2;
    }
    return {server == 1 ? add : -add, true};
}

char mark_of(const ToldStory& story, const ToldEvent& event)
{
    if (event.name == "failure" || event.name.ends_with(".failure")) return '!';
    const auto direction = text_in(event.members, "direction");
    if (!direction.empty()) return direction == "sent" ? '>' : '<';
    std::string_view of = text_in(event.members, "of");
    if (event.name == "request.head") of = "request";
    if (event.name == "response.head") of = "response";
    if (of != "request" && of != "response") return '*';
    return (of == "request") == (story.side == "client") ? '>' : '<';
}

std::string clipped(std::string text)
{
    if (text.size() <= longest_value) return text;
    std::size_t end = longest_value;
    while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
    text.resize(end);
    return text + "...";
}

std::string text_of_value(const json::value& value)
{
    if (const auto* const text = value.if_string()) return clipped(safe({text->data(), text->size()}));
    if (const auto* const list = value.if_array()) {
        std::string text;
        for (const auto& one : *list) {
            if (text.size() > longest_value) break;
            (text += text.empty() ? "" : ", ") +=
                one.is_array() || one.is_object() ? safe(json::serialize(one)) : text_of_value(one);
        }
        return clipped(std::move(text));
    }
    return clipped(safe(json::serialize(value)));
}

// What the event says, in a line.
std::string summary_of(const ToldEvent& event)
{
    const auto& members = event.members;
    const auto text = [&](std::string_view key) { return safe(text_in(members, key)); };
    if (event.name == "request.head")
        return fmt::format("{} {} {}", text("method"), clipped(text("target")), text("version"));
    if (event.name == "response.head")
        return fmt::format("{} {} {}", text("version"), number_in(members, "status").value_or(0), text("reason"));
    if (event.name == "tls.handshake")
        return fmt::format("{}, {} octets", text("message"), number_in(members, "octets").value_or(0));
    std::string words;
    for (const auto& member : members) {
        if (member.key() == "direction" || member.key() == "fields" || member.key() == "wall") continue;
        const auto& value = member.value();
        if (value.is_bool() && !value.as_bool()) continue;
        if (!words.empty()) words += ", ";
        words += safe({member.key().data(), member.key().size()});
        if (!value.is_bool()) words += " " + text_of_value(value);
    }
    return words;
}

std::string head_of(const ToldStory& story, char letter)
{
    return fmt::format("{}  {} on {}: {}\n", letter, safe(story.side), safe(story.host), safe(story.name));
}

}  // namespace

std::expected<ToldStory, std::string> read_story(std::string_view text, std::string name)
{
    ToldStory story{.name = std::move(name), .host = {}, .side = {}, .events = {}, .faults = {}};
    std::int64_t began = -1;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.empty()) continue;
        const auto fault = take_line(story, line, began);
        if (fault.empty()) continue;
        ++story.bad_lines;
        if (story.faults.size() < most_faults) story.faults.push_back(fmt::format("line {}: {}", number, fault));
    }
    if (story.events.empty())
        return std::unexpected(story.faults.empty() ? "it is empty"
                                                    : "it is no trace of --trace json: " + story.faults.front());
    std::ranges::sort(story.events, {}, [](const ToldEvent& event) { return std::pair(event.wall, event.place); });
    return story;
}

std::string join_stories(const ToldStory& first, const ToldStory& second, trace::Colour colour)
{
    const auto shared = shared_of(first, second);
    const Skew skew = skew_of(first, second, shared);
    std::string text = head_of(first, 'A') + head_of(second, 'B');
    for (const auto& exchange : shared)
        text += fmt::format("{} of A is {} of B: {}\n", safe(exchange.ids[0]), safe(exchange.ids[1]),
                            clipped(safe(exchange.parent)));
    if (shared.empty()) text += "No exchange is told of by both (traceparent): they are laid by their clocks alone.\n";
    if (skew.add != 0)
        text += fmt::format("The clocks differ: B is moved {} {}.\n",
                            trace::text_of(std::chrono::microseconds(std::abs(skew.add))),
                            skew.add < 0 ? "earlier" : "later");
    if (!skew.fits) text += "The clocks differ, and not always by the same: the order between A and B is a guess.\n";
    text += '\n';

    const ToldStory* const stories[] = {&first, &second};
    const std::int64_t add[] = {0, skew.add};
    std::size_t at[] = {0, 0};
    const auto time_of = [&](std::size_t which) { return stories[which]->events[at[which]].wall + add[which]; };
    std::optional<std::int64_t> zero;
    for (;;) {
        const bool has[] = {at[0] < first.events.size(), at[1] < second.events.size()};
        if (!has[0] && !has[1]) break;
        const std::size_t which = !has[0] || (has[1] && time_of(1) < time_of(0)) ? 1 : 0;
        const auto& event = stories[which]->events[at[which]];
        const std::int64_t time = time_of(which);
        ++at[which];
        if (!zero) zero = time;
        const std::int64_t since = time - *zero;
        const std::string_view begin = which == 0 ? "\x1b[36m" : "\x1b[33m";
        if (colour == trace::Colour::on) text += begin;
        text += fmt::format("{:>7}.{:03} {} {:<6}{} {} {:<20} {}", since / 1000, since % 1000, which == 0 ? 'A' : 'B',
                            clipped(safe(event.id)), which == 0 ? "" : "    ", mark_of(*stories[which], event),
                            clipped(safe(event.name)), summary_of(event));
        while (text.ends_with(' ')) text.pop_back();
        if (colour == trace::Colour::on) text += trace::plain_colour;
        text += '\n';
    }
    return text;
}

}  // namespace cais::cli
