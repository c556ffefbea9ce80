// ExchangeStory: what a server's wire tells of one exchange to whoever listens (trace/exchange_events.h), whatever the
// version of HTTP. Where nobody listens there is none, and a wire holds a null pointer.
#pragma once
#include "http/fields.h"
#include "trace/context.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cais::http {

// The lines as events have them. The views are `fields`' own.
[[nodiscard]] std::vector<trace::Field> trace_fields(const Fields& fields);

class ExchangeStory {
public:
    // Begins an exchange on a connection of that context, which outlives it.
    explicit ExchangeStory(const trace::Context& connection);

    // What everybody who works for this exchange tells by.
    [[nodiscard]] const trace::Context& context() const noexcept { return context_; }

    // The request's head has come; its lines are put in from `fields`, and a valid traceparent is taken from there,
    // which stays for as long as this or until another head.
    void tell_request(trace::RequestHead head, const Fields& fields);
    // Its head was refused.
    void tell_refusal(std::string_view why);
    // A head leaves, interim or not.
    void tell_response(trace::ResponseHead head, const Fields& fields);
    void tell_response(const trace::ResponseHead& head) { context_.say(head); }
    void tell_trailers(trace::Message of, const Fields& fields);
    // So much content has passed; told now and then.
    void tell_content(trace::Message of, std::uint64_t octets, std::optional<std::uint64_t> whole);
    // Its last octet has passed. Once for each message, however often it is called.
    void tell_message_end(trace::Message of, std::uint64_t octets);
    struct End {
        unsigned status;
        bool is_complete;
        std::uint64_t sent;      // octets of content
        std::uint64_t received;  // the same
    };
    void tell_end(const End& end);

private:
    trace::Context context_;
    std::string trace_parent_;
    base::Instant began_;
    trace::ContentMeter meters_[2];
    bool has_ended_[2] = {};  // of each message
};

}  // namespace cais::http
