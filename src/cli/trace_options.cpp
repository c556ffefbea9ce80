#include "cli/trace_options.h"

#include "base/text.h"
#include "io/descriptor.h"
#include "trace/private_file.h"

#include <CLI/CLI.hpp>
#include <cerrno>

#include <unistd.h>

namespace cais::cli {
namespace {

// All of it, to somebody who may be slow; what fails is not told, since nobody is there to hear of it.
void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

// Everybody who was asked for.
class TraceOptions::Listeners final : public trace::Listener {
public:
    void hear(const trace::Context& context, base::Instant at, const trace::Event& event) noexcept override
    {
        if (words) words->hear(context, at, event);
        if (story) story->hear(context, at, event);
        if (timeline) timeline->hear(context, at, event);
    }

    std::unique_ptr<trace::Story> words;  // -v
    io::Descriptor output;                // of the next
    std::unique_ptr<trace::Story> story;  // --trace
    std::unique_ptr<trace::Timeline> timeline;
};

TraceOptions::TraceOptions() = default;
TraceOptions::~TraceOptions() = default;

void TraceOptions::add_to(CLI::App& app)
{
    app.add_flag("-v,--verbose", is_verbose_, "Tells what happens, step by step, on standard error.");
    app.add_option("--trace", form_, "The same as text, or as JSON, one event a line (docs/trace.md).")
        ->type_name("FORM")
        ->option_text("FORM")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_option("--trace-file", file_, "Where --trace goes instead of standard error.")
        ->type_name("FILE")
        ->option_text("FILE")
        ->needs("--trace");
    app.add_flag("--timeline", has_timeline_, "At the end, a picture of where the time went.");
    app.add_flag("--show-secrets", shows_secrets_,
                 "In all of these, shows the values of Authorization, Cookie and the like.");
    app.add_flag("--traceparent", sends_trace_parent_,
                 "Names each request for the server's trace (W3C Trace Context),\nso that `cais trace join` finds it.");
}

std::expected<void, std::string> TraceOptions::begin()
{
    if (sends_trace_parent_) {
        const auto made = trace::TraceParent::make();
        if (!made) return std::unexpected("--traceparent: " + base::describe(made.error()));
        trace_parent_ = made->text();
    }
    if (!is_verbose_ && form_.empty() && !has_timeline_) return {};
    auto listeners = std::make_unique<Listeners>();
    const auto secrets = shows_secrets_ ? trace::Secrets::shown : trace::Secrets::hidden;
    const auto story_to = [&](int descriptor, trace::Form form) {
        return std::make_unique<trace::Story>(trace::Story::Options{
            .form = form,
            .style = {.colour = trace::colour_of(descriptor), .secrets = secrets},
            .write = [descriptor](std::string_view lines, std::uint64_t) { write_all(descriptor, lines); }});
    };
    if (!form_.empty()) {
        int descriptor = STDERR_FILENO;
        if (!file_.empty()) {
            auto opened = trace::open_private(file_, trace::Opened::anew);
            if (!opened) {
                std::string why = "--trace-file ";
                base::append_printable(why, file_);
                return std::unexpected(why + ": " + base::describe(opened.error()));
            }
            listeners->output = io::Descriptor(*opened);
            descriptor = *opened;
        }
        listeners->story = story_to(descriptor, form_ == "json" ? trace::Form::json : trace::Form::text);
    }
    if (is_verbose_) listeners->words = story_to(STDERR_FILENO, trace::Form::text);
    if (has_timeline_) listeners->timeline = std::make_unique<trace::Timeline>();
    listeners_ = std::move(listeners);
    return {};
}

trace::Listener* TraceOptions::listener() noexcept { return listeners_.get(); }

void TraceOptions::end()
{
    if (!listeners_ || !listeners_->timeline) return;
    write_all(STDERR_FILENO, listeners_->timeline->picture({.columns = trace::terminal_columns(STDERR_FILENO),
                                                            .colour = trace::colour_of(STDERR_FILENO),
                                                            .has_blocks = trace::has_utf8_locale()}));
}

}  // namespace cais::cli
