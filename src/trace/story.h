// Story: a listener that writes what it hears as lines, of one form (json_form.h, text_form.h), for whoever takes them.
//
// It may hear from several threads at once. Where a line is of JSON its `t` is never less than the one before, though
// another thread's event was a little earlier; then `earlier` says by how much.
#pragma once
#include "trace/context.h"
#include "trace/text_form.h"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace cais::trace {

enum class Form : std::uint8_t { text, json };

class Story final : public Listener {
public:
    struct Options {
        Form form = Form::text;
        Side side = Side::client;
        TextStyle style = {};  // of JSON its secrets alone
        // Takes whole lines, `count` of them; called by one thread at a time, and does not come back here.
        std::function<void(std::string_view lines, std::uint64_t count)> write;
    };

    // Begins: writes the first line, with the wall clock and this host's name.
    explicit Story(Options options);
    Story(const Story&) = delete;
    Story& operator=(const Story&) = delete;

    void hear(const Context& context, base::Instant at, const Event& event) noexcept override;

    // The two halves of hear(), for who does not know yet whether the event is wanted. What the first gives is for the
    // second, and empty where there is nothing to write. Both of any thread.
    [[nodiscard]] std::string lines_of(const Context& context, const Event& event) const;
    void write(base::Instant at, std::string_view lines);

private:
    const Options options_;
    const base::Instant began_;
    std::mutex mutex_;
    base::Duration last_{};  // of JSON: the line before
    std::string line_;
};

}  // namespace cais::trace
