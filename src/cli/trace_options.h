// What a client tells while it works, as its command line says: -v, --trace, --timeline; and the name of its trace,
// which it sends on.
#pragma once
#include "trace/story.h"
#include "trace/timeline.h"
#include "trace/trace_parent.h"

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace cais::cli {

class TraceOptions {
public:
    TraceOptions();
    ~TraceOptions();
    TraceOptions(const TraceOptions&) = delete;
    TraceOptions& operator=(const TraceOptions&) = delete;

    void add_to(CLI::App& app);

    // Before anything happens: opens the file, begins the stories.
    // Errors    a sentence: "--trace-file FILE: …".
    [[nodiscard]] std::expected<void, std::string> begin();

    // Null: nobody listens.
    [[nodiscard]] trace::Listener* listener() noexcept;
    // What is to be sent as traceparent; empty: nothing.
    [[nodiscard]] std::string_view trace_parent() const noexcept { return trace_parent_; }

    // Once everything has happened: prints the picture that --timeline asks for.
    void end();

private:
    class Listeners;

    bool is_verbose_ = false;
    std::string form_;
    std::string file_;
    bool has_timeline_ = false;
    bool shows_secrets_ = false;
    bool sends_trace_parent_ = false;
    std::string trace_parent_;
    std::unique_ptr<Listeners> listeners_;
};

}  // namespace cais::cli
