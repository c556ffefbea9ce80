#include "http/exchange_story.h"

#include "base/text.h"
#include "trace/trace_parent.h"

#include <utility>

namespace cais::http {
namespace {

constexpr std::string_view trace_parent_name = "traceparent";

// Two of them are none (W3C Trace Context §3.2: one value).
std::string_view trace_parent_of(const Fields& fields)
{
    std::string_view found;
    for (const auto& line : fields) {
        if (!base::equals_ignoring_case(line.name(), trace_parent_name)) continue;
        if (!found.empty()) return {};
        found = line.value();
    }
    return trace::TraceParent::parse(found) ? found : std::string_view();
}

}  // namespace

std::vector<trace::Field> trace_fields(const Fields& fields)
{
    std::vector<trace::Field> lines;
    lines.reserve(fields.size());
    for (const auto& line : fields) lines.push_back({line.name(), line.value()});
    return lines;
}

ExchangeStory::ExchangeStory(const trace::Context& connection)
    : context_(connection)
    , began_(base::now())
{
    context_.exchange = trace::next_exchange();
}

void ExchangeStory::tell_request(trace::RequestHead head, const Fields& fields)
{
    trace_parent_ = trace_parent_of(fields);
    context_.trace_parent = trace_parent_;
    const auto lines = trace_fields(fields);
    head.fields = lines;
    context_.say(head);
}

void ExchangeStory::tell_refusal(std::string_view why) { context_.say(trace::Failure{"receive", why}); }

void ExchangeStory::tell_response(trace::ResponseHead head, const Fields& fields)
{
    const auto lines = trace_fields(fields);
    head.fields = lines;
    context_.say(head);
}

void ExchangeStory::tell_trailers(trace::Message of, const Fields& fields)
{
    if (fields.size() == 0) return;
    const auto lines = trace_fields(fields);
    context_.say(trace::Trailers{of, lines});
}

void ExchangeStory::tell_content(trace::Message of, std::uint64_t octets, std::optional<std::uint64_t> whole)
{
    if (meters_[static_cast<std::size_t>(of)].is_due(base::now()))
        context_.say(trace::ContentProgress{of, octets, whole});
}

void ExchangeStory::tell_message_end(trace::Message of, std::uint64_t octets)
{
    if (std::exchange(has_ended_[static_cast<std::size_t>(of)], true)) return;
    context_.say(trace::MessageEnd{of, octets});
}

void ExchangeStory::tell_end(const End& end)
{
    if (end.is_complete && end.status != 0) tell_message_end(trace::Message::response, end.sent);
    context_.say(trace::ExchangeEnd{end.status, end.is_complete, end.sent, end.received, base::now() - began_});
}

}  // namespace cais::http
